"""A page for paper: questions with boxes to tick, and the key behind them."""

from mlslab.exam.export.templating import render
from mlslab.exam.paper import Paper
from mlslab.exam.words import rules


def page(paper: Paper, key: bool) -> bytes:
    """The paper as one HTML file that needs nothing else."""
    return render("paper.html", paper=paper, key=key, rules=rules(paper)).encode()
