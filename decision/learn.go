package decision

import "github.com/headstart-scaler/headstart/signal"

// doubtShare is what remains of learned weight when the workload runs another
// revision.
const doubtShare = 0.2

// belief is what one replica is taken to carry.
type belief struct {
	capacity   float64 // used for the need
	confidence float64 // of what was learned, 0 to 1; negative when nothing is to be learned
	proven     float64 // load up to which the objective is known to be met
	learned    bool    // capacity is the learned one
}

// learn settles which capacity each signal uses in this decision, then lets
// this tick's readings teach the next.
func (d *deliberation) learn() {
	d.noticeRevision()
	for i := range d.policy.Signals {
		if d.policy.Signals[i].Kind == signal.Latency {
			continue
		}
		v := &d.views[i]
		v.belief = d.believe(i)
		d.out.Inputs[i].Capacity, d.out.Inputs[i].Confidence = v.capacity, v.confidence
	}
	for i := range d.policy.Signals {
		if !d.views[i].fresh {
			continue
		}
		switch sig := &d.policy.Signals[i]; sig.Kind {
		case signal.Latency:
		case signal.Backlog:
			d.watchGroup(i)
		case signal.Rate, signal.Connections:
			if sig.Capacity.Learn {
				d.teach(i)
			}
		}
	}
}

func (d *deliberation) noticeRevision() {
	now := d.in.Scale.Revision
	if now == "" || now == d.next.Trial.Revision {
		return
	}
	first := d.next.Trial.Revision == ""
	d.next.Trial = Trial{Revision: now}
	if first {
		return
	}
	d.next.Trial.RevisionAt = d.in.At
	for i := range d.next.Signals {
		m := &d.next.Signals[i]
		m.Curve, m.Throughput = m.Curve.doubt(doubtShare), m.Throughput.doubt(doubtShare)
	}
}

// teach adds this tick's reading to what is learned, where it says something:
// every replica serves, the reading is of this tick, and a latency over its
// objective has no other cause already known.
func (d *deliberation) teach(i int) {
	m, v := &d.next.Signals[i], &d.views[i]
	serving, known := d.serving()
	worst, strain, measured := d.strain()
	if !known || !measured || !d.views[worst].fresh || serving != d.in.Scale.Current {
		return
	}
	load := v.value / float64(serving)
	if strain > 1 && load < wellInside*v.proven && !d.doubtful() {
		return // the cause is downstream: it says nothing of this workload
	}
	m.Curve = m.Curve.observe(d.in.At, load, strain)
}

// watchGroup adds what a saturated group got through.
func (d *deliberation) watchGroup(i int) {
	sig, m := &d.policy.Signals[i], &d.next.Signals[i]
	if consumers, saturated := d.saturated(m.Group, sig.Capacity.PerReplica); saturated {
		settling := sig.Drain.Rebalance + 2*d.in.Tick
		m.Throughput = m.Throughput.observe(d.in.At, consumers, m.Group.Consumption, settling)
	}
}

// saturated returns how many consume in a group that has more to do than it
// can: nearly all partitions have messages waiting, and more of them than a
// tick's work.
func (d *deliberation) saturated(g *signal.GroupBacklog, prior float64) (consumers int, ok bool) {
	if g == nil || !g.Rated || g.Members <= 0 || g.Partitions == 0 {
		return 0, false
	}
	if d.in.Scale.Known && (d.in.Scale.Ready != d.in.Scale.Current || Replicas(g.Members) != d.in.Scale.Ready) {
		return 0, false
	}
	consumers = min(g.Members, g.Partitions)
	enough := max(g.Consumption, prior*float64(consumers)) * 2 * d.in.Tick.Seconds()
	const nearlyAll = 0.9
	if float64(g.PartitionsWithLag) < nearlyAll*float64(g.Partitions) || float64(g.Messages) < enough {
		return 0, false
	}
	return consumers, true
}

// believe returns the given capacity, or the learned one inside its bounds
// once it is trusted.
func (d *deliberation) believe(i int) belief {
	sig, m := &d.policy.Signals[i], &d.next.Signals[i]
	given := sig.Capacity.PerReplica
	if !sig.Capacity.Learn {
		return belief{capacity: given, confidence: -1, proven: given}
	}
	l := m.Curve.learned()
	if sig.Kind == signal.Backlog {
		l = m.Throughput.learned()
	}
	b := belief{capacity: given, confidence: l.Confidence, proven: given}
	if l.Confidence < trusted {
		return b
	}
	b.proven = l.Capacity
	if !l.Limit && l.Capacity <= given {
		return b // never driven to its limit: that a smaller load is safe says nothing of the limit
	}
	b.capacity, b.learned = l.Capacity, true
	if sig.Capacity.Least > 0 {
		b.capacity = max(b.capacity, sig.Capacity.Least)
	}
	if sig.Capacity.Most > 0 {
		b.capacity = min(b.capacity, sig.Capacity.Most)
	}
	return b
}
