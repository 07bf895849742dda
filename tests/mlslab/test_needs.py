from types import SimpleNamespace

from mlslab.checks import load_checks
from mlslab.needs import install, needed, waiting


def test_only_leading_comments_count():
    assert needed("# needs: a, b\n# needs: c\nx = 1\n# needs: d") == ["a", "b", "c"]
    assert needed("x = 1\n# needs: a") == []
    assert needed("# Needs work: see above") == []


def test_it_names_what_and_which_exercise(course, lab):
    checks = load_checks(course, lab)
    code = "# needs: key, other"
    message = waiting(code, {"key": ..., "other": 1}, checks)
    assert message == "This cell waits for `key`: exercise 'store' above."
    message = waiting(code, {"key": 1}, checks)
    assert message == "This cell waits for `other`, which a cell above has yet to set."
    assert waiting(code, {"key": 1, "other": None}, checks) is None


def test_a_shell_skips_the_cell(course, lab):
    shell = SimpleNamespace(user_ns={"key": ...}, input_transformers_post=[])
    install(shell, {})
    install(shell, load_checks(course, lab))
    (transform,) = shell.input_transformers_post
    lines = ["# needs: key\n", "1 / 0\n"]
    (line,) = transform(lines)
    assert line.startswith("print(") and "'store'" in line
    shell.user_ns["key"] = "k"
    assert transform(lines) == lines
