#!/usr/bin/env python3
"""Writes the trace lunch: ten days in steps of five minutes, with a peak at noon
and gaps, from a formula. Then ../../run.py scored it:

    run.py --traces testdata/traces --results testdata/results --origins 20 --models Last SeasonalNaive
"""

import datetime
import gzip
import json
import pathlib

folder = pathlib.Path(__file__).parent / "traces" / "lunch"
start = datetime.datetime(2026, 3, 1)
rows = ["timestamp,value"]
for i in range(2880):
    if i % 211 == 5 or 1500 <= i < 1530:
        continue
    at = start + datetime.timedelta(minutes=5 * i)
    peak = 90 if 140 <= i % 288 < 160 else 0
    rows.append(f"{at.isoformat()}Z,{10 + peak + i * 7919 % 17}")
(folder / "meta.json").write_text(json.dumps({"step_seconds": 300}) + "\n")
with open(folder / "trace.csv.gz", "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
    packed.write(("\n".join(rows) + "\n").encode())
