package web

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
)

// eventRow is an event that counts in a decision.
type eventRow struct {
	decision.Planned
	Name   string
	Status mark // shown where the event is not certain
	Known  []knownRow
}

// knownRow is what is known of an event by one signal's past.
type knownRow struct {
	decision.Account

	Lasts []lastRow
}

// lastRow is what one event of the class did.
type lastRow struct {
	Start           time.Time
	Announced, Came string
	Peak            string
}

func eventRows(events []decision.Planned) []eventRow {
	rows := make([]eventRow, 0, len(events))
	for _, e := range events {
		r := eventRow{Planned: e, Name: cmp.Or(e.Title, e.ID)}
		if e.Status != string(calendar.Confirmed) {
			r.Status = mark{e.Status, toneWarn}
		}
		r.Owner = cmp.Or(e.Owner, "—")
		for _, a := range e.Accounts {
			r.Known = append(r.Known, knownRow{a, lastRows(a.Past)})
		}
		rows = append(rows, r)
	}
	return rows
}

// lastRows are the newest first.
func lastRows(past []decision.PastAccount) []lastRow {
	rows := make([]lastRow, 0, len(past))
	for _, p := range slices.Backward(past) {
		r := lastRow{Start: p.Start, Announced: "—", Came: "did not come", Peak: "—"}
		if p.Announced > 0 {
			r.Announced = "×" + number(p.Announced)
		}
		if p.Came {
			r.Came, r.Peak = number(p.Before)+" → "+number(p.Most), span(time.Duration(p.PeakSeconds*float64(time.Second)))+" in"
			if p.Factor > 0 {
				r.Came = decision.FactorText(p.Factor) + ", " + r.Came
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// orderRow is an override that holds in a decision.
type orderRow struct {
	decision.Ordered
	Order string
}

func orderRows(overrides []decision.Ordered) []orderRow {
	rows := make([]orderRow, 0, len(overrides))
	for _, o := range overrides {
		rows = append(rows, orderRow{Ordered: o, Order: orderText(o)})
	}
	return rows
}

// orderText is what an override orders, in words.
func orderText(o decision.Ordered) string {
	bound := func(how string) string {
		if o.Replicas == nil {
			return o.Kind
		}
		return fmt.Sprintf("%s %s", how, replicas(*o.Replicas))
	}
	switch decision.OverrideKind(o.Kind) {
	case decision.Floor:
		return bound("at least")
	case decision.Ceiling:
		return bound("at most")
	case decision.Fixed:
		return bound("exactly")
	case decision.IgnoreSchedule:
		return "as if there were no events"
	case decision.IgnoreForecast:
		return "as if there were no forecast"
	default:
		return o.Kind
	}
}
