"""Jinja as this package uses it: everything escaped, nothing undefined."""

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mlslab.show import marked


def environment(package: str) -> Environment:
    """The templates of a package, in its folder `templates`."""
    made = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["marked"] = lambda text: Markup(marked(text))
    return made
