import pytest

from mlslab.plots import Picture, show


def test_html_has_the_alternative_text():
    picture = Picture(b"\x89PNG", 'rising from "1" to 2')
    assert 'alt="rising from &quot;1&quot; to 2"' in picture._repr_html_()
    assert repr(picture) == 'rising from "1" to 2'


def test_the_figure_is_shown_once_and_closed(capsys):
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([1, 2])
    show(figure, alt="Line that rises from 1 to 2")
    assert capsys.readouterr().out == "Line that rises from 1 to 2\n"
    assert not plt.fignum_exists(figure.number)


def test_a_word_is_no_alternative_text():
    from matplotlib import pyplot as plt

    with pytest.raises(ValueError, match="say in a sentence"):
        show(plt.figure(), alt="plot")
