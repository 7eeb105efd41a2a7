package calendar

import (
	"math"
	"slices"
	"time"
)

// Effect is what the occurrences that concern a workload do to its demand at an
// instant. Demand is the usual one times Multiplier, and at least the Peak of
// its unit.
type Effect struct {
	Multiplier float64 // 1 where nothing is multiplied
	Peaks      Peaks
	Floor      int32 // replicas
}

// Peaks are amounts of demand by unit; 0 where nothing is expected.
type Peaks struct {
	Requests, Messages, Connections float64
}

// Of is the peak of a unit.
func (p Peaks) Of(u Unit) float64 {
	switch u {
	case Requests:
		return p.Requests
	case Messages:
		return p.Messages
	case Connections:
		return p.Connections
	default:
		return 0
	}
}

func (p *Peaks) of(u Unit) *float64 {
	switch u {
	case Messages:
		return &p.Messages
	case Connections:
		return &p.Connections
	default:
		return &p.Requests
	}
}

// Shape is how much of its impact an occurrence has at an instant, from 0 to 1:
// it rises in a line over Ramp.Up to the start, and falls in one over Ramp.Down
// from the end.
func (o Occurrence) Shape(t time.Time) float64 {
	switch {
	case t.Before(o.Start):
		return along(t.Sub(o.From()), o.Ramp.Up)
	case t.Before(o.End):
		return 1
	default:
		return along(o.To().Sub(t), o.Ramp.Down)
	}
}

func along(way, whole time.Duration) float64 {
	if way <= 0 || whole <= 0 {
		return 0
	}
	return float64(way) / float64(whole)
}

// Impact is the event's, or what is usual in its class.
func (o Occurrence) Impact() Impact {
	if o.Event.Impact == (Impact{}) {
		return Impact{Multiplier: o.Class.Multiplier}
	}
	return o.Event.Impact
}

// EffectAt combines occurrences at an instant. Of multipliers, the largest of
// those that combine by max counts, the excess (the multiplier less 1) of those
// that are added is added to it, and those that multiply multiply the sum. Of
// peaks and floors, the largest counts, and those that are added are added to
// it; to multiply absolute numbers means nothing, so that the largest counts
// there too. The order of occurrences does not matter.
//
// Of multipliers below 1, of events that keep people away, the smallest counts
// of those that combine by max, and gives way to the others as they rise: what
// is needed for one event is not taken away by another.
func EffectAt(occurrences []Occurrence, t time.Time) Effect {
	c := combination{product: 1}
	for _, o := range occurrences {
		if shape := o.Shape(t); shape > 0 {
			c.take(o.Impact(), o.Class.Overlap, shape)
		}
	}
	return c.effect()
}

// combination is what was taken so far.
type combination struct {
	largest, least, sum float64 // of excesses over the usual
	raised              float64 // largest shape of those that raise demand
	product             float64
	peaks, peakSums     Peaks
	floor, floorSum     float64
}

func (c *combination) take(impact Impact, overlap Overlap, shape float64) {
	if impact.Multiplier > 0 {
		excess := (impact.Multiplier - 1) * shape
		switch overlap {
		case Add:
			c.sum += excess
		case Multiply:
			c.product *= 1 + excess
		default:
			c.largest, c.least = max(c.largest, excess), min(c.least, excess)
			if excess > 0 {
				c.raised = max(c.raised, shape)
			}
		}
	}
	if impact.Peak.Value > 0 {
		if overlap == Add {
			*c.peakSums.of(impact.Peak.Unit) += impact.Peak.Value * shape
		} else {
			most := c.peaks.of(impact.Peak.Unit)
			*most = max(*most, impact.Peak.Value*shape)
		}
	}
	if impact.Floor > 0 {
		if overlap == Add {
			c.floorSum += float64(impact.Floor) * shape
		} else {
			c.floor = max(c.floor, float64(impact.Floor)*shape)
		}
	}
}

func (c *combination) effect() Effect {
	excess := c.largest + c.least*(1-c.raised)
	return Effect{
		Multiplier: max(0, 1+excess+c.sum) * c.product,
		Peaks: Peaks{
			Requests:    c.peaks.Requests + c.peakSums.Requests,
			Messages:    c.peaks.Messages + c.peakSums.Messages,
			Connections: c.peaks.Connections + c.peakSums.Connections,
		},
		Floor: int32(min(math.Ceil(c.floor+c.floorSum), math.MaxInt32)),
	}
}

// Corners returns the instants inside (from, to) at which an occurrence begins
// to rise, starts, ends or has ceased, in order. Between two of them an effect
// does not jump, but for a floor's whole replicas; where one occurrence falls
// while another rises and both multiply, it may be larger between than at both.
func Corners(occurrences []Occurrence, from, to time.Time) []time.Time {
	var corners []time.Time
	for _, o := range occurrences {
		for _, t := range [...]time.Time{o.From(), o.Start, o.End, o.To()} {
			if t.After(from) && t.Before(to) {
				corners = append(corners, t)
			}
		}
	}
	slices.SortFunc(corners, time.Time.Compare)
	return slices.CompactFunc(corners, time.Time.Equal)
}
