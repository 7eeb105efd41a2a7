package pipeline

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// stretch is how many triggers a worker takes at a time: enough to make the
// handing out cheap, few enough to share the end of a tick fairly.
const stretch = 64

// stepFault names the step of an outcome that could not be renewed.
const stepFault = "fault"

// turn is what all decisions of a tick have in common.
type turn struct {
	at       time.Time
	reactive bool
	seed     uint64 // of the decision ids
	depth    int    // of the ledgers
	agenda   *Agenda
	soon     []calendar.Occurrence
	asked    []string // labels that the scopes of soon ask for
	bulk     bool     // first decisions are many, and told in one line
}

func (p *Pipeline) turn(at time.Time) *turn {
	soon := p.followed.soon(at, p.applied, p.options.Tick)
	return &turn{
		agenda: p.followed, soon: soon, asked: asked(soon),
		at: at, seed: hash(fmt.Sprintf("%s %d %d", p.applied.hash, p.sequence, at.UnixNano())),
		reactive: p.applied.ReactiveOnly,
		depth:    ledgerDepth(len(p.active)),
	}
}

// deliberate decides for the triggers that are due, on all processors when
// they are many.
func (p *Pipeline) deliberate(now *turn, due []*tracked) {
	first := undecided(due)
	now.bulk = len(first) > firstsLogged
	defer func() {
		if now.bulk {
			p.journal.first(first)
		}
	}()
	workers := min(runtime.GOMAXPROCS(0), (len(due)+stretch-1)/stretch)
	if workers <= 1 {
		p.decideEach(now, due, newDesk())
		return
	}
	var next atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			own := newDesk()
			for {
				end := int(next.Add(stretch))
				begin := end - stretch
				if begin >= len(due) {
					return
				}
				p.decideEach(now, due[begin:min(end, len(due))], own)
			}
		})
	}
	group.Wait()
}

// undecided are those of the triggers that have no decision yet.
func undecided(due []*tracked) (first []*tracked) {
	for _, t := range due {
		if t.entry == nil {
			first = append(first, t)
		}
	}
	return first
}

func (p *Pipeline) decideEach(now *turn, due []*tracked, at *desk) {
	for _, t := range due {
		before := t.entry
		e := &Entry{Trigger: t.trigger, DecisionID: now.id(t.hash), Outcome: p.judge(now, t, at)}
		t.entry = e
		if before == nil || differ(&before.Outcome, &e.Outcome) {
			t.ledger.record(now.at, e, now.depth)
			p.journal.changed(before, e, now.bulk)
		}
	}
}

// judge decides for one trigger. A fault in a decision is that trigger's
// alone: its last outcome stands, marked as such.
func (p *Pipeline) judge(now *turn, t *tracked, at *desk) (out decision.Outcome) {
	if t.policy == nil {
		return decision.Outcome{At: now.at, Policy: t.trigger.Policy, Refusal: t.broken}
	}
	defer func() {
		if r := recover(); r != nil {
			out = t.stand(now.at)
			p.journal.faulted(now.at, t.trigger, fmt.Sprintf("%v\n%s", r, debug.Stack()))
		}
	}()
	in := decision.Input{At: now.at, Tick: p.options.Tick, Signals: at.observations[:0], ReactiveOnly: now.reactive}
	if p.options.Observer != nil {
		in.Scale = p.options.Observer.Scale(t.trigger.Workload)
	}
	if now.agenda != nil {
		in.Overrides, in.Unplanned = now.agenda.Overrides[t.trigger.Workload], now.agenda.Unknown
	}
	var doubt string
	in.Events, doubt = now.concerning(t, at, p.options.Labels)
	in.Unplanned = cmp.Or(in.Unplanned, doubt)
	for i, f := range t.feeds {
		o := decision.Observation{Reading: f.reading}
		if f.model != nil && len(in.Events) > 0 {
			f.concern(in.Events) // also while nobody looks ahead: it goes on to learn
		}
		if s := &t.policy.Signals[i]; f.series != nil && !now.reactive && forecastable(s) {
			f.look(p.options.Forecaster, now.at, horizon(t.policy, s, p.options.Tick)).tell(&o)
		}
		in.Signals = append(in.Signals, o)
	}
	t.state, out = p.decide(*t.policy, t.state, in)
	if until := jumps(out.Events, now.at, p.options.Tick); !until.IsZero() {
		t.part(until)
	}
	return out
}

// stand is the last outcome once more, because a new one could not be made. It
// stands for as long as the policy holds a missing signal.
func (t *tracked) stand(at time.Time) decision.Outcome {
	const why = "the decision failed with a fault in Headstart (a panic; see its log)"
	if t.entry == nil || t.entry.Outcome.Refusal != "" {
		return decision.Outcome{At: at, Policy: t.policy.Name, Mode: t.policy.Mode, Refusal: why}
	}
	out := t.entry.Outcome
	if age := at.Sub(out.At); age > t.policy.HoldFor {
		return decision.Outcome{
			At: at, Policy: t.policy.Name, Mode: t.policy.Mode, Stale: true,
			Replicas: out.Replicas, Plan: out.Plan, Reactive: out.Reactive, Active: out.Active,
			Warm: out.Warm, NodesKnown: out.NodesKnown,
			Refusal: fmt.Sprintf("%s, and so has every one for %s", why, age.Round(time.Second)),
		}
	}
	if n := len(out.Steps); n > 0 && out.Steps[n-1].Name == stepFault {
		return out
	}
	out.Stale = true
	out.Steps = append(slices.Clone(out.Steps), decision.Step{
		Name: stepFault, Before: out.Replicas, After: out.Replicas,
		Why: why + ": the answer of " + out.At.UTC().Format(time.RFC3339) + " stands",
	})
	return out
}

// differ reports whether two outcomes differ in what people ask about.
func differ(a, b *decision.Outcome) bool {
	return a.Replicas != b.Replicas || a.Warm != b.Warm || a.Active != b.Active || a.Stale != b.Stale ||
		a.Mode != b.Mode || a.Winner != b.Winner || (a.Refusal == "") != (b.Refusal == "")
}

// id names a decision: a mix of configuration, tick and trigger, finished as
// in SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
func (n *turn) id(trigger uint64) string {
	z := n.seed ^ trigger
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	z ^= z >> 31
	var text [16]byte
	hex := strconv.AppendUint(text[:0], z, 16)
	if len(hex) == len(text) {
		return string(hex)
	}
	return fmt.Sprintf("%016x", z)
}

func hashTrigger(t workload.Trigger) uint64 {
	return hash(fmt.Sprintf("%q %v %v",
		[]string{t.Workload.Namespace, t.Workload.Name, t.Policy, t.Mode, t.ConsumerGroup, t.Topic}, t.Min, t.Max))
}

func hash(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return h.Sum64()
}
