"""The templates of the exports; every text in them is escaped."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mlslab.questions.explained import explained
from mlslab.show import marked


def render(template: str, **values: Any) -> str:
    """The template of this name, filled in."""
    return _ENVIRONMENT.get_template(template).render(**values)


def _marked(text: str) -> Markup:
    return Markup(marked(text))


def _html(text: str) -> str:
    """HTML as a text of its own, to be escaped once more where it is put into XML."""
    return marked(text)


def _paragraph(text: str) -> str:
    return f"<p>{marked(text)}</p>" if text else ""


_ENVIRONMENT = Environment(
    loader=PackageLoader("mlslab.exam.export"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {"marked": _marked, "html": _html, "paragraph": _paragraph}
_ENVIRONMENT.globals["explained"] = explained
