import nbformat
import pytest

from mlslab.lint import lint


def test_the_fixture_has_no_findings(course):
    assert list(map(str, lint(course))) == []


def edited(copy, old: str, new: str, file: str = "source") -> list[str]:
    lab = copy.lab("101")
    path = getattr(copy, file)(lab)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return list(map(str, lint(copy, [lab])))


@pytest.mark.parametrize(
    ("old", "new", "problem", "cure"),
    [
        ("## Quiz", "## Questions", "no section 'Quiz'", "heading that begins"),
        ("# ## Teardown", "# ## End", "no section 'Teardown'", "add a heading"),
        ("- Store an object", "- Keep an object", "does not tell it", "write 'Store"),
        ("https://docs.aws", "docs.aws", "leads nowhere", "whole https:// address"),
        ("prices = [3", f"long = {'9' * 90}\nprices = [3", "columns", "break it at 88"),
        ("prices = [3", "blank = '____'\nprices = [3", "underscores", "solution regi"),
        (
            "show(figure, alt",
            "plt.show(); print(dict(x",
            "without alternative",
            "show(",
        ),
        ('lab.quiz("101-consistency")', "1", "never asked", "lab.quiz("),
        ('lab.quiz("101-', 'lab.quiz("102-', "does not exist", "lab_101_bucket.toml"),
        ('lab.check("mean")', 'lab.check("man")', "does not exist", "rename it"),
        (
            "# ### Exercise: store",
            "# x\n\n# %%\n# ### store",
            "source gives",
            "build 101",
        ),
    ],
)
def test_a_finding_names_its_cure(copy, old, new, problem, cure):
    if old.startswith("show("):
        new += "=1))  # "
    found = edited(copy, old, new)
    assert any(problem in f and cure in f.split("→")[1] for f in found), found


def test_the_first_cells_do_something(copy):
    source = copy.source(copy.lab("101"))
    text = source.read_text()
    words = "".join(f"# %% [markdown]\n# {n}\n\n" for n in range(5))
    source.write_text(text.replace("# %% [markdown]\n", words, 1))
    found = list(map(str, lint(copy, copy.labs)))
    assert any("nothing happens in the first five cells" in f for f in found)


def test_too_few_cells(copy):
    source = copy.source(copy.lab("101"))
    source.write_text("# %% [markdown]\n# # Quiz\n")
    found = list(map(str, lint(copy, copy.labs)))
    assert any("has 1 cells" in f for f in found)
    assert any("check store: has no exercise" in f for f in found)


def test_an_answer_in_the_learner_s_notebook(copy):
    found = edited(copy, "steady = ...", 'steady = \\"trimmed\\"', "notebook")
    assert any("holds the answer" in f and "mlslab build 101" in f for f in found)


def test_an_image_without_alternative_text_in_the_outputs(copy):
    path = copy.solution(copy.lab("101"))
    notebook = nbformat.read(path, as_version=4)
    (output,) = notebook.cells[11].outputs
    output.data["image/png"] = "iVBORw0KGgo="
    nbformat.write(notebook, path)
    found = list(map(str, lint(copy, copy.labs)))
    assert any("cell 11: a figure without alternative text" in f for f in found)


@pytest.mark.parametrize(
    ("attribute", "value", "problem"),
    [
        ("hints", ("one", "two"), "has 2 hints and 2 points"),
        ("points", 0, "has 3 hints and 0 points"),
        ("objective", "none", "there is no objective 'none'"),
    ],
)
def test_checks_are_whole(copy, monkeypatch, attribute, value, problem):
    from dataclasses import replace

    import fixture_checks.lab_101_bucket as module

    changed = replace(module.store, **{attribute: value})
    monkeypatch.setattr(module, "store", changed)
    found = list(map(str, lint(copy, copy.labs)))
    assert any(problem in f for f in found)
    if attribute == "objective":
        assert any("objective store: no check exercises it" in f for f in found)


def test_a_check_without_a_mistake(copy, monkeypatch):
    import fixture_checks.lab_101_bucket_mistakes as module

    kept = tuple(m for m in module.MISTAKES if m.check == "store")
    monkeypatch.setattr(module, "MISTAKES", kept)
    found = list(map(str, lint(copy, copy.labs)))
    assert any("check mean: no mistake tests it" in f for f in found)


def test_a_hidden_check_without_a_cheat(copy, monkeypatch):
    import fixture_checks.lab_101_bucket_mistakes as module

    kept = tuple(m for m in module.MISTAKES if m.hidden != "other_values")
    monkeypatch.setattr(module, "MISTAKES", kept)
    (finding,) = map(str, lint(copy, copy.labs))
    assert "hidden check other_values: no mistake tests it" in finding
    assert 'Mistake(check="mean", hidden="other_values"' in finding.split("→")[1]


def test_a_cheat_without_its_hidden_check(copy, monkeypatch):
    import fixture_checks.lab_101_bucket_hidden as module

    monkeypatch.delattr(module, "other_values")
    (finding,) = map(str, lint(copy, copy.labs))
    assert "mistake of mean, 'the answer by heart': there is no hidden" in finding
    assert "rename it" in finding.split("→")[1]


def test_a_cheat_does_not_stand_for_a_mistake(copy, monkeypatch):
    import fixture_checks.lab_101_bucket_mistakes as module

    kept = tuple(m for m in module.MISTAKES if m.check == "store" or m.hidden)
    monkeypatch.setattr(module, "MISTAKES", kept)
    (finding,) = map(str, lint(copy, copy.labs))
    assert "check mean: no mistake tests it" in finding


def test_a_hidden_check_of_no_exercise(copy, monkeypatch):
    from dataclasses import replace

    import fixture_checks.lab_101_bucket_hidden as module

    stray = replace(module.other_values, exercise="men")
    monkeypatch.setattr(module, "other_values", stray)
    (finding,) = map(str, lint(copy, copy.labs))
    assert "'other_values' is about 'men', which is no exercise" in finding


def test_what_is_not_listed(copy):
    (copy.root / "labs" / "stray.ipynb").write_text("{}")
    (copy.root / "solutions" / "stray.py").write_text("")
    places = [f.place for f in lint(copy)]
    assert places == ["solutions/stray.py", "labs/stray.ipynb"]


def test_what_is_listed_but_does_not_exist(copy):
    copy.source(copy.lab("101")).unlink()
    (finding,) = lint(copy)
    assert "write it, or unlist the lab" in finding.problem


def test_an_exam_task_that_does_not_exist(copy):
    from mlslab.course import load_course

    file = copy.root / "labs" / "course.toml"
    file.write_text(file.read_text().replace('"2.3"', '"9.9"'))
    (finding,) = lint(load_course(copy.root))
    assert "no task 9.9" in finding.problem


def test_a_question_s_id_is_used_once_in_the_course(copy, monkeypatch):
    from dataclasses import replace

    from mlslab.lint import course_rules

    twice = replace(copy, labs=(copy.labs[0], copy.labs[0]))
    (finding,) = course_rules.question_ids(twice)
    assert "has the id of a question in lab 101" in finding.problem
