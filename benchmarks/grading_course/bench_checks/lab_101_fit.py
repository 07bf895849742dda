"""The check of the exercise that all graders grade."""

from mlslab.checks import check, require

HINTS = ("Look.", "Look again.", "Write it down.")


@check(lab="101", name="fit", title="Fit", points=1, objective="fit", hints=HINTS)
def fit(accuracy: float) -> None:
    require(accuracy > 0.9, f"`accuracy` is {accuracy}")
