package decision

import (
	"time"
)

// Decide says how many replicas to ask for at in.At. It panics when in.Signals
// is not parallel to the policy's signals.
func (p Policy) Decide(s State, in Input) (State, Outcome) {
	if len(in.Signals) != len(p.Signals) {
		panic("decision: an observation is needed for each signal of the policy")
	}
	d := &deliberation{policy: &p, in: &in, before: &s}
	d.recall()
	d.heed()
	d.observe()
	if d.refuse() {
		return d.next, d.out
	}
	d.learn()
	d.foresee()
	d.demand()
	d.floors()
	d.latency()
	d.holdUntilRated()
	d.holdWhenStale()
	d.holdUntilPlanned()
	d.holdUntilJoined()
	d.held = d.n
	d.bound()
	d.plan()
	d.stabilise()
	d.drain()
	d.crossDeadband()
	d.answer()
	return d.next, d.out
}

// deliberation is one decision in the making. Its methods run in the order
// Decide names them; each reads what those before it left.
type deliberation struct {
	policy *Policy
	in     *Input
	before *State

	next  State
	out   Outcome
	views []view // parallel to policy.Signals

	coming coming

	// n is the number the steps have reached, so far; planned and reactive
	// are the needs with and without forecast.
	n                 Replicas
	planned, reactive Replicas
	// room is for how many replicas there is to be room on nodes.
	room Replicas
	// held is the number after the holds that follow them.
	held Replicas
}

// view is what is taken to be true of one signal in this decision.
type view struct {
	value   float64
	age     time.Duration
	usable  bool // ever measured, or set to zero by the policy's word
	fresh   bool // measured at this tick
	zeroed  bool // zero by the policy's word
	stale   bool // missing for longer than HoldFor
	unrated bool // a backlog whose arrival rate is not known yet
	why     string
	belief
	need Replicas
}

func (d *deliberation) recall() {
	d.next = State{
		Decided: d.before.Decided, At: d.before.At, Asked: d.before.Asked, Warm: d.before.Warm, RaisedAt: d.before.RaisedAt,
		Signals: d.before.recall(d.policy.Signals),
		Met:     d.before.Met, Recent: d.before.Recent, Leaving: d.before.Leaving, Trial: d.before.Trial,
	}
	d.out = Outcome{
		At: d.in.At, Policy: d.policy.Name, Mode: d.policy.Mode,
		Steps:  make([]Step, 0, len(d.policy.Signals)+4),
		Inputs: make([]Component, len(d.policy.Signals)), NodesKnown: d.policy.Nodes.Replicas > 0,
	}
	d.views = make([]view, len(d.policy.Signals))
}

// step records that the number became after, and why.
func (d *deliberation) step(name string, after Replicas, why string) {
	d.out.Steps = append(d.out.Steps, Step{Name: name, Before: d.n, After: after, Why: why})
	d.n = after
}

// followsPlan reports whether the plan with its forecast leads, rather than
// the reactive need.
func (d *deliberation) followsPlan() bool {
	return d.policy.Mode != Advise && !d.in.ReactiveOnly
}

// running is the number of replicas that run or were asked for, as far as is
// known.
func (d *deliberation) running() (n Replicas, known bool) {
	if d.in.Scale.Known {
		return max(d.in.Scale.Current, d.in.Scale.Asked), true
	}
	return d.next.Asked, d.next.Decided
}

// serving is the number of replicas that carry the load now.
func (d *deliberation) serving() (n Replicas, known bool) {
	if d.in.Scale.Known {
		return d.in.Scale.Ready, d.in.Scale.Ready > 0
	}
	return 0, false
}
