package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/headstart-scaler/headstart/workload"
)

// ledger holds the last outcomes of a trigger that differed from the one
// before. The zero ledger is empty. It is safe for concurrent use.
type ledger struct {
	mu      sync.Mutex
	records []record // in order of time
}

// record is an outcome in force since an instant.
type record struct {
	since time.Time
	entry *Entry
}

// The depth of a ledger: outcomes take about 2 KB, so that 32 of each are
// 64 KB a trigger. A fleet shares ledgerTotal of them.
const (
	ledgerMost  = 32
	ledgerLeast = 4
	ledgerTotal = 64_000
)

// ledgerDepth is how many outcomes each of n triggers may keep.
func ledgerDepth(n int) int {
	return min(ledgerMost, max(ledgerLeast, ledgerTotal/max(1, n)))
}

func (l *ledger) record(at time.Time, e *Entry, depth int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if drop := len(l.records) - depth + 1; drop > 0 {
		l.records = slices.Delete(l.records, 0, drop)
	}
	l.records = append(l.records, record{at, e})
}

// at returns the outcome in force at an instant, and otherwise how far back
// the ledger reaches.
func (l *ledger) at(instant time.Time) (e *Entry, oldest time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.records) > 0 {
		oldest = l.records[0].since
	}
	for _, r := range slices.Backward(l.records) {
		if !r.since.After(instant) {
			return r.entry, oldest
		}
	}
	return nil, oldest
}

// Explain returns the decisions for a workload in force at an instant, one per
// trigger, in order of policy and decision; any policy when that is empty, the
// latest decisions when at is zero. A past decision is the first of those that
// led to the same answer. The error says what is known instead.
func (p *Pipeline) Explain(id workload.ID, policy string, at time.Time) ([]*Entry, error) {
	triggers := p.roster.of(id, policy)
	if len(triggers) == 0 {
		return nil, p.unused(id, policy)
	}
	s := p.Snapshot()
	if s == nil {
		return nil, fmt.Errorf("%s: no decision yet: the first tick has not ended", id)
	}
	if at.IsZero() {
		at = s.At
	}
	if at.After(s.At) && at.After(p.now()) {
		return nil, fmt.Errorf("%s: %s lies ahead: the latest decision is of %s", id, stamp(at), stamp(s.At))
	}
	entries, oldest := inForce(s, triggers, at)
	switch {
	case len(entries) > 0:
		return entries, nil
	case oldest.IsZero():
		return nil, fmt.Errorf("%s: no decision yet: the first one comes with the next tick", id)
	default:
		return nil, fmt.Errorf("%s: nothing is known of %s: the ledger in memory reaches back to %s", id, stamp(at), stamp(oldest))
	}
}

// inForce returns the triggers' entries at an instant, and how far back their
// ledgers reach.
func inForce(latest *Snapshot, triggers []*tracked, at time.Time) (entries []*Entry, oldest time.Time) {
	for _, t := range triggers {
		e, first := t.ledger.at(at)
		if newest, found := latest.Find(t.trigger); found && !at.Before(latest.At) {
			e = newest
		}
		if e != nil {
			entries = append(entries, e)
		}
		if oldest.IsZero() || (!first.IsZero() && first.Before(oldest)) {
			oldest = first
		}
	}
	slices.SortFunc(entries, func(a, b *Entry) int {
		return cmp.Or(cmp.Compare(a.Trigger.Policy, b.Trigger.Policy), cmp.Compare(a.DecisionID, b.DecisionID))
	})
	return entries, oldest
}

// unused says that a workload is not decided for, and which one was likely
// meant.
func (p *Pipeline) unused(id workload.ID, policy string) error {
	if others := p.roster.of(id, ""); len(others) > 0 {
		var names []string
		for _, t := range others {
			names = append(names, t.trigger.Policy)
		}
		slices.Sort(names)
		return fmt.Errorf("%s: policy %.64q does not decide for it: policy %s does", id, policy, listed(slices.Compact(names)))
	}
	names := p.roster.names()
	if near := workload.Nearest(id.String(), names); near != "" {
		return fmt.Errorf("workload %.140q is not in use: did you mean %s?", id, near)
	}
	if len(names) == 0 {
		return fmt.Errorf("workload %.140q is not in use: KEDA has asked for none", id)
	}
	return fmt.Errorf("workload %.140q is not in use: KEDA has asked for %s", id, listed(names))
}

// names are the workloads in use, sorted.
func (r *roster) names() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out []string
	for t := range r.tracked {
		out = append(out, t.Workload.String())
	}
	slices.SortFunc(out, strings.Compare)
	return slices.Compact(out)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
