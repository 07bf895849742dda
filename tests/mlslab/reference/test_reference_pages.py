from pathlib import Path

import pytest

from mlslab.course import load_course
from mlslab.errors import DataError
from mlslab.reference.pages import files, pages
from mlslab.reference.rows import folder, load_reference

COURSE = load_course(Path(__file__).parents[3])

CLOSED = """\
checked = "2026-11-23"

[[service]]
name = "Amazon Old"
names = ["Amazon Old", "OldThing"]
state = "closed | for ever"
instead = "Amazon <New>"
source = { title = "A page", address = "https://docs.aws.amazon.com/page.html" }
"""


@pytest.fixture
def small(copy):
    path = folder(copy) / "closed_services.toml"
    path.parent.mkdir(parents=True)
    path.write_text(CLOSED)
    return copy


def test_a_page_has_every_row_and_its_source(small):
    made = files(small)
    assert [path.name for path in made] == [
        "closed_services.md",
        "quick_reference.html",
    ]
    markdown, printed = made.values()
    row = "| Amazon Old | closed \\| for ever | Amazon <New> | [A page](https://docs"
    assert row in markdown
    assert "Amazon &lt;New&gt;" in printed
    assert 'href="https://docs.aws.amazon.com/page.html"' in printed


def test_a_course_without_tables_has_no_pages(copy):
    assert files(copy) == {}


def test_services_are_known_by_their_names(small):
    (service,) = load_reference(small).closed
    assert service.is_named("Use OldThing for it")
    assert not service.is_named("Use Amazon Older")


def test_errors_name_the_row(small):
    path = folder(small) / "closed_services.toml"
    path.write_text(CLOSED.replace('instead = "Amazon <New>"', ""))
    with pytest.raises(DataError, match="service Amazon Old: instead: is missing"):
        load_reference(small)


def test_the_course_has_all_four_and_no_empty_cell():
    made = pages(load_reference(COURSE))
    assert [page.stem for page in made] == [
        "algorithms",
        "instances",
        "cost_levers",
        "closed_services",
    ]
    for page in made:
        assert len(page.rows) >= 15
        for row in page.rows:
            assert len(row) == len(page.columns) + 1
            assert all(cell for cell in row)
