package replay

import (
	"fmt"
	"math"
	"strings"
)

// Unit is what a figure is measured in.
type Unit string

// The units of figures. A Share is from 0 to 1.
const (
	Share    Unit = "share"
	Percent  Unit = "percent"
	Hours    Unit = "hours"
	Minutes  Unit = "minutes"
	PerHour  Unit = "per hour"
	Ratio    Unit = "ratio"
	NodeCost Unit = "replica-hours of nodes" // of which a missed one costs Price
)

// Figure is one of the Figures.
type Figure struct {
	// Name is that of JSON and of conditions.
	Name  string
	Unit  Unit
	Value float64
	// Known is false where it means nothing: no event took place, or nothing was
	// demanded.
	Known bool
}

// All lists the figures by name, in the order of their JSON.
func (f *Figures) All() []Figure {
	maybe := func(name string, unit Unit, v *float64) Figure {
		if v == nil {
			return Figure{Name: name, Unit: unit}
		}
		return Figure{name, unit, *v, true}
	}
	return []Figure{
		maybe("under_provisioned", Share, f.UnderProvisioned),
		maybe("peak_under_provisioned", Share, f.PeakUnderProvisioned),
		{"accuracy_u", Percent, f.AccuracyU, true},
		{"accuracy_o", Percent, f.AccuracyO, true},
		{"timeshare_u", Share, f.TimeshareU, true},
		{"timeshare_o", Share, f.TimeshareO, true},
		{"jitter", PerHour, f.Jitter, true},
		maybe("minutes_late_to_peak", Minutes, f.MinutesLate),
		maybe("minutes_late_to_peak_worst", Minutes, f.MinutesLateWorst),
		{"demand_replica_hours", Hours, f.DemandHours, true},
		{"missed_replica_hours", Hours, f.MissedHours, true},
		{"replica_hours", Hours, f.ReplicaHours, true},
		{"replica_hours_unused", Hours, f.ReplicaHoursUnused, true},
		{"node_hours", Hours, f.NodeHours, true},
		{"warm_node_hours_unused", Hours, f.WarmNodeHoursUnused, true},
		maybe("replica_hours_ratio", Ratio, f.ReplicaRatio),
		maybe("cost_ratio", Ratio, f.NodeRatio),
		{"total", NodeCost, f.Total, true},
		maybe("regret", Ratio, f.Regret),
		{"price", Ratio, f.Price, true},
		{"scored_hours", Hours, f.ScoredHours, true},
		maybe("forecast_coverage", Share, f.Coverage),
		maybe("forecast_quantile", Share, f.Quantile),
	}
}

// String is the figure as a person reads it.
func (f Figure) String() string {
	switch {
	case !f.Known:
		return "unknown"
	case f.Unit == Share:
		return short(100*f.Value) + " %"
	case f.Unit == Percent:
		return short(f.Value) + " %"
	case f.Unit == Hours:
		return short(f.Value) + " h"
	case f.Unit == Minutes:
		return short(f.Value) + " min"
	case f.Unit == PerHour:
		return short(f.Value) + " /h"
	default:
		return short(f.Value)
	}
}

// short is a number to three digits, and whole from 100 on.
func short(v float64) string {
	if math.Abs(v) >= 99.95 {
		return fmt.Sprintf("%.0f", v)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.3g", v), ".0")
}
