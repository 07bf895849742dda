import pytest

from mlslab.course import find_root, load_course
from mlslab.errors import DataError, MlslabError


def test_the_fixture_course(course, lab):
    assert lab.stem == "domain1_fixture/01_bucket"
    assert lab.checks_module == "lab_101_bucket"
    assert course.source(lab).is_file()
    assert course.notebook(lab).parts[-3:] == (
        "labs",
        "domain1_fixture",
        "01_bucket.ipynb",
    )
    with pytest.raises(MlslabError, match="no lab '999'; there are 101"):
        course.lab("999")


def test_lab_000_stands_at_the_top():
    course = load_course(find_root())
    assert course.lab("000").stem == "00_start_here"
    assert course.lab("302").stem == "domain3_modeling/02_xgboost"


def test_the_root_is_found_from_below(copy, monkeypatch):
    monkeypatch.delenv("MLSLAB_ROOT")
    assert find_root(copy.root / "labs" / "domain1_fixture") == copy.root.resolve()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('slug = "bucket"', "", "lab 101: slug: is missing"),
        ("minutes = 5", 'minutes = "5"', "lab 101: minutes: a whole number"),
        ("minutes = 5", "minutes = true", "lab 101: minutes: a whole number"),
        ('cost = "less', 'price = "less', "lab 101: cost: is missing"),
        ("minutes = 5", 'minutes = 5\nlevel = "x"', "lab 101: level: nobody reads"),
        ('id = "101"', 'id = "1x1"', "lab 1x1: id: is three digits"),
        ('id = "101"', 'id = "901"', "lab 901: id: there is no domain 9"),
        ('services = ["Amazon S3"]', "services = []", "lab 101: services: a list"),
        ('id = "store", text', "id = 7, text", "lab 101 objectives 7: id: a text"),
        ("title = ", "title == ", "is not TOML"),
    ],
)
def test_errors_name_file_id_and_field(copy, old, new, says):
    file = copy.root / "labs" / "course.toml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    with pytest.raises(DataError, match=r"^course\.toml: ") as caught:
        load_course(copy.root)
    assert says in str(caught.value)


def test_a_lab_is_listed_once(copy):
    file = copy.root / "labs" / "course.toml"
    text = file.read_text()
    row = text[text.index("[[lab]]") :]
    file.write_text(f"{text}\n{row}")
    with pytest.raises(DataError, match="lab 101: is listed twice"):
        load_course(copy.root)
