package pipeline

import (
	"maps"
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/workload"
)

// Agenda is what people have planned and decided: the occurrences of the
// schedule around now, and the overrides. It is immutable.
type Agenda struct {
	// Timeline has the occurrences; nil has none. It has to reach beyond the
	// longest pod lead.
	Timeline *calendar.Timeline
	// Unknown says why there may be more than this; empty where there is not.
	// While it is set, nothing is scaled in.
	Unknown string
	// Overrides by workload, in the order in which they were given.
	Overrides map[workload.ID][]decision.Override
}

// Follow puts an agenda in force, from the next tick on, which then comes at
// once.
func (p *Pipeline) Follow(a *Agenda) {
	p.agenda.Store(a)
	p.wake()
}

// Agenda returns the agenda in force, which may be nil.
func (p *Pipeline) Agenda() *Agenda { return p.agenda.Load() }

// wake asks for a tick before its time.
func (p *Pipeline) wake() {
	select {
	case p.early <- struct{}{}:
	default:
	}
}

// soon returns the occurrences that may count in decisions of now, until a
// replica asked for now is ready, whichever policy has the longest lead, and
// those that models are to know of.
func (a *Agenda) soon(at time.Time, policies *Policies, tick time.Duration) []calendar.Occurrence {
	if a == nil || a.Timeline == nil {
		return nil
	}
	return a.Timeline.Between(at, at.Add(max(policies.longestLead+tick, forecast.Heed)+1))
}

// asked are the labels that the scopes of occurrences ask for.
func asked(occurrences []calendar.Occurrence) []string {
	keys := map[string]bool{}
	for _, o := range occurrences {
		s := &o.Event.Scope
		keys[calendar.LabelBrand] = keys[calendar.LabelBrand] || len(s.Brands) > 0
		keys[calendar.LabelMarket] = keys[calendar.LabelMarket] || len(s.Markets) > 0
		keys[calendar.LabelRegion] = keys[calendar.LabelRegion] || len(s.Regions) > 0
		for _, r := range s.Workloads {
			keys[r.Key] = true
		}
	}
	maps.DeleteFunc(keys, func(_ string, asked bool) bool { return !asked })
	return slices.Sorted(maps.Keys(keys))
}

// desk is what one goroutine decides at during a tick.
type desk struct {
	observations []decision.Observation
	// found are the occurrences that concern workloads, by the values of the
	// labels that are asked for: thousands of workloads have few of them.
	found map[string][]calendar.Occurrence
	key   []byte
}

func newDesk() *desk {
	return &desk{observations: make([]decision.Observation, 0, 8), found: map[string][]calendar.Occurrence{}}
}

// concerning returns the occurrences whose scope a trigger's workload is in, and
// why there may be more of them.
func (n *turn) concerning(t *tracked, at *desk, labels func(workload.ID) (map[string]string, bool)) (events []calendar.Occurrence, doubt string) {
	if len(n.soon) == 0 {
		return nil, ""
	}
	var observed map[string]string
	if labels != nil {
		var complete bool
		if observed, complete = labels(t.trigger.Workload); !complete && n.asksBeyond(observed) {
			doubt = "the labels of its namespace, by which an event may find it, are not read yet"
		}
	}
	return n.within(t, at, observed), doubt
}

// asksBeyond reports whether a scope asks for a label that is not among those.
func (n *turn) asksBeyond(observed map[string]string) bool {
	return slices.ContainsFunc(n.asked, func(name string) bool {
		_, known := observed[name]
		return !known && name != calendar.LabelNamespace && name != calendar.LabelName
	})
}

// within returns the occurrences whose scope a workload of those labels is in.
func (n *turn) within(t *tracked, at *desk, observed map[string]string) []calendar.Occurrence {
	at.key = at.key[:0]
	for _, name := range n.asked {
		at.key = append(append(at.key, identify(name, t.policy.Labels, t.trigger.Workload, observed)...), 0)
	}
	found, known := at.found[string(at.key)]
	if known {
		return found
	}
	own := Identity(t.policy.Labels, t.trigger.Workload, observed)
	for _, o := range n.soon {
		if o.Event.Scope.Concerns(own) {
			found = append(found, o)
		}
	}
	at.found[string(at.key)] = found
	return found
}

// identify is one label of Identity.
func identify(name string, policy map[string]string, id workload.ID, observed map[string]string) string {
	switch name {
	case calendar.LabelNamespace:
		return id.Namespace
	case calendar.LabelName:
		return id.Name
	}
	if value, ok := observed[name]; ok {
		return value
	}
	return policy[name]
}

// Identity is the labels by which a workload tells what it is: its policy's,
// which those observed of its namespace and ScaledObject go before, and its
// name.
func Identity(policy map[string]string, id workload.ID, observed map[string]string) map[string]string {
	own := make(map[string]string, len(policy)+len(observed)+2)
	maps.Copy(own, policy)
	maps.Copy(own, observed)
	own[calendar.LabelNamespace], own[calendar.LabelName] = id.Namespace, id.Name
	return own
}

// jumpSettles is how long after an event's start, and after its end, demand may
// take to be where it goes. It is also the most of a ramp that is a jump: what
// rises for longer is followed.
const jumpSettles = time.Minute

// jump is a time in which demand jumps because an event begins or ends.
type jump struct{ from, to time.Time }

// jumpsOf are those of an occurrence, none where it says nothing of demand.
func jumpsOf(o calendar.Occurrence) []jump {
	if !o.Impact().OnDemand() {
		return nil
	}
	up, down := min(o.Ramp.Up, jumpSettles), min(o.Ramp.Down, jumpSettles)
	return []jump{{o.Start.Add(-up), o.Start.Add(jumpSettles)}, {o.End, o.End.Add(down + jumpSettles)}}
}

// jumps returns until when demand jumps because an event begins or ends; zero
// where none does.
func jumps(events []calendar.Occurrence, at time.Time, tick time.Duration) (until time.Time) {
	soon := at.Add(2 * tick)
	for _, o := range events {
		for _, j := range jumpsOf(o) {
			if !soon.Before(j.from) && at.Before(j.to) && j.to.After(until) {
				until = j.to
			}
		}
	}
	return until
}

// part keeps the samples of a trigger's signals apart until then.
func (t *tracked) part(until time.Time) {
	for _, f := range t.feeds {
		for {
			before := f.apart.Load()
			if before >= until.UnixNano() || f.apart.CompareAndSwap(before, until.UnixNano()) {
				break
			}
		}
	}
}
