package prometheus

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/headstart-scaler/headstart/signal"
)

const (
	// chunkPoints is the most points Prometheus returns of a series in one
	// range query (web/api/v1: "exceeded maximum resolution of 11,000 points
	// per timeseries").
	chunkPoints = 11_000
	// historyPoints bounds a whole history: two years by the minute.
	historyPoints = 1 << 20
	// historyTimeout bounds one chunk, which may read weeks from disk.
	historyTimeout = 30 * time.Second
)

// History returns what an expression's value was over [from, to], a sample
// each step, oldest first. Gaps are left out, and so are values that are not
// finite or negative. More than one series is an error. A step below a
// millisecond, the API's resolution, is refused, and so is a range of more
// than a million steps.
func (s *Source) History(ctx context.Context, q signal.Query, from, to time.Time, step time.Duration) ([]signal.Sample, error) {
	e, ok := q.(signal.Expression)
	switch {
	case !ok:
		return nil, fmt.Errorf("read history of %s: a Prometheus source answers PromQL expressions only", q)
	case step < time.Millisecond:
		return nil, fmt.Errorf("read history of %s: a step of %s is below the API's millisecond", quoted(q), step)
	case to.Before(from):
		return nil, fmt.Errorf("read history of %s: the range ends before it begins", quoted(q))
	case to.Sub(from)/step >= historyPoints:
		return nil, fmt.Errorf("read history of %s: %s in steps of %s are more than %d points; take a longer step", quoted(q), to.Sub(from), step, historyPoints)
	}
	var samples []signal.Sample
	for start := from; !start.After(to); start = start.Add(chunkPoints * step) {
		end := start.Add((chunkPoints - 1) * step)
		if end.After(to) {
			end = to
		}
		var err error
		samples, err = s.chunk(ctx, e, v1.Range{Start: start, End: end, Step: step}, samples)
		if err != nil {
			return nil, fmt.Errorf("read history of %s from %s: %w", quoted(q), start.UTC().Format(time.RFC3339), err)
		}
	}
	return samples, nil
}

func (s *Source) chunk(ctx context.Context, e signal.Expression, r v1.Range, samples []signal.Sample) ([]signal.Sample, error) {
	timeout := max(s.config.Timeout, historyTimeout)
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	value, warnings, infos, err := s.api.QueryRange(within, e.PromQL, r)
	s.note(ctx, e, warnings, infos)
	if err != nil {
		return nil, &historyError{failure: s.explain(ctx, timeout, err), err: err}
	}
	matrix, ok := value.(model.Matrix)
	switch {
	case !ok:
		return nil, fmt.Errorf("the answer is a %s, not a range", kind(value))
	case len(matrix) == 0:
		return samples, nil
	case len(matrix) > 1:
		return nil, fmt.Errorf("%d series, %s and others, match: a signal is one number; wrap the query in sum(…) or max(…)",
			len(matrix), cut(matrix[0].Metric.String(), 120))
	case len(matrix[0].Histograms) > 0:
		return nil, errors.New("the values are native histograms: wrap the query in histogram_quantile(…)")
	}
	for _, x := range matrix[0].Values {
		v := float64(x.Value)
		if math.IsNaN(v) || math.IsInf(v, 0) || v < -rounding {
			continue
		}
		samples = append(samples, signal.Sample{At: x.Timestamp.Time(), Value: max(v, 0)})
	}
	return samples, nil
}

// historyError says for a person what a request met, and lets callers look
// for the cause, such as a context's end.
type historyError struct {
	failure failure
	err     error
}

func (e *historyError) Error() string { return e.failure.reason }
func (e *historyError) Unwrap() error { return e.err }
