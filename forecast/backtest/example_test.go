package backtest_test

import (
	"fmt"
	"math"
	"time"

	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/forecast/backtest"
)

// A week of a daily shape, forecast as Headstart holds a level and as what was
// a day ago.
func ExampleRun() {
	trace := backtest.Trace{
		Start: time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC),
		Step:  time.Minute,
	}
	for i := range 7 * 24 * 60 {
		trace.Values = append(trace.Values, 100+50*math.Sin(2*math.Pi*float64(i)/(24*60)))
	}
	hold, err := backtest.Run(trace, backtest.NewPaths(forecast.Hold{}, 600), backtest.Standard())
	if err != nil {
		fmt.Println(err)
		return
	}
	day, err := backtest.Run(trace, backtest.NewSeasonal(24*time.Hour, trace.Step), backtest.Standard())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("origins:", hold.Origins)
	fmt.Println("a day ago is better:", day.Pinball < hold.Pinball/100)
	// Output:
	// origins: 1332
	// a day ago is better: true
}
