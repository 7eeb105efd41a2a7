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
	lowest, highest := d.ordered()
	if lowest != nil && d.n < lowest.Replicas {
		d.step("override", lowest.Replicas, lowest.String())
	}
	if highest != nil && d.n > highest.Replicas {
		d.step("override", highest.Replicas, highest.String())
	}
}

// ordered are the overrides that bound the number from below and from above,
// which is the same one where it is fixed.
func (d *deliberation) ordered() (lowest, highest *Override) {
	if fixed := d.overrides(Fixed); fixed != nil {
		return fixed, fixed
	}
	lowest, highest = d.overrides(Floor), d.overrides(Ceiling)
	if lowest != nil && highest != nil && lowest.Replicas > highest.Replicas {
		return lowest, nil // whoever wants capacity is heard
	}
	return lowest, highest
}
