"""Figures that everybody can read: an image with its alternative text.

JupyterLab has no place for alternative text beside an `image/png`, so the figure is
shown as HTML.
"""

import base64
import html
import io
from dataclasses import dataclass
from typing import Any

from mlslab import show as notebook


@dataclass(frozen=True)
class Picture:
    """A PNG image and its alternative text."""

    png: bytes
    alt: str

    def __repr__(self) -> str:
        return self.alt

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.png).decode("ascii")
        text = html.escape(self.alt, quote=True)
        return f'<img src="data:image/png;base64,{data}" alt="{text}">'


def show(figure: Any, *, alt: str) -> None:
    """Display a matplotlib figure with `alt`, and close it.

    Args:
        figure: a `matplotlib.figure.Figure`.
        alt: what a reader who does not see the figure has to know: its kind, its
            axes and what is to be seen in it. Computed figures may be put into it.
    """
    from matplotlib import pyplot

    if len(alt.strip()) < 20:
        raise ValueError("alt: say in a sentence what is to be seen in the figure")
    image = io.BytesIO()
    figure.savefig(image, format="png", bbox_inches="tight", dpi=96)
    pyplot.close(figure)
    notebook.show(Picture(image.getvalue(), alt))
