package kube

import (
	"fmt"
	"iter"
	"maps"
	"strings"
	"time"

	"golang.org/x/time/rate"
	corev1 "k8s.io/api/core/v1"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// An outage of one source concerns thousands of workloads in one tick. What
// the limit holds back is announced at a later tick, if it is still so.
const (
	eventsPerSecond = 10
	eventBurst      = 100
	// settle is how long a concern that was announced stays announced, so that
	// one that comes and goes is not two Events a tick.
	settle = time.Minute
)

// Announcer writes an Event on a ScaledObject when the state of its decisions
// changes, and none while it stays. One goroutine uses it; where several
// replicas of Headstart run, only that of the one that decides.
type Announcer struct {
	cluster  *Cluster
	policies workload.Policies
	limit    *rate.Limiter
	ticks    uint64
	told     map[concern]announced
}

// concern is one kind of thing that can be wrong with a trigger.
type concern struct {
	trigger workload.Trigger
	kind    kind
}

// announced is what was last said of a concern. One that was never wrong is
// not kept.
type announced struct {
	at    time.Time
	wrong bool
	seen  uint64 // the tick it was last looked at
}

// NewAnnouncer returns an Announcer for the cluster's ScaledObjects. Policies
// are asked at every Tick, so that a reload shows; nil means that all policies
// are taken to exist.
func NewAnnouncer(c *Cluster, policies workload.Policies) *Announcer {
	return &Announcer{
		cluster: c, policies: policies,
		limit: rate.NewLimiter(eventsPerSecond, eventBurst),
		told:  map[concern]announced{},
	}
}

// Tick compares what one tick decided with what was said before. It waits for
// nothing; without a cluster it does nothing.
func (a *Announcer) Tick(at time.Time, outcomes iter.Seq2[workload.Trigger, decision.Outcome]) {
	if a.cluster.Reachable() {
		a.compare(at, outcomes)
	}
}

func (a *Announcer) compare(at time.Time, outcomes iter.Seq2[workload.Trigger, decision.Outcome]) {
	a.ticks++
	for t, o := range outcomes {
		a.say(at, concern{t, staleSignal}, staleness(o))
		a.say(at, concern{t, refusal}, refused(o))
		a.say(at, concern{t, ceiling}, capped(o))
	}
	for t := range a.cluster.Triggers {
		objection, _ := a.cluster.Objection(t.Workload)
		a.say(at, concern{t, metricType}, objection)
		a.say(at, concern{t, noPolicy}, a.missing(t.Policy))
		a.say(at, concern{t, held}, a.cluster.index.blocked(t.Workload))
	}
	maps.DeleteFunc(a.told, func(_ concern, was announced) bool {
		gone := was.seen != a.ticks
		return gone || !was.wrong && at.Sub(was.at) >= settle
	})
}

// say announces a concern that began, or is over, since it was last told. An
// empty message means that nothing is wrong.
func (a *Announcer) say(at time.Time, c concern, message string) {
	was, told := a.told[c]
	wrong := message != ""
	if !told && !wrong {
		return
	}
	if wrong != was.wrong && (!told || at.Sub(was.at) >= settle) && a.send(at, c, message) {
		a.told[c] = announced{at: at, wrong: wrong, seen: a.ticks}
		return
	}
	if told {
		was.seen = a.ticks
		a.told[c] = was
	}
}

// send writes the Event, and reports false when it has to be tried again.
func (a *Announcer) send(at time.Time, c concern, message string) bool {
	if _, there := a.cluster.index.object(c.trigger.Workload); !there || !a.limit.AllowN(at, 1) {
		return false
	}
	sort, reason := corev1.EventTypeWarning, c.kind.begun()
	if message == "" {
		sort = corev1.EventTypeNormal
		reason, message = c.kind.over()
	}
	return a.cluster.Transition(c.trigger.Workload, sort, reason, "policy "+c.trigger.Policy+": "+message)
}

// staleness names the signals that are missing.
func staleness(o decision.Outcome) string {
	if !o.Stale {
		return ""
	}
	var missing []string
	for _, in := range o.Inputs {
		switch {
		case in.Condition == signal.Fine:
		case in.Usable:
			missing = append(missing, fmt.Sprintf("%s is %s, last measured %s ago", in.Signal, in.Condition, in.Age.Round(time.Second)))
		default:
			missing = append(missing, fmt.Sprintf("%s is %s, never measured", in.Signal, in.Condition))
		}
	}
	if missing == nil {
		missing = []string{"a signal has been missing for longer than holdFor"}
	}
	return strings.Join(missing, "; ") + "; scale-in is refused"
}

func refused(o decision.Outcome) string {
	if o.Refusal == "" {
		return ""
	}
	return o.Refusal + "; KEDA is given an error and holds the replicas"
}

// capped finds the step that cut the plan to the ScaledObject's own maximum:
// more is needed than the HPA may ask for.
func capped(o decision.Outcome) string {
	for _, step := range o.Steps {
		if step.Name == "max" && step.After < step.Before && strings.Contains(step.Why, "maxReplicaCount") {
			return fmt.Sprintf("%d replicas are needed: %s", step.Before, step.Why)
		}
	}
	return ""
}

// missing says that there is no such policy, and which one may be meant.
func (a *Announcer) missing(policy string) string {
	if a.policies == nil {
		return ""
	}
	if _, ok := a.policies.Policy(policy); ok {
		return ""
	}
	message := "there is no policy of this name; KEDA is given an error and holds the replicas"
	if near := workload.Nearest(policy, a.policies.Names()); near != "" {
		message += "; did you mean " + near + "?"
	}
	return message
}
