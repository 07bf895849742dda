from mlslab.exam.attempt import begin
from mlslab.exam.history import history, plot, table, went_wrong


def test_it_looks_back_over_all_attempts(paper, home):
    assert history() == []
    for right in (False, True):
        made = begin(paper)
        for place, item in enumerate(paper.items):
            if right or place == 0:
                made.answer(place, item.question.correct)
        made.submit()
        if not right:
            assert went_wrong() == {"several", "steps", "pairs"}
    begin(paper)  # under way: no part of it
    pasts = history()
    assert [past.result.scaled for past in pasts] == [325, 1000]
    assert went_wrong() == frozenset()
    assert [row[3:6] for row in table(pasts).rows] == [
        ("1 of 4", "325", "not passed"),
        ("4 of 4", "1000", "passed"),
    ]
    figure, alt = plot(pasts)
    assert "attempt 1: 325; attempt 2: 1000" in alt
    assert figure.axes[0].get_ylabel().startswith("scaled score")
