package web

import (
	"cmp"
	"fmt"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
)

// eventRow is an event that counts in a decision.
type eventRow struct {
	decision.Planned
	Name   string
	Status mark // shown where the event is not certain
}

func eventRows(events []decision.Planned) []eventRow {
	rows := make([]eventRow, 0, len(events))
	for _, e := range events {
		r := eventRow{Planned: e, Name: cmp.Or(e.Title, e.ID)}
		if e.Status != string(calendar.Confirmed) {
			r.Status = mark{e.Status, toneWarn}
		}
		r.Owner = cmp.Or(e.Owner, "—")
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
