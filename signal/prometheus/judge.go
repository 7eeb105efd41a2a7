package prometheus

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/headstart-scaler/headstart/signal"
)

// rounding is how far below 0 a value may be and still be one: differences of
// floating-point numbers that are equal but for their last bits.
const rounding = 1e-9

// shownSeries is how many of several series a reason names.
const shownSeries = 3

// judge turns an answer into a reading. Rates, latencies and counts are never
// negative, so a negative value is Invalid whatever the signal's kind.
func judge(q signal.Expression, answer model.Value, now time.Time, staleAfter time.Duration) signal.Reading {
	var value model.SampleValue
	var stamp model.Time
	switch a := answer.(type) {
	case *model.Scalar:
		value, stamp = a.Value, a.Timestamp
	case model.Vector:
		switch {
		case len(a) == 0:
			return signal.Bad(now, signal.Empty,
				"query %s matched nothing: look whether its metric is still scraped and its labels exist; where nothing means zero, write (…) or vector(0)", quoted(q))
		case len(a) > 1:
			return signal.Bad(now, signal.Several,
				"query %s matched %d series, %s: a signal is one number; wrap the query in sum(…) or max(…), or name more labels", quoted(q), len(a), labelSets(a))
		case a[0].Histogram != nil:
			return signal.Bad(now, signal.Invalid,
				"query %s yielded a native histogram: wrap it in histogram_quantile(…) or histogram_count(…)", quoted(q))
		}
		value, stamp = a[0].Value, a[0].Timestamp
	default:
		return signal.Bad(now, signal.Invalid,
			"query %s yielded a %s, not one number now: a range such as metric[5m] has to go through rate(…) or max_over_time(…)", quoted(q), kind(answer))
	}
	return weigh(q, float64(value), stamp.Time(), now, staleAfter)
}

func weigh(q signal.Expression, value float64, at, now time.Time, staleAfter time.Duration) signal.Reading {
	if at.After(now) {
		// A server's clock ahead of ours does not make its answer older.
		at = now
	}
	switch {
	case now.Sub(at) > staleAfter:
		return signal.Bad(at, signal.Stale,
			"query %s was answered with a value of %s, older than %s: a cache in between serves old answers, or the server's clock is behind ours",
			quoted(q), at.UTC().Format(time.RFC3339), staleAfter)
	case math.IsNaN(value):
		return signal.Bad(at, signal.NaN,
			"query %s yielded NaN, often 0/0 or a quantile over no requests: guard the divisor, for instance with … > 0, or choose a reaction to nan", quoted(q))
	case math.IsInf(value, 0):
		return signal.Bad(at, signal.Inf,
			"query %s yielded %v, often a division by zero or a quantile in the last bucket: guard the divisor, for instance with … > 0", quoted(q), value)
	case value < -rounding:
		return signal.Bad(at, signal.Invalid,
			"query %s yielded %v: a rate, latency or count is never negative; look for a subtraction or for deriv(…) in it, or write clamp_min(…, 0)", quoted(q), value)
	}
	return signal.Good(at, max(value, 0))
}

func kind(v model.Value) string {
	if v == nil {
		return "value of no type"
	}
	return v.Type().String()
}

// labelSets names the first few of several series.
func labelSets(series model.Vector) string {
	names := make([]string, 0, shownSeries)
	for _, x := range series[:min(len(series), shownSeries)] {
		names = append(names, cut(x.Metric.String(), 120))
	}
	if more := len(series) - len(names); more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names, ", "), more)
	}
	return strings.Join(names, " and ")
}
