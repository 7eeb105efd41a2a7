package demo

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/pipeline"
)

// tournaments is for how long the schedule has them.
const tournaments = 6 * time.Hour

// Schedule is what marketing uploads in the demo: the surges of lobby-api are
// tournaments that somebody knows of, those of deposits are not.
func (p *Platform) Schedule() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"id", "title", "class", "start", "end", "timezone", "brand", "market", "workloads", "expected_peak", "unit", "status", "owner"}) // into memory
	wave := lobbyWave()
	for i, after := 1, wave.first; after < tournaments; i, after = i+1, after+wave.every {
		start := p.began.Add(after).UTC()
		end := start.Add(2*wave.ramp + wave.crest)
		_ = w.Write([]string{ // into memory
			fmt.Sprintf("lightning-%03d", i), fmt.Sprintf("Lightning tournament %d", i), "tournament",
			start.Format("2006-01-02T15:04:05"), end.Format("2006-01-02T15:04:05"), "UTC",
			"aurora", "MT", "name=lobby-api", fmt.Sprint(wave.peak), "requests/s", "confirmed", "marketing@aurora.example",
		})
	}
	w.Flush()
	return b.Bytes()
}

// upcoming says which event is next, or takes place.
func upcoming(a *pipeline.Agenda, now time.Time) string {
	if a == nil || a.Timeline == nil {
		return ""
	}
	ahead := a.Timeline.Between(now, now.Add(time.Hour))
	if len(ahead) == 0 {
		return ""
	}
	o := ahead[0]
	what := fmt.Sprintf("%s, %s", o.Event.Title, brings(o.Impact()))
	switch {
	case o.Start.After(now):
		return fmt.Sprintf("%s: starts in %s", what, o.Start.Sub(now).Round(time.Second))
	case o.End.After(now):
		return fmt.Sprintf("%s: takes place for another %s", what, o.End.Sub(now).Round(time.Second))
	default:
		return what + ": is over, and the crowd leaves"
	}
}

func brings(i calendar.Impact) string {
	switch {
	case i.Peak.Value > 0:
		return fmt.Sprintf("%.0f %s expected", i.Peak.Value, i.Peak.Unit)
	case i.Multiplier > 0:
		return fmt.Sprintf("×%g", i.Multiplier)
	default:
		return fmt.Sprintf("%d replicas at least", i.Floor)
	}
}
