package replay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// HeadstartName is that of Headstart among autoscalers.
const HeadstartName = "headstart"

// HeadstartOptions are what Headstart is played with.
type HeadstartOptions struct {
	// Name among autoscalers; HeadstartName unless set.
	Name string
	// Policy to decide by; that of a bare trace where nil: see DefaultPolicy. A
	// signal of another kind than a rate or connections cannot be played, and
	// what the trace measures is the first of these.
	Policy *decision.Policy
	// Forecaster looks ahead, made anew for each play; unless set, what
	// forecast.Learner learned does, and forecast.Hold until it has.
	Forecaster func(*Play) pipeline.Forecaster
	// Zone is where the people live whose habits the trace follows; UTC unless
	// set.
	Zone *time.Location
	// History is how much of the trace it looks back on; that of the pipeline
	// unless set.
	History time.Duration
	// Calendar replaces what was announced, such as by one that is wrong; the
	// scene's unless set.
	Calendar *calendar.Timeline
}

// DefaultPolicy is that of a bare trace: one rate and what is usual for the
// rest. It knows the price of a miss, the leads and how many replicas fit on a node.
func DefaultPolicy(p *Play) decision.Policy {
	return decision.Policy{
		Name: HeadstartName, Mode: decision.Enforce,
		Min: decision.Replicas(p.Cluster.Min), Max: decision.Replicas(p.Cluster.Max),
		PeakShare: 1, Quantile: p.Price / (p.Price + 1), MissPrice: p.Price,
		PodLead: p.Cluster.PodLead, HoldFor: time.Minute,
		Nodes:     decision.Nodes{Replicas: decision.Replicas(p.Cluster.PodsPerNode), Lead: p.Cluster.NodeLead, Fill: true},
		ScaleIn:   decision.ScaleIn{Stabilization: decision.PricedStabilization},
		Actuation: decision.Actuation{Tolerance: hpaTolerance, FromCluster: true, Sync: Step, Overshoot: true},
		Signals: []decision.Signal{{
			Name: "trace", Kind: signal.Rate, Query: signal.Expression{PromQL: "trace"},
			Capacity: decision.Capacity{PerReplica: p.Scene.Capacity, Least: p.Scene.Capacity, Most: p.Scene.Capacity},
		}},
	}
}

// PlayablePolicy is a policy as it can be played: enforced, and with the signal
// that the trace measures alone. left are the names of the others.
func PlayablePolicy(p decision.Policy) (played decision.Policy, left []string, err error) {
	var kept []decision.Signal
	for _, s := range p.Signals {
		if len(kept) == 0 && (s.Kind == signal.Rate || s.Kind == signal.Connections) {
			kept = append(kept, s)
		} else {
			left = append(left, s.Name)
		}
	}
	if len(kept) == 0 {
		return p, left, fmt.Errorf("policy %s has no signal of type rate or connections, which a trace measures", p.Name)
	}
	kept[0].Capacity.Learn = false // from a latency that nobody measured
	p.Signals, p.Mode = kept, decision.Enforce
	return p, left, nil
}

// Headstart is played through the pipeline that runs in production, a tick a
// step, on a clock that the trace drives.
func Headstart(o HeadstartOptions) Contender {
	name := o.Name
	if name == "" {
		name = HeadstartName
	}
	return Contender{Name: name, New: func(p *Play) (Autoscaler, error) { return newHeadstart(p, o) }}
}

const traceSource = "trace"

// headstart is a pipeline whose source, cluster and clock are the play's.
type headstart struct {
	pipeline  *pipeline.Pipeline
	trigger   workload.Trigger
	policy    decision.Policy
	capacity  float64
	sight     Sight
	last      Wish
	foresight *foresight
}

func newHeadstart(p *Play, o HeadstartOptions) (*headstart, error) {
	policy := DefaultPolicy(p)
	if o.Policy != nil {
		var err error
		if policy, _, err = PlayablePolicy(*o.Policy); err != nil {
			return nil, err
		}
	}
	s := &policy.Signals[0]
	policy.Signals = []decision.Signal{*s}
	policy.Signals[0].Source = traceSource
	h := &headstart{
		trigger: workload.Trigger{Workload: Workload(), Policy: policy.Name},
		policy:  policy, capacity: p.Scene.Capacity, foresight: &foresight{Forecaster: forecast.Hold{}},
	}
	if o.Forecaster != nil {
		h.foresight.Forecaster = o.Forecaster(p)
	}
	h.pipeline = pipeline.New(pipeline.Options{
		Tick: Step, Jitter: -1, History: o.History,
		// Nothing here is late: the machine's own clock is to decide nothing.
		Grace: time.Hour, SourceTimeout: time.Hour,
		Sources:    map[string]pipeline.Source{traceSource: h},
		Forecaster: h.foresight, Model: h.model(o), Observer: h, Now: h.now,
	}, pipeline.NewPolicies("replay", []decision.Policy{policy}, []workload.Trigger{h.trigger}))
	timeline := p.Scene.Timeline
	if o.Calendar != nil {
		timeline = o.Calendar
	}
	h.pipeline.Follow(&pipeline.Agenda{Timeline: timeline})
	return h, nil
}

// model makes what learns from the trace.
func (h *headstart) model(o HeadstartOptions) func() pipeline.Model {
	if o.Forecaster != nil {
		return nil
	}
	return func() pipeline.Model { return learned{forecast.NewLearner(o.Zone), h.foresight} }
}

// Workload is the name by which events may find what is played.
func Workload() workload.ID { return workload.ID{Namespace: "replay", Name: "trace"} }

// Ask implements Autoscaler.
func (h *headstart) Ask(s Sight) Wish {
	h.sight = s
	h.pipeline.Tick(context.Background())
	if out := h.outcome(); out != nil && out.Refusal == "" {
		h.last = wish(out)
	}
	return h.last
}

// wish is what an outcome asks of a cluster.
func wish(out *decision.Outcome) Wish {
	return Wish{Replicas: int(out.Replicas), Warm: int(out.Warm)}
}

func (h *headstart) outcome() *decision.Outcome {
	s := h.pipeline.Snapshot()
	if s == nil {
		return nil
	}
	entry, ok := s.Find(h.trigger)
	if !ok {
		return nil
	}
	return &entry.Outcome
}

func (h *headstart) now() time.Time { return h.sight.At }

// Read implements pipeline.Source by what is seen at this step.
func (h *headstart) Read(_ context.Context, queries []signal.Query) []signal.Reading {
	out := make([]signal.Reading, len(queries))
	for i := range queries {
		if h.sight.Fresh {
			out[i] = signal.Good(h.sight.At, h.sight.Value)
		} else {
			out[i] = signal.Bad(h.sight.At, signal.Empty, "the trace has a gap")
		}
	}
	return out
}

// Scale implements pipeline.Observer by what runs in the simulated cluster. Its
// HPA does as it is told: behavior.scaleUp.tolerance is 0.
func (h *headstart) Scale(workload.ID) decision.Scale {
	asked := decision.Replicas(h.sight.Asked)
	return decision.Scale{Known: true, Current: asked, Asked: asked, Ready: decision.Replicas(h.sight.Ready)}
}

// close fails a play whose decisions could not be made.
func (h *headstart) close() error {
	if out := h.outcome(); out == nil || out.Refusal != "" {
		why := "no decision was made"
		if out != nil {
			why = out.Refusal
		}
		return errors.New(why)
	}
	return nil
}

// Expected implements Forecasting by the path that the last decision was made
// from.
func (h *headstart) Expected() (ahead int, middle, upper float64, ok bool) {
	path := h.foresight.last
	if !path.Known() {
		return 0, 0, 0, false
	}
	ahead = steps(h.policy.PodLead)
	at := h.sight.At.Add(h.policy.PodLead)
	return ahead, path.At(0.5, at) / h.capacity, path.At(h.policy.Quantile, at) / h.capacity, true
}

// Quantile implements Forecasting.
func (h *headstart) Quantile() float64 { return h.policy.Quantile }

// foresight remembers what a forecaster, or else a model, said last.
type foresight struct {
	pipeline.Forecaster
	last forecast.Path
}

// learned is a model whose last path is remembered.
type learned struct {
	*forecast.Learner
	foresight *foresight
}

// Look implements pipeline.Model.
func (l learned) Look(at time.Time, horizon time.Duration) forecast.Expectation {
	e := l.Learner.Look(at, horizon)
	l.foresight.last = e.Path
	return e
}

// Path implements pipeline.Forecaster.
func (f *foresight) Path(s *signal.Series, at time.Time, horizon time.Duration) forecast.Path {
	f.last = f.Forecaster.Path(s, at, horizon)
	return f.last
}
