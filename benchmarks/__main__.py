"""`make bench`: print the table, and keep each part in benchmarks/results.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import algorithms, calls, grading, training
from benchmarks.measure import Ratio

RESULTS = Path(__file__).parent / "results.json"
PARTS = {
    "calls": calls.ratios,
    "training": training.ratios,
    "grading": grading.ratios,
    "algorithms": algorithms.ratios,
}


def main() -> None:
    """Measure all, or the part that is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("part", nargs="?", choices=PARTS)
    part = parser.parse_args().part
    for name in PARTS if part is None else (part,):
        rows = []
        for row in PARTS[name]():
            rows.append(row)
            print(_line(row), flush=True)
        _keep(name, rows)


def _line(row: Ratio) -> str:
    figure = f"{row.figure:.2f} {row.kind}"
    most = f"at most {row.most:g}"
    sides = f"{row.ours:.3g} / {row.theirs:.3g} {row.unit}, {row.against}"
    mark = "" if row.reached else "   NOT REACHED"
    return f"{row.what:<60} {figure:>9}   ({most})   {sides}{mark}"


def _keep(part: str, rows: list[Ratio]) -> None:
    """Put the part's rows in the place of those that were measured before."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept[part] = {
        "at": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": f"{sys.platform}, {machine}",
        "rows": [row.to_dict() for row in rows],
    }
    ordered = {name: kept[name] for name in PARTS if name in kept}
    RESULTS.write_text(json.dumps(ordered, indent=2) + "\n")


if __name__ == "__main__":
    main()
