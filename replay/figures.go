package replay

import "math"

// Figures are those of facts/judging.md. Shares are from 0 to 1. What only
// means something where events were announced, or demand was there, is nil
// where not.
type Figures struct {
	// UnderProvisioned is the share of demand that found no replica, and
	// PeakUnderProvisioned the same within 15 minutes of an event's start.
	UnderProvisioned     *float64 `json:"under_provisioned"`
	PeakUnderProvisioned *float64 `json:"peak_under_provisioned"`
	// AccuracyU and AccuracyO are how far replicas lie below and above demand,
	// in percent of it, on average over time; steps without demand count 0.
	AccuracyU float64 `json:"accuracy_u"`
	AccuracyO float64 `json:"accuracy_o"`
	// TimeshareU and TimeshareO are the shares of time below and above demand.
	TimeshareU float64 `json:"timeshare_u"`
	TimeshareO float64 `json:"timeshare_o"`
	// Jitter is scaling actions per hour beyond the demand's own changes: less
	// than 0 where demand changes more often.
	Jitter float64 `json:"jitter"`
	// MinutesLate is how long, on average over events, replicas were too few from
	// the first time that they were at an event until they were not, and
	// MinutesLateWorst the longest.
	MinutesLate      *float64 `json:"minutes_late_to_peak"`
	MinutesLateWorst *float64 `json:"minutes_late_to_peak_worst"`

	DemandHours float64 `json:"demand_replica_hours"`
	MissedHours float64 `json:"missed_replica_hours"`
	// ReplicaHours are of replicas that serve, and ReplicaHoursUnused of those
	// beyond demand.
	ReplicaHours       float64 `json:"replica_hours"`
	ReplicaHoursUnused float64 `json:"replica_hours_unused"`
	// NodeHours are of nodes from being asked for until they are gone;
	// WarmNodeHoursUnused of those beyond what the replicas asked for need.
	NodeHours           float64 `json:"node_hours"`
	WarmNodeHoursUnused float64 `json:"warm_node_hours_unused"`
	// ReplicaRatio and NodeRatio are relative to the oracle's.
	ReplicaRatio *float64 `json:"replica_hours_ratio"`
	NodeRatio    *float64 `json:"cost_ratio"`
	// Total is pods per node × node-hours + price × missed replica-hours, and
	// Regret that over the oracle's, less 1.
	Total  float64  `json:"total"`
	Regret *float64 `json:"regret"`
	Price  float64  `json:"price"`

	ScoredHours float64 `json:"scored_hours"`

	// Coverage is how often demand was not above what the autoscaler expected at
	// most when it was still to come, and Quantile how often that was to be so.
	// Nil for those that expect nothing.
	Coverage *float64 `json:"forecast_coverage"`
	Quantile *float64 `json:"forecast_quantile"`
}

// against sets what is relative to the oracle.
func (f *Figures) against(o Figures) {
	f.ReplicaRatio = ratio(f.ReplicaHours, o.ReplicaHours)
	f.NodeRatio = ratio(f.NodeHours, o.NodeHours)
	if f.Regret = ratio(f.Total, o.Total); f.Regret != nil {
		*f.Regret--
	}
}

// ratio is nil where there is nothing to divide by.
func ratio(a, b float64) *float64 {
	if b <= 0 {
		return nil
	}
	r := a / b
	return &r
}

// tally adds up figures over a run.
type tally struct {
	play   *Play
	visits visits

	demand, missed, peakDemand, peakMissed float64 // replica-steps
	replicas, unused, nodes, warmUnused    float64
	below, above                           float64 // sums of relative errors
	stepsBelow, stepsAbove, scored         float64
	actions, changes                       float64
	lastAsked, lastNeed                    int
	started                                bool
	expected, covered                      float64 // steps
	quantile                               *float64
}

func newTally(p *Play) *tally { return &tally{play: p, visits: visits{events: attendances(p.Scene)}} }

// take adds a step. Those that are not scored count nothing.
func (t *tally) take(i int, f *fleet) {
	d := t.play.Scene.Demand[i]
	if i < t.play.Scene.Scored || math.IsNaN(d) {
		return
	}
	ready := float64(f.ready)
	missed := max(d-ready, 0)
	t.scored++
	t.demand, t.missed = t.demand+d, t.missed+missed
	t.replicas, t.unused = t.replicas+ready, t.unused+max(ready-d, 0)
	t.nodes += float64(f.nodeCount)
	t.warmUnused += float64(max(0, f.nodeCount-f.cluster.nodesFor(f.wish.Replicas)))
	if d > 0 {
		t.below, t.above = t.below+missed/d, t.above+max(ready-d, 0)/d
	}
	if d > ready {
		t.stepsBelow++
	} else if ready > d {
		t.stepsAbove++
	}
	t.move(f.wish.Replicas, max(ceil(d), t.play.Cluster.Min))
	if t.visits.take(i, missed > 0) {
		t.peakDemand, t.peakMissed = t.peakDemand+d, t.peakMissed+missed
	}
}

// expect adds what is expected of a later step, which may be scored.
func (t *tally) expect(i int, says Forecasting) {
	ahead, _, upper, ok := says.Expected()
	at := i + ahead
	if !ok || at < t.play.Scene.Scored || at >= len(t.play.Scene.Demand) || math.IsNaN(t.play.Scene.Demand[at]) {
		return
	}
	if t.quantile == nil {
		t.quantile = new(says.Quantile())
	}
	t.expected++
	if t.play.Scene.Demand[at] <= upper {
		t.covered++
	}
}

// move counts changes of what was asked for, and of what is needed.
func (t *tally) move(asked, need int) {
	if t.started {
		if asked != t.lastAsked {
			t.actions++
		}
		if need != t.lastNeed {
			t.changes++
		}
	}
	t.started, t.lastAsked, t.lastNeed = true, asked, need
}

func (t *tally) figures() Figures {
	hours := Step.Hours()
	f := Figures{
		UnderProvisioned: ratio(t.missed, t.demand),
		DemandHours:      t.demand * hours, MissedHours: t.missed * hours,
		ReplicaHours: t.replicas * hours, ReplicaHoursUnused: t.unused * hours,
		NodeHours: t.nodes * hours, WarmNodeHoursUnused: t.warmUnused * hours,
		Price: t.play.Price, ScoredHours: t.scored * hours,
	}
	f.Total = float64(t.play.Cluster.PodsPerNode)*f.NodeHours + t.play.Price*f.MissedHours
	f.PeakUnderProvisioned = ratio(t.peakMissed, t.peakDemand)
	f.MinutesLate, f.MinutesLateWorst = t.visits.late()
	f.Coverage, f.Quantile = ratio(t.covered, t.expected), t.quantile
	if t.scored > 0 {
		f.AccuracyU, f.AccuracyO = 100*t.below/t.scored, 100*t.above/t.scored
		f.TimeshareU, f.TimeshareO = t.stepsBelow/t.scored, t.stepsAbove/t.scored
		f.Jitter = (t.actions - t.changes) / f.ScoredHours
	}
	return f
}
