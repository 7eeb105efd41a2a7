package decision

import (
	"fmt"
	"time"
)

// Override is what a person decided for a workload for a while. It counts in
// the modes advise and enforce and under the kill switch alike: it is somebody's
// word, and no forecast.
type Override struct {
	ID   string
	Kind OverrideKind
	// Replicas of Floor, Ceiling and Fixed.
	Replicas Replicas
	// From is its begin, and Until its end.
	From, Until time.Time
	// Author gave it, and Reason is why.
	Author, Reason string
}

// OverrideKind is what an Override does.
type OverrideKind string

// The kinds. Floor and Ceiling bound the answer, Fixed is both at once; they go
// beyond the policy's own bounds, but not beyond the connection budget nor the
// ScaledObject's maximum. The others leave a part of what is known out.
const (
	Floor          OverrideKind = "floor"
	Ceiling        OverrideKind = "ceiling"
	Fixed          OverrideKind = "fixed"
	IgnoreSchedule OverrideKind = "ignore-schedule"
	IgnoreForecast OverrideKind = "ignore-forecast"
)

// heed notes the overrides that are in force. Replicas for a floor are asked for
// ahead, like those for an event.
func (d *deliberation) heed() {
	for _, o := range d.in.Overrides {
		from := o.From
		if o.Kind == Floor {
			from = from.Add(-d.policy.EventLead(d.in.Tick))
		}
		if !d.in.At.Before(from) && d.in.At.Before(o.Until) {
			d.out.Overrides = append(d.out.Overrides, o)
		}
	}
}

// overrides returns the override of a kind that counts: the highest floor, the
// lowest ceiling, and of the others the one given last.
func (d *deliberation) overrides(kind OverrideKind) *Override {
	var counts *Override
	for i := range d.out.Overrides {
		o := &d.out.Overrides[i]
		switch {
		case o.Kind != kind:
		case counts == nil,
			kind == Floor && o.Replicas > counts.Replicas,
			kind == Ceiling && o.Replicas < counts.Replicas,
			kind != Floor && kind != Ceiling:
			counts = o
		}
	}
	return counts
}

// bounds reports whether Replicas means something.
func (o *Override) bounds() bool { return o.Kind == Floor || o.Kind == Ceiling || o.Kind == Fixed }

// String names an override, who gave it and why.
func (o *Override) String() string {
	text := string(o.Kind)
	if o.bounds() {
		text += " " + count(o.Replicas)
	}
	return fmt.Sprintf("%s by %s until %s (override %s): %s", text, o.Author, day(o.Until), o.ID, o.Reason)
}

// obey applies the overrides that bound the number; a fixed one is the last
// word, and a floor goes before a ceiling. It names those that left something
// out before.
func (d *deliberation) obey() {
	for _, kind := range []OverrideKind{IgnoreSchedule, IgnoreForecast} {
		if o := d.overrides(kind); o != nil {
			d.step("override", d.n, o.String())
		}
	}
	b := d.ordered()
	if b.lowest != nil && d.n < b.least {
		why := b.lowest.String()
		if b.most == b.least && b.highest != nil && b.highest != b.lowest {
			why += "; it goes before the " + b.highest.String()
		}
		d.step("override", b.least, why)
	}
	if b.highest != nil && d.n > b.most {
		why := b.highest.String()
		if b.most > b.highest.Replicas {
			why += "; before it goes the " + b.lowest.String()
		}
		d.step("override", b.most, why)
	}
}

// orders are the overrides that bound the number from below and from above,
// each nil where there is none, and how many replicas they want together: whoever
// wants capacity is heard first.
type orders struct {
	lowest, highest *Override
	least, most     Replicas
}

func (d *deliberation) ordered() orders {
	b := orders{lowest: d.overrides(Floor), highest: d.overrides(Ceiling), most: maxReplicas}
	if fixed := d.overrides(Fixed); fixed != nil {
		b.lowest, b.highest = fixed, fixed
	}
	if b.lowest != nil {
		b.least = b.lowest.Replicas
	}
	if b.highest != nil {
		b.most = max(b.highest.Replicas, b.least)
	}
	return b
}
