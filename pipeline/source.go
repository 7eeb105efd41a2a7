package pipeline

import (
	"context"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// Source answers queries of one backend.
type Source interface {
	// Read answers each query, in the order given; equal queries have been
	// merged before. It returns when all are answered or ctx ends, and an
	// answer it does not have is a reading whose condition says why: the
	// call as a whole never fails. At most one call runs at a time.
	Read(ctx context.Context, queries []signal.Query) []signal.Reading
}

// Historian is a Source that also knows the past.
type Historian interface {
	// History returns what a query's value was over [from, to], oldest first,
	// gaps left out.
	History(ctx context.Context, q signal.Query, from, to time.Time, step time.Duration) ([]signal.Sample, error)
}

// Model learns from one series, and what events do to it. Only its Look is asked
// for by several goroutines.
type Model interface {
	// Observe tells it a sample later than those before.
	Observe(at time.Time, value float64)
	// Expect tells it the occurrences that concern the series, from forecast.Heed
	// before they start until they have ended.
	Expect(events []calendar.Occurrence)
	// Look returns what is expected from at over the horizon: of the series itself,
	// not Known while too little was learned, and with the events that have not come
	// yet, not Known where none is awaited; and what it knows of events and of itself.
	Look(at time.Time, horizon time.Duration) forecast.Expectation
}

// Forecaster looks ahead from a series.
type Forecaster interface {
	// Path returns quantiles of the series from at over the horizon.
	Path(s *signal.Series, at time.Time, horizon time.Duration) forecast.Path
}

// Observer knows the cluster's side of a workload.
type Observer interface {
	// Scale returns at once with what is known now; the zero Scale if nothing.
	Scale(id workload.ID) decision.Scale
}
