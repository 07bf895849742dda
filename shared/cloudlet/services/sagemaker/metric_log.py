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
        definitions = {definition.name: definition for definition in own}
        for item in requested:
            definitions[item["Name"]] = MetricDefinition(item["Name"], item["Regex"])
        self._patterns = []
        for definition in definitions.values():
            try:
                pattern = re.compile(definition.regex)
            except re.error:
                continue  # AWS takes any text as a regex, and then finds nothing
            self._patterns.append((definition.name, definition.mark, pattern))

    def read(self, lines: Sequence[str]) -> Iterator[tuple[str, float]]:
        """Name and value of each metric that the lines speak of, in their order."""
        for line in lines:
            for name, mark, pattern in self._patterns:
                match = pattern.search(line) if mark in line else None
                if match:
                    try:
                        yield name, float(match[1] if pattern.groups else match[0])
                    except (TypeError, ValueError):
                        continue  # no number, or a group that took no part
