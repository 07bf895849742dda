"""A paper as a QTI 2.1 package, https://www.imsglobal.org/question/.

Each question is an item of its own, judged by QTI's template `match_correct`: all of it
right, or nothing, as in the exam. Platforms may show an item's title to who takes the
test, so it is a number: the names of questions tell too much.
"""

import io
import zipfile

from mlslab.exam.export.templating import render
from mlslab.exam.paper import Paper
from mlslab.questions.model import Kind

#: Zip files hold times; this one is the same for all, so that the bytes are too.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def qti_package(paper: Paper, key: bool) -> bytes:
    """The zip: a manifest, a test, and an item for each question."""
    files = {
        "imsmanifest.xml": render("qti_manifest.xml", paper=paper),
        "test.xml": render("qti_test.xml", paper=paper),
    }
    for place, item in enumerate(paper.items, 1):
        question = item.question
        files[f"items/{question.id}.xml"] = render(
            "qti_item.xml",
            place=place,
            item=item,
            question=question,
            key=key,
            Kind=Kind,
        )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in files.items():
            package.writestr(zipfile.ZipInfo(name, _EPOCH), text.encode())
    return packed.getvalue()
