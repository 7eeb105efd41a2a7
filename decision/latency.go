package decision

import (
	"fmt"
	"math"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// Trial is an attempt to bring latency under its objective by adding replicas
// where it is not known whether that helps.
type Trial struct {
	// OverSince is when the latency went over its objective.
	OverSince time.Time `json:"over_since,omitzero"`
	// From and To are the replicas before and in the trial; To is 0 when none
	// runs. Strain was latency ÷ objective before it, Need the replicas the
	// other signals wanted, AskedAt its start.
	From    Replicas  `json:"from,omitempty"`
	To      Replicas  `json:"to,omitempty"`
	Strain  float64   `json:"strain,omitempty"`
	Need    Replicas  `json:"need,omitempty"`
	AskedAt time.Time `json:"asked_at,omitzero"`
	// FutileUntil is set when a trial did not help: it is not repeated before,
	// and each one that does not help doubles the wait. Futile counts them.
	FutileUntil time.Time `json:"futile_until,omitzero"`
	Futile      int       `json:"futile,omitempty"`

	Revision   string    `json:"revision,omitempty"`
	RevisionAt time.Time `json:"revision_at,omitzero"`
}

const (
	wellInside    = 0.7              // of capacity: below it load is not the cause of latency
	youngRevision = 30 * time.Minute // a revision this young is not known yet
	longOver      = 10 * time.Minute // over the objective for this long, what was known is doubted
	trialStep     = 0.2              // share of replicas added by a trial
	helped        = 0.95             // a trial helped when strain fell below this share of before
	futileFor     = 30 * time.Minute
	mostDoublings = 4              // of futileFor: eight hours
	keptFor       = 24 * time.Hour // replicas that helped are kept this long before fewer are tried again
)

// strain is the worst latency over its objective, of those measured or held.
func (d *deliberation) strain() (worst int, strain float64, known bool) {
	for i := range d.policy.Signals {
		sig, v := &d.policy.Signals[i], &d.views[i]
		if sig.Kind != signal.Latency || !v.usable || v.stale {
			continue
		}
		if s := v.value / sig.Objective.Seconds(); !known || s > strain {
			worst, strain, known = i, s, true
		}
	}
	return worst, strain, known
}

// latency settles what a latency over its objective means. It never multiplies
// replicas: load well inside what is known to be carried means the cause is
// downstream, where more replicas do harm; doubt is settled by a trial.
func (d *deliberation) latency() {
	i, strain, known := d.strain()
	if !known {
		return // never measured, or stale: then nothing is taken away at all
	}
	t := &d.next.Trial
	name := "latency:" + d.policy.Signals[i].Name
	if strain <= 1 {
		t.OverSince = time.Time{}
		if !d.in.At.Before(t.FutileUntil) {
			t.Futile = 0
		}
		d.keepWhatHelped(name)
		return
	}
	if t.OverSince.IsZero() {
		t.OverSince = d.in.At
	}
	running, known := d.running()
	if !known || d.n > running {
		return // load alone already asks for more
	}
	over := fmt.Sprintf("%s%s is over its objective %s", Span(seconds(d.views[i].value)), d.views[i].provenance(d.policy.HoldFor), Span(d.policy.Signals[i].Objective))
	if serving, ok := d.serving(); ok {
		d.judge(excess{name, over, strain, d.views[i].fresh}, serving, running)
		return
	}
	d.step(name, running, over+"; load per replica is not known without the cluster: held")
}

// excess is a latency over its objective.
type excess struct {
	name, text string
	strain     float64
	fresh      bool // measured at this tick; a held one proves nothing
}

// judge decides between holding, trying and keeping, with load per replica
// known.
func (d *deliberation) judge(e excess, serving, running Replicas) {
	t, name, over := &d.next.Trial, e.name, e.text
	carried, load := d.utilisation(serving)
	if carried < wellInside && !d.doubtful() {
		d.step(name, running, fmt.Sprintf("%s while %s: the cause is downstream, and more replicas would load it further; held at %s", over, load, count(running)))
		return
	}
	if serving < running && t.To == 0 {
		d.step(name, running, fmt.Sprintf("%s while %s: %s still starting, and what they bring is awaited", over, load, areStarting(running-serving)))
		return
	}
	if t.To > 0 && (!e.fresh || !d.judged(serving)) {
		d.step(name, max(d.n, min(t.To, d.policy.Max)), fmt.Sprintf("%s while %s: trying %s instead of %s since %s", over, load, count(t.To), count(t.From), clock(t.AskedAt)))
		return
	}
	if t.To > 0 && e.strain > helped*t.Strain && d.n <= t.Need {
		t.FutileUntil, t.To = d.in.At.Add(futileFor<<min(t.Futile, mostDoublings)), 0
		t.Futile++
	}
	if d.in.At.Before(t.FutileUntil) {
		back := max(d.n, min(t.From, running))
		d.step(name, back, fmt.Sprintf("%s while %s: adding replicas did not help and is not repeated before %s or another revision; back at %s", over, load, clock(t.FutileUntil), count(back)))
		return
	}
	if !e.fresh || d.in.At.Sub(t.OverSince) < 2*d.in.Tick {
		d.step(name, running, over+": held until it is seen to last")
		return
	}
	t.From, t.To = running, min(add(running, max(1, ceil(trialStep*float64(running)))), d.policy.Max)
	t.Strain, t.Need, t.AskedAt = e.strain, max(1, d.n), d.in.At
	d.step(name, max(d.n, t.To), fmt.Sprintf("%s while %s: not known to be enough, so %s are tried", over, load, plural(t.To, "replica", "replicas")))
}

func areStarting(n Replicas) string {
	if n == 1 {
		return "1 more is"
	}
	return count(n) + " more are"
}

// judged reports whether a trial had its time to help: its replicas serve, or
// twice the pod lead passed.
func (d *deliberation) judged(serving Replicas) bool {
	since := d.in.At.Sub(d.next.Trial.AskedAt)
	return since > 2*d.policy.PodLead || (serving >= d.next.Trial.To && since > d.policy.PodLead)
}

// keepWhatHelped keeps the replicas of a trial that brought latency under its
// objective, in proportion to the load, for a while.
func (d *deliberation) keepWhatHelped(name string) {
	t := &d.next.Trial
	if t.To == 0 {
		return
	}
	if d.in.At.Sub(t.AskedAt) > keptFor {
		t.To = 0
		return
	}
	keep := min(t.To, ceil(float64(d.n)*float64(t.To)/float64(t.Need)))
	if keep > d.n {
		d.step(name, keep, fmt.Sprintf("the objective is met since %s were tried at %s: kept in proportion to load until %s",
			plural(t.To, "replica", "replicas"), clock(t.AskedAt), day(t.AskedAt.Add(keptFor))))
	}
}

// doubtful reports whether what is known of the capacity may not hold now.
func (d *deliberation) doubtful() bool {
	t := &d.next.Trial
	if !t.RevisionAt.IsZero() && d.in.At.Sub(t.RevisionAt) < youngRevision {
		return true
	}
	if !t.OverSince.IsZero() && d.in.At.Sub(t.OverSince) > longOver {
		return true
	}
	for i := range d.policy.Signals {
		if v := &d.views[i]; d.carries(i) && v.confidence >= 0 && v.confidence < trusted {
			return true
		}
	}
	return false
}

// carries reports whether a signal measures load that latency follows.
func (d *deliberation) carries(i int) bool {
	kind := d.policy.Signals[i].Kind
	return kind == signal.Rate || kind == signal.Connections
}

// utilisation is the largest share of capacity that replicas carry now over
// the signals that measure load, and a sentence that says so.
func (d *deliberation) utilisation(serving Replicas) (share float64, text string) {
	text = "no load is measured"
	for i := range d.policy.Signals {
		sig, v := &d.policy.Signals[i], &d.views[i]
		if !v.usable || !d.carries(i) {
			continue
		}
		load := v.value / float64(serving)
		if u := load / v.proven; u >= share {
			share = u
			text = fmt.Sprintf("each of %s carries %s%s, %s %% of the %s%s it is known to carry",
				plural(serving, "replica", "replicas"), num(load), sig.Kind.Unit(), num(math.Round(100*u)), num(v.proven), sig.Kind.Unit())
		}
	}
	return share, text
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
