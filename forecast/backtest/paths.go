package backtest

import (
	"time"

	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
)

// Forecaster expects a path of a series, as forecast.Hold does.
type Forecaster interface {
	Path(s *signal.Series, at time.Time, horizon time.Duration) forecast.Path
}

// Paths asks a Forecaster as the product does, for a path up to the horizon, of
// which the end is scored.
type Paths struct {
	forecaster Forecaster
	series     *signal.Series
}

// NewPaths returns a model that keeps the newest limit values for a forecaster.
func NewPaths(f Forecaster, limit int) *Paths {
	return &Paths{forecaster: f, series: signal.NewSeries(limit)}
}

// Observe appends to the series.
func (p *Paths) Observe(at time.Time, value float64) {
	p.series.Append(signal.Sample{At: at, Value: value})
}

// Quantiles are those of the path's last point; none where nothing is known.
func (p *Paths) Quantiles(at time.Time, horizon time.Duration, qs []float64) []float64 {
	path := p.forecaster.Path(p.series, at, horizon)
	if !path.Known() {
		return nil
	}
	values := make([]float64, len(qs))
	for i, q := range qs {
		values[i] = path.At(q, at.Add(horizon))
	}
	return values
}
