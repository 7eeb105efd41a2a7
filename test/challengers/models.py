"""The challengers, each as its library's documentation would have it used.

A model has a method text for the results, fit(trace, origin) and
predict(trace, origin), which returns the quantiles of each lead, one row a
lead. fit may keep what it learned at an earlier origin; it returns whether it
learned anew.
"""

import logging

import numpy as np
import pandas as pd

from protocol import QUANTILES

# A central interval of level L reaches up to the quantile 1/2 + L/200: these
# reach the quantiles above the median.
LEVELS = [60, 80, 90, 98, 99.6]


class Last:
    """The ruler: the last known value at every quantile. The table runs it too,
    and compares traces, origins and scores by it."""

    method = "the last known value at every quantile: compares this script with the Go side"

    def fit(self, trace, origin):
        return False

    def predict(self, trace, origin):
        return np.full((len(trace.leads()), len(QUANTILES)), trace.values[origin - 1])


class Statsforecast:
    """One of statsforecast's models on the trace's own step, gaps filled by the
    value before them."""

    days = 28

    def series(self, trace, origin):
        return trace.window(origin, self.days * trace.day())

    def fit(self, trace, origin):
        self.model = self.build(trace, self.series(trace, origin)).fit(self.series(trace, origin))
        return True

    def forecast(self, trace, origin, steps):
        return self.model.predict(steps, level=LEVELS)

    def predict(self, trace, origin):
        leads = trace.leads()
        # The last known value is one step before the origin.
        answer = self.forecast(trace, origin, max(leads) + 1)
        columns = [answer["mean"]] + [answer[f"hi-{level}"] for level in LEVELS]
        return np.stack(columns, axis=1)[leads]

    def season(self, trace, y):
        """A day where the history holds two of them, or else no season."""
        return trace.day() if len(y) >= 2 * trace.day() else 1


class SeasonalNaive(Statsforecast):
    method = "season of a day, 28 days of history, fitted at each origin; its own intervals"

    def build(self, trace, y):
        from statsforecast.models import SeasonalNaive as Model

        return Model(season_length=self.season(trace, y))


class AutoETS(Statsforecast):
    method = (
        "no season (the library drops seasons above 24 steps), 7 days of history at the trace's step, "
        "fitted at each origin"
    )
    days = 7

    def build(self, trace, y):
        from statsforecast.models import AutoETS as Model

        return Model(season_length=1)


class AutoTheta(Statsforecast):
    method = (
        "season of a day, 7 days of history at the trace's step; fitted at the first origin of each day, at others "
        "its parameters are kept and its state is brought up to the origin (forward)"
    )
    days = 7

    def __init__(self):
        self.fitted_on = None

    def build(self, trace, y):
        from statsforecast.models import AutoTheta as Model

        return Model(season_length=self.season(trace, y))

    def fit(self, trace, origin):
        day = (trace.name, trace.at(origin).date())
        if self.fitted_on == day:
            return False
        self.fitted_on = day
        return super().fit(trace, origin)

    def forecast(self, trace, origin, steps):
        return self.model.forward(self.series(trace, origin), steps, level=LEVELS)


class MSTL(Statsforecast):
    method = (
        "seasons of a day and, from two weeks of history on, a week, 14 days of history at the trace's step, fitted at "
        "each origin; STL jumps of a tenth of a day, as R's stl has them (without them a fit takes minutes); "
        "trend by AutoETS, the default"
    )
    days = 14

    def build(self, trace, y):
        from statsforecast.models import AutoETS as Trend
        from statsforecast.models import MSTL as Model

        day = trace.day()
        seasons = [s for s in (day, 7 * day) if len(y) >= 2 * s]
        if not seasons:
            return Trend(season_length=1)
        jumps = {"seasonal_jump": 1, "trend_jump": day // 10, "low_pass_jump": day // 10}
        return Model(season_length=seasons, stl_kwargs=jumps)


class Prophet:
    method = (
        "28 days of history, one value every 10 minutes (it knows no steps, and so forecasts any minute), gaps left "
        "out; daily and weekly seasons as it finds them worth it, no yearly one; fitted at each origin; quantiles of "
        "2000 samples of its predictive distribution"
    )
    days = 28
    samples = 2000

    def __init__(self):
        for name in ("cmdstanpy", "prophet"):
            logging.getLogger(name).setLevel(logging.ERROR)
            logging.getLogger(name).propagate = False

    def fit(self, trace, origin):
        from prophet import Prophet as Model

        every = max(1, 600 // trace.step)
        slots = np.arange(origin - 1, max(-1, origin - 1 - self.days * trace.day()), -every)[::-1]
        slots = slots[~np.isnan(trace.values[slots])]
        history = pd.DataFrame({"ds": [trace.at(i) for i in slots], "y": trace.values[slots]})
        self.model = Model(yearly_seasonality=False, uncertainty_samples=self.samples)
        self.model.fit(history, seed=1)
        return True

    def predict(self, trace, origin):
        np.random.seed(1)
        future = pd.DataFrame({"ds": [trace.at(origin + lead) for lead in trace.leads()]})
        samples = self.model.predictive_samples(future)["yhat"]
        return np.quantile(samples, QUANTILES, axis=1).T


ALL = {m.__name__: m for m in (Last, SeasonalNaive, AutoETS, Prophet, MSTL, AutoTheta)}
