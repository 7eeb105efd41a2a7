package api

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/planner"
	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
	"github.com/headstart-scaler/headstart/workload"
)

// pasts are what signals have seen of events, as of one snapshot.
type pasts struct {
	byClass map[string][]past
	labels  func(workload.ID) map[string]string
	// said are the sums of events, whose times are many.
	said map[*calendar.Event]seen
}

// past is what one signal has seen of a class of events.
type past struct {
	workload workload.ID
	signal   string
	record   decision.Record
	mean     float64 // 0 where none came
}

func (p *past) String() string { return p.workload.String() + " " + p.signal }

// seen is what is said of an event.
type seen struct {
	text        string
	least, most float64
	signals     int
}

// pastsOf are those of all workloads, or of one.
func (o *Options) pastsOf(only *workload.ID) *pasts {
	all := &pasts{byClass: map[string][]past{}, labels: o.Labels, said: map[*calendar.Event]seen{}}
	snapshot := o.Snapshot()
	if snapshot == nil {
		return all
	}
	snapshot.All(func(e *pipeline.Entry) bool {
		id := e.Trigger.Workload
		if only != nil && id != *only {
			return true
		}
		for i := range e.Outcome.Inputs {
			in := &e.Outcome.Inputs[i]
			for class, record := range in.Records {
				all.byClass[class] = append(all.byClass[class], past{id, in.Signal, record, record.Mean()})
			}
		}
		return true
	})
	for _, list := range all.byClass {
		slices.SortFunc(list, func(a, b past) int {
			return cmp.Or(cmp.Compare(a.mean, b.mean), strings.Compare(a.String(), b.String()))
		})
	}
	return all
}

// of sums up what the signals in the scope of an event have seen of its class.
func (p *pasts) of(e *calendar.Event) seen {
	list := p.byClass[cmp.Or(e.Class, e.ID)]
	if len(list) == 0 {
		return seen{}
	}
	known, any := p.said[e]
	if !any {
		known = sum(p.within(list, e.Scope))
		p.said[e] = known
	}
	return known
}

// within are those that a scope concerns, in their order.
func (p *pasts) within(list []past, scope calendar.Scope) []past {
	everywhere := len(scope.Brands)+len(scope.Markets)+len(scope.Regions)+len(scope.Workloads) == 0
	if everywhere || p.labels == nil {
		return list
	}
	var kept []past
	for _, x := range list {
		if scope.Concerns(p.labels(x.workload)) {
			kept = append(kept, x)
		}
	}
	return kept
}

// sum says what is known of a class, of signals in the order of their means.
func sum(list []past) seen {
	s := seen{signals: len(list)}
	if s.signals == 1 {
		s.least, s.most, s.text = list[0].mean, list[0].mean, list[0].record.String()
		return s
	}
	if s.signals == 0 {
		return s
	}
	came := list[max(0, slices.IndexFunc(list, func(x past) bool { return x.mean > 0 })):]
	signals := strconv.Itoa(s.signals) + " signals"
	first, last := &came[0], &came[len(came)-1]
	s.least, s.most = first.mean, last.mean
	low, high := decision.FactorText(s.least), decision.FactorText(s.most)
	switch {
	case s.most == 0:
		s.text = "the last ones came on none of " + signals
	case low == high:
		s.text = "the last ones were " + low + " on " + signals
	default:
		s.text = "the last ones were " + low + " (" + first.String() + ") to " + high + " (" + last.String() + ") on " + signals
	}
	return s
}

// far is by what factor an announced multiplier has to differ from what the last
// events of the class came to before somebody is told.
const far = 1.5

// doubt says what the last events of a class did, where an event is announced with
// something else.
func (p *pasts) doubt(e *calendar.Event) string {
	s, announced := p.of(e), e.Impact.Multiplier
	if s.most == 0 || announced <= s.most*far && announced >= s.least/far || announced == 0 {
		return ""
	}
	return "announced " + decision.FactorText(announced) + ": " + s.text
}

// doubts puts what is to be said of a change beside its lines.
func (p *pasts) doubts(told []*pb.DiffLine, lines []planner.Line) {
	for i, l := range lines {
		if l.After != nil {
			told[i].Seen = p.doubt(l.After)
		}
	}
}
