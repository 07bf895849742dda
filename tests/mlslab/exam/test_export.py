import io
import zipfile
from xml.etree import ElementTree

import pytest

from mlslab.errors import MlslabError
from mlslab.exam.drawing import draw
from mlslab.exam.export import export
from mlslab.exam.export.moodle import fraction, moodle_xml
from mlslab.exam.export.page import page
from mlslab.exam.export.qti import qti_package
from mlslab.exam.wish import Wish

QTI = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"


@pytest.mark.parametrize("ending", [".html", ".xml", ".zip"])
def test_the_same_paper_gives_the_same_bytes(bank, tmp_path, ending):
    first, second = tmp_path / f"a{ending}", tmp_path / f"b{ending}"
    for path in (first, second):
        export(draw(bank, Wish(count=20, seed=7)), path, key=True)
    assert first.read_bytes() == second.read_bytes()


def test_another_ending_is_refused(paper, tmp_path):
    with pytest.raises(MlslabError, match=r"exam\.doc: an exam is written to"):
        export(paper, tmp_path / "exam.doc")


def test_a_page_has_the_key_only_if_it_is_asked_for(paper):
    with_key, without = page(paper, True).decode(), page(paper, False).decode()
    for item in paper.items:
        for option in item.question.options:
            assert option.text in without
            assert option.reason not in without
            assert option.reason in with_key


def test_moodle_xml_is_what_moodle_reads(paper):
    quiz = ElementTree.fromstring(moodle_xml(paper, True))
    kinds = [question.get("type") for question in quiz]
    assert kinds == ["category", "multichoice", "multichoice", "ordering", "matching"]
    _, choice, several, ordering, matching = quiz
    assert choice.findtext("single") == "true"
    assert [a.get("fraction") for a in choice.iter("answer")].count("100") == 1
    fractions = [float(a.get("fraction")) for a in several.iter("answer")]
    assert several.findtext("single") == "false"
    assert sorted(fractions) == [-50, -50, -50, 50, 50]
    question = paper.items[2].question
    assert [a.findtext("text") for a in ordering.iter("answer")] == [
        question.option(key).text for key in question.correct
    ]
    assert ordering.findtext("gradingtype") == "ALL_OR_NOTHING"
    pairs = [
        (s.findtext("text") or "", s.findtext("answer/text"))
        for s in matching.iter("subquestion")
    ]
    question = paper.items[3].question
    assert pairs[:3] == [
        (p.text, question.option(p.answer).text) for p in question.prompts
    ]
    assert {text for text, _ in pairs[3:]} == {""}
    assert len(pairs) == 3 + len(
        {o.key for o in question.options} - {*question.correct}
    )


def test_moodles_fractions(paper):
    question = paper.items[1].question
    vars(question)["correct"] = ("a", "b", "c")
    assert fraction(question, "a") == "33.33333"
    assert fraction(question, "e") == "-33.33333"


def test_moodle_xml_loads_in_a_parser_of_the_format(bank, tmp_path):
    from moodle_xml_parser.parser import parse_bytes

    paper = draw(bank, Wish(count=12, seed=1, kinds=frozenset(["multiple-choice"])))
    questions = parse_bytes(moodle_xml(paper, False))["multichoice"]
    assert len(questions) == len(paper.items)
    for item, read in zip(paper.items, questions, strict=True):
        right = [o.answer for o in read.options if o.score_fraction == 100]
        assert right == [item.question.option(item.question.correct[0]).text]
        assert read.single


def test_qti_items_say_what_is_right(paper):
    package = zipfile.ZipFile(io.BytesIO(qti_package(paper, True)))
    for place, item in enumerate(paper.items, 1):
        xml = ElementTree.fromstring(package.read(f"items/{item.question.id}.xml"))
        assert xml.get("title") == f"Question {place}"
        values = [v.text for v in xml.find(f".//{QTI}correctResponse")]
        if item.question.prompts:
            values = [value.split()[1] for value in values]
        assert tuple(values) == item.question.correct
        shown = " ".join("".join(xml.itertext()).split())
        assert all(option.text in shown for option in item.question.options)


def test_a_qti_package_is_read_by_another_program(paper, tmp_path):
    from qti_convert import upgrade_package

    path = tmp_path / "exam.zip"
    export(paper, path)
    upgrade_package(path, tmp_path / "three.zip")
    with zipfile.ZipFile(tmp_path / "three.zip") as package:
        items = [name for name in package.namelist() if "items/" in name]
        assert len(items) == len(paper.items)
        text = package.read(items[2]).decode()
    assert "qti-order-interaction" in text


def test_markup_in_questions_is_text_everywhere(paper):
    vars(paper.items[0].question)["text"] = "<script>alert(1)</script> & `a<b`?"
    assert b"<script>alert" not in page(paper, True)
    quiz = ElementTree.fromstring(moodle_xml(paper, True))
    shown = quiz[1].findtext("questiontext/text")
    assert "&lt;script&gt;" in shown and "<code>a&lt;b</code>" in shown
    package = zipfile.ZipFile(io.BytesIO(qti_package(paper, True)))
    assert b"<script>" not in package.read("items/one.xml")
