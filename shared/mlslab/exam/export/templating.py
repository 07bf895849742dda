"""The templates of the exports; every text in them is escaped."""

from typing import Any

from mlslab.questions.explained import explained
from mlslab.show import marked
from mlslab.templating import environment


def render(template: str, **values: Any) -> str:
    """The template of this name, filled in."""
    return _ENVIRONMENT.get_template(template).render(**values)


def _paragraph(text: str) -> str:
    """HTML as a text of its own, to be escaped once more where it is put into XML."""
    return f"<p>{marked(text)}</p>" if text else ""


_ENVIRONMENT = environment("mlslab.exam.export")
_ENVIRONMENT.filters |= {"html": marked, "paragraph": _paragraph}
_ENVIRONMENT.globals["explained"] = explained
