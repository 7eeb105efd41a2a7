package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// faultsShown is how many reasons the refusal of a configuration lists.
const faultsShown = 5

// Apply puts a new configuration in force, from the next tick on, which then
// comes at once. It refuses it as a whole, and changes nothing, when a trigger
// in use could not be decided by it or it names a source that does not run.
// What has been measured and learned stays, except for signals that now
// measure something else.
func (p *Pipeline) Apply(next *Policies) error {
	faults := p.missingSources(next)
	for _, t := range next.bindings {
		faults = append(faults, refusal(next, t)...)
	}
	asked, newest := p.roster.asked(p.now().Add(-p.options.ForgetAfter))
	for _, t := range asked {
		faults = append(faults, refusal(next, t)...)
	}
	if err := refused(faults); err != nil {
		return err
	}
	if err := p.roster.swap(newest, next, func() { p.config.Store(next) }); err != nil {
		return err
	}
	p.wake()
	return nil
}

// swap replaces the bindings and calls store, unless one of the triggers that
// joined after newest could not be decided.
func (r *roster) swap(newest uint64, next *Policies, store func()) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var faults []string
	for _, t := range r.arrivals {
		if t.serial > newest && t.asked.Load() > 0 {
			faults = append(faults, refusal(next, t.trigger)...)
		}
	}
	if err := refused(faults); err != nil {
		return err
	}
	r.bind(next.bindings)
	store()
	return nil
}

func refusal(next *Policies, t workload.Trigger) []string {
	_, err := next.resolve(t)
	if err == nil {
		return nil
	}
	if _, ok := next.byName[t.Policy]; !ok {
		return []string{fmt.Sprintf("policy %s is missing and %s uses it: keep the policy or remove the trigger first", t.Policy, t.Workload)}
	}
	return []string{err.Error()}
}

func refused(faults []string) error {
	if len(faults) == 0 {
		return nil
	}
	slices.Sort(faults)
	faults = slices.Compact(faults)
	if more := len(faults) - faultsShown; more > 0 {
		faults = append(faults[:faultsShown:faultsShown], fmt.Sprintf("and %d more", more))
	}
	return errors.New("apply configuration: " + strings.Join(faults, "; "))
}

func (p *Pipeline) missingSources(next *Policies) (faults []string) {
	for _, name := range next.names {
		for _, s := range next.byName[name].Signals {
			if p.options.Sources[s.Source] == nil {
				faults = append(faults, fmt.Sprintf("policy %s, signal %s: source %s does not run: sources are started with the process, restart it to add one",
					name, s.Name, s.Source))
			}
		}
	}
	return faults
}

// attach resolves a trigger's policy by the configuration in force and joins
// the feeds its signals read.
func (p *Pipeline) attach(t *tracked) {
	policy, err := p.applied.resolve(t.trigger)
	if err != nil {
		detach(t.feeds)
		t.policy, t.feeds, t.broken = nil, nil, err.Error()
		return
	}
	if policy == t.policy {
		return
	}
	feeds := make([]*feed, len(policy.Signals))
	for i := range policy.Signals {
		feeds[i] = p.feed(&policy.Signals[i])
	}
	detach(t.feeds)
	if saved, found := p.restored[t.trigger]; found && t.policy == nil {
		delete(p.restored, t.trigger)
		t.state = carry(saved.State, saved.Measured, measured(policy))
	} else if t.policy == nil && t.inherited != nil {
		t.state = carry(t.inherited.State, t.inherited.Measured, measured(policy))
	} else if t.policy != nil {
		t.state = carry(t.state, measured(t.policy), measured(policy))
	}
	t.policy, t.feeds, t.broken, t.inherited = policy, feeds, "", nil
}

func detach(feeds []*feed) {
	for _, f := range feeds {
		f.users--
	}
}

// measured says of each signal what it measures, in a form that equals another
// only when both measure the same.
func measured(p *decision.Policy) map[string]string {
	out := make(map[string]string, len(p.Signals))
	for _, s := range p.Signals {
		text := fmt.Sprintf("%s %s %+v", s.Kind, s.Source, plain(s.Query))
		if s.Kind == signal.Latency {
			text += " " + s.Objective.String()
		}
		out[s.Name] = text
	}
	return out
}

// plain drops the query's String method, which does not name every field.
func plain(q signal.Query) any {
	switch q := q.(type) {
	case signal.Expression:
		return struct{ PromQL string }{q.PromQL}
	case signal.ConsumerGroup:
		type fields signal.ConsumerGroup
		return fields(q)
	default:
		return q
	}
}

// carry returns the state without the memory of signals that measure something
// else now. A curve relates load to a latency, so a changed latency or
// objective begins every curve anew.
func carry(s decision.State, before, after map[string]string) decision.State {
	changed := func(m decision.Memory) bool { return before[m.Name] != after[m.Name] }
	curves := false
	for name, text := range before {
		curves = curves || (strings.HasPrefix(text, string(signal.Latency)+" ") && after[name] != text)
	}
	if !curves && !slices.ContainsFunc(s.Signals, changed) {
		return s
	}
	s.Signals = slices.DeleteFunc(slices.Clone(s.Signals), changed)
	if curves {
		for i := range s.Signals {
			s.Signals[i].Curve = decision.Curve{}
		}
	}
	return s
}
