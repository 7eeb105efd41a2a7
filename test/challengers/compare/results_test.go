package main

import (
	"math"
	"slices"
	"testing"

	"github.com/headstart-scaler/headstart/forecast/backtest"
)

// The results in the repository are whole: each model on the same traces as
// the ruler, asked for the same quantiles.
func TestResultsInTheRepositoryAreWhole(t *testing.T) {
	all, err := readChallengers("../results")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(c challenger) bool { return c.Model == rulerName })
	if i < 0 || len(all) != 6 {
		t.Fatalf("%d models, the ruler at %d", len(all), i)
	}
	for _, c := range all {
		if !slices.Equal(c.Quantiles, backtest.Standard().Quantiles) || c.Command == "" || c.Versions["statsforecast"] == "" {
			t.Errorf("%s: quantiles %v, command %q, versions %v", c.Model, c.Quantiles, c.Command, c.Versions)
		}
		for _, ruler := range all[i].Traces {
			if r, any := c.on(ruler.Trace); !any || !whole(r, ruler) {
				t.Errorf("%s on %s is not whole: %+v", c.Model, ruler.Trace, r)
			}
		}
	}
}

func whole(r, ruler backtest.Result) bool {
	for _, h := range r.Horizons {
		if h.Scored != r.Scored || math.IsNaN(h.Pinball) || h.Pinball < 0 {
			return false
		}
	}
	return r.Origins == ruler.Origins && len(r.Horizons) == len(ruler.Horizons)
}
