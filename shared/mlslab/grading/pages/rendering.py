"""The templates, and what they may call."""

from typing import Any

from markupsafe import Markup

from mlslab.grading.pages import text, words
from mlslab.grading.results import ExerciseStatus, GradeStatus, Result
from mlslab.templating import environment


def render(template: str, **values: Any) -> str:
    """A page from the template of this name.

    Every text that the template prints is escaped and made visible (`text.plain`);
    what is more than text, code and messages, says so by its filter.
    """
    return _ENVIRONMENT.get_template(template).render(**values)


def number(value: float) -> str:
    """At most two decimals, and none that say nothing: `3`, `2.5`, `−0.25`."""
    return fixed(value).rstrip("0").rstrip(".")


def fixed(value: float) -> str:
    """Two decimals, with a minus that can be seen: `−0.25`."""
    # Adding 0 takes the sign from what rounding leaves of -0.001.
    return f"{round(value, 2) + 0:.2f}".replace("-", "−")


def percent(share: float) -> str:
    """A share of 1, in whole percent."""
    return f"{share:.0%}"


def duration(seconds: float) -> str:
    """Seconds as people say them: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def who(result: Result) -> str:
    """The learner's name if the learning platform told it, or the key."""
    return dict(result.accounts).get("full_name") or result.learner


def said(status: ExerciseStatus | GradeStatus) -> words.Words:
    """The words of a status."""
    if isinstance(status, GradeStatus):
        return words.GRADE[status]
    return words.EXERCISE[status]


def _finalize(value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Markup):
        return text.plain(value)
    return value


_ENVIRONMENT = environment("mlslab.grading")
_ENVIRONMENT.finalize = _finalize
_ENVIRONMENT.filters |= {
    "message": text.message,
    "code": text.code,
    "number": number,
    "fixed": fixed,
    "percent": percent,
    "duration": duration,
    "who": who,
    "said": said,
}
_ENVIRONMENT.globals["CHANGE"] = words.CHANGE
