#!/usr/bin/env python3
"""Scores challengers from other libraries over a folder of traces and writes one
JSON file a model, which the table of `make bench-forecast` prints beside ours.

Everything a model is asked lies after what it is shown. Negative quantiles
count as 0. A model that fails at an origin, or answers what is not a number,
is given the last known value there, and the failure is counted. A model that
has used up its time of a core on a trace is scored on the origins it got to, taken in an
order that covers the whole trace, and marked."""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # one core, whatever numpy thinks of it

import argparse
import importlib.metadata
import json
import pathlib
import platform
import sys
import time
import warnings

import numpy as np

import models
from protocol import HORIZON_MINUTES, QUANTILES, Score, Trace

warnings.filterwarnings("ignore")


def cpu():
    """Seconds of a core used, by what Prophet starts too: other work on the
    machine does not count."""
    return sum(os.times()[:4])


def score(name, trace, options):
    model = models.ALL[name]()
    origins = trace.origins(options.origins)
    scores = [Score(lead * trace.step // 60) for lead in trace.leads()]
    begun, fits, fit_seconds, predict_seconds, done, failed = cpu(), 0, 0.0, 0.0, 0, 0
    for origin in in_order(origins, name):
        if cpu() - begun > options.limit:
            break
        start = cpu()
        middle = start
        try:
            fits += model.fit(trace, origin)
            middle = cpu()
            forecast = np.maximum(model.predict(trace, origin), 0)
            if not np.isfinite(forecast).all():
                raise ValueError("an answer that is not finite")
        except Exception as error:  # a library may raise anything
            failed += 1
            print(f"{trace.name} {name} at {trace.at(origin)}: {error!r}", file=sys.stderr)
            forecast = models.Last().predict(trace, origin)
        fit_seconds += middle - start
        predict_seconds += cpu() - middle
        done += 1
        for row, lead, s in zip(forecast, trace.leads(), scores):
            s.add(row, trace.values[origin + lead])
    horizons = [s.result() for s in scores]
    return {
        "trace": trace.name,
        "step_seconds": trace.step,
        "origins": len(origins),
        "scored": done,
        "first": trace.at(origins[0]).isoformat() + "Z",
        "last": trace.at(origins[-1]).isoformat() + "Z",
        "failed": failed,
        "limit_hit": done < len(origins),
        "pinball": float(np.mean([h["pinball"] for h in horizons])),
        "horizons": horizons,
        "fits": fits,
        "fit_seconds": fit_seconds / max(1, fits),
        "predict_seconds": predict_seconds / max(1, done),
    }


def in_order(origins, name):
    """The order of time for a model that keeps its fit for a day, and for others
    one whose beginning is spread over the whole trace too."""
    if name == "AutoTheta":
        return origins
    return sorted(origins, key=lambda origin: (origins.index(origin) * 618034) % 10**6)


def write(path, result):
    """JSON with a line a trace, so that a change can be read."""
    head = json.dumps({k: v for k, v in result.items() if k != "traces"}, indent=1).removesuffix("\n}")
    traces = ",\n".join("  " + json.dumps(t) for t in result["traces"])
    path.write_text(f'{head},\n "traces": [\n{traces}\n ]\n}}\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--traces", default=os.environ.get("TRACES"), help="the folder of traces (TRACES)")
    parser.add_argument("--results", default=pathlib.Path(__file__).parent / "results", type=pathlib.Path)
    parser.add_argument("--origins", default=100, type=int, help="origins a trace")
    parser.add_argument("--limit", default=600, type=float, help="seconds of a core a model may use on a trace")
    parser.add_argument("--models", nargs="+", default=list(models.ALL), choices=list(models.ALL))
    parser.add_argument("--only", nargs="+", help="the traces to score, all unless given; others keep their results")
    options = parser.parse_args()
    if not options.traces:
        parser.error("say where the traces are: --traces FOLDER")
    folders = sorted(p.parent for p in pathlib.Path(options.traces).glob("*/trace.csv.gz"))
    traces = [Trace(f) for f in folders if not options.only or f.name in options.only]
    for name in options.models:
        result = {
            "model": name,
            "method": models.ALL[name].method,
            "command": f"run.py --origins {options.origins} --limit {options.limit:g} --models {name}",
            "versions": {
                "python": platform.python_version(),
                **{p: importlib.metadata.version(p) for p in ("statsforecast", "prophet", "numpy", "statsmodels")},
            },
            "quantiles": QUANTILES,
            "horizon_minutes": HORIZON_MINUTES,
            "traces": [],
        }
        path = options.results / f"{name}.json"
        if options.only and path.exists():
            result["traces"] = json.loads(path.read_text())["traces"]
        for trace in traces:
            last = score(name, trace, options)
            kept = [t for t in result["traces"] if t["trace"] != trace.name]
            result["traces"] = sorted([*kept, last], key=lambda t: t["trace"])
            print(
                f"{time.strftime('%H:%M:%S')} {name} {trace.name}: pinball {last['pinball']:.4g}, {last['scored']} origins, "
                f"fit {last['fit_seconds']:.2f} s, failed {last['failed']}",
                flush=True,
            )
            options.results.mkdir(parents=True, exist_ok=True)
            write(path, result)


if __name__ == "__main__":
    main()
