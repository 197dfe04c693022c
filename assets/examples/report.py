#!/usr/bin/env python3
"""The sales of a week by fruit: a report whose numbers are always the same."""

import os
import sys
from pathlib import Path

folder = Path(os.environ.get("TEMPO_EXAMPLE") or Path.home() / "tempo-example")
report = folder / "report"
report.mkdir(parents=True, exist_ok=True)
printed = folder / "printed"
printed.mkdir(exist_ok=True)

# A small data set of its own, so that the report is the same whatever ran before.
sales = report / "sales.csv"
if not sales.exists():
    prices = {"apples": 3, "pears": 5}
    rows = (f"{day},{fruit},{day * price}\n" for day in range(1, 8) for fruit, price in prices.items())
    sales.write_text("".join(rows))

totals: dict[str, int] = {}
for line in sales.read_text().splitlines():
    _, fruit, amount = line.split(",")
    totals[fruit] = totals.get(fruit, 0) + int(amount)

lines = ["sales of the week"]
lines += [f"  {fruit:<8}{amount:>5}" for fruit, amount in sorted(totals.items())]
lines += [f"  {'total':<8}{sum(totals.values()):>5}"]
if sys.argv[1:]:
    lines.append("for " + " ".join(sys.argv[1:]))

with open(printed / os.environ.get("TEMPO_RUN_ID", "by-hand"), "w") as copy:
    for line in lines:
        print(line, flush=True)
        print(line, file=copy)
