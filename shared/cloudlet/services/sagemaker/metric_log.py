"""Metrics that a job publishes by printing them: regexes over its log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from cloudlet.algorithms.metrics import MetricDefinition


class MetricLog:
    """The algorithm's own metric definitions and those of the request."""

    def __init__(
        self, own: Sequence[MetricDefinition], requested: Sequence[dict[str, Any]]
    ) -> None:
        definitions = {definition.name: definition.regex for definition in own}
        definitions |= {item["Name"]: item["Regex"] for item in requested}
        self._patterns = {}
        for name, regex in definitions.items():
            try:
                self._patterns[name] = re.compile(regex)
            except re.error:
                continue  # AWS takes any text as a regex, and then finds nothing

    def read(self, lines: Sequence[str]) -> Iterator[tuple[str, float]]:
        """Name and value of each metric that the lines speak of, in their order."""
        for line in lines:
            for name, pattern in self._patterns.items():
                match = pattern.search(line)
                if match:
                    try:
                        yield name, float(match[1] if pattern.groups else match[0])
                    except (TypeError, ValueError):
                        continue  # no number, or a group that took no part
