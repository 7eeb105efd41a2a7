"""What every forecaster of a comparison has in common: traces, origins, scores.

forecast/backtest says the same in Go, and the table compares the two by a
ruler (see models.Last): where their scores of it differ, it prints nothing.
"""

import csv
import gzip
import json
import math
import pathlib
from datetime import datetime, timedelta

import numpy as np

QUANTILES = [0.5, 0.8, 0.9, 0.95, 0.99, 0.998]
HORIZON_MINUTES = [1, 5, 15, 60]
LEAD_IN_SECONDS = 7 * 24 * 3600


class Trace:
    """A trace on its own grid: values[i] holds over step seconds from start +
    i * step, and is NaN in a gap."""

    def __init__(self, folder):
        self.name = pathlib.Path(folder).name
        self.step = json.loads((folder / "meta.json").read_text())["step_seconds"]
        with gzip.open(folder / "trace.csv.gz", "rt") as file:
            rows = [(parse(r["timestamp"]), float(r["value"])) for r in csv.DictReader(file)]
        self.start = rows[0][0]
        self.values = np.full(self.slot(rows[-1][0]) + 1, math.nan)
        for at, value in rows:
            self.values[self.slot(at)] = value

    def slot(self, at):
        seconds = int((at - self.start).total_seconds())
        if seconds % self.step:
            raise ValueError(f"{self.name}: {at} is not a whole number of steps after {self.start}")
        return seconds // self.step

    def at(self, slot):
        return self.start + timedelta(seconds=int(slot) * self.step)

    def day(self):
        """A day in slots."""
        return 24 * 3600 // self.step

    def leads(self):
        """The horizons in slots, without those below a step."""
        return [m * 60 // self.step for m in HORIZON_MINUTES if m * 60 >= self.step]

    def origins(self, count):
        """Slots to forecast at, spread evenly: one in each of count equal parts
        of those that can be scored, at another place in each, so that they do
        not keep to one time of day. values[:origin] is known at an origin, and
        the target of a lead is values[origin + lead]."""
        lead_in = min(LEAD_IN_SECONDS // self.step, len(self.values) // 3)
        known = ~np.isnan(self.values)
        leads = self.leads()
        scored = [
            i
            for i in range(max(1, lead_in), len(self.values) - max(leads))
            if known[i - 1] and all(known[i + lead] for lead in leads)
        ]
        if len(scored) <= count:
            return scored
        million = 10**6
        return [scored[(i * million + i * 618034 % million) * len(scored) // (count * million)] for i in range(count)]

    def window(self, origin, slots):
        """The last slots values known at an origin; a gap is filled by the value
        before it, for libraries that know no gaps."""
        values = self.values[:origin]
        filled = np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(len(values))))
        return values[filled][-slots:]


def parse(timestamp):
    return datetime.fromisoformat(timestamp.replace("Z", "+00:00")).replace(tzinfo=None)


class Score:
    """Sums up what was forecast for one horizon and what came."""

    def __init__(self, minutes):
        self.minutes = minutes
        self.scored = 0
        self.targets = 0.0
        self.loss = np.zeros(len(QUANTILES))
        self.below = np.zeros(len(QUANTILES))
        self.at_or_below = np.zeros(len(QUANTILES))

    def add(self, forecast, value):
        q = np.array(QUANTILES)
        over = value - forecast
        self.scored += 1
        self.targets += value
        self.loss += np.maximum(q * over, (q - 1) * over)
        self.below += value < forecast
        self.at_or_below += value <= forecast

    def result(self):
        n = max(1, self.scored)
        return {
            "minutes": self.minutes,
            "scored": self.scored,
            "target_mean": self.targets / n,
            "pinball": float(self.loss.mean() / n),
            "pinball_by_quantile": short(self.loss / n),
            "below": short(self.below / n),
            "at_or_below": short(self.at_or_below / n),
        }


def short(values):
    return [float(f"{v:.6g}") for v in values]
