package pipeline

import (
	"maps"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// Agenda is what people have planned and decided: the occurrences of the
// schedule around now, and the overrides. It is immutable.
type Agenda struct {
	// Schedule names the version of the schedule.
	Schedule string
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

// soon returns the occurrences that may count in decisions of now: until a
// replica asked for now is ready, whichever policy has the longest lead.
func (a *Agenda) soon(at time.Time, policies *Policies, tick time.Duration) []calendar.Occurrence {
	if a == nil || a.Timeline == nil {
		return nil
	}
	return a.Timeline.Between(at, at.Add(policies.longestLead+tick+1))
}

// concerning returns the occurrences whose scope a trigger's workload is in.
func (n *turn) concerning(t *tracked, labels func(workload.ID) map[string]string) []calendar.Occurrence {
	if len(n.soon) == 0 {
		return nil
	}
	var own map[string]string
	var found []calendar.Occurrence
	for _, o := range n.soon {
		if own == nil {
			var observed map[string]string
			if labels != nil {
				observed = labels(t.trigger.Workload)
			}
			own = Identity(t.policy.Labels, t.trigger.Workload, observed)
		}
		if o.Event.Scope.Concerns(own) {
			found = append(found, o)
		}
	}
	return found
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
