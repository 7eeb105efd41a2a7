package pipeline

import (
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// firstsLogged is how many first decisions of one tick get a line each. When
// KEDA starts, all workloads come at once.
const firstsLogged = 10

// quiet is how long a kind of trouble that may come at every tick is not
// logged again.
const quiet = time.Minute

// journal logs transitions. It is safe for concurrent use.
type journal struct {
	log *slog.Logger

	faults, overran, turned, unfilledLog seldom
	unrecalledLog, unsoundLog, unkeptLog seldom
}

func newJournal(log *slog.Logger) *journal { return &journal{log: log} }

// seldom lets something through once in a while. It is safe for concurrent
// use.
type seldom struct {
	mu      sync.Mutex
	last    time.Time
	skipped int
}

// due reports whether to log now, and how many were left out before.
func (s *seldom) due(now time.Time) (skipped int, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.last.IsZero() && now.Sub(s.last) < quiet {
		s.skipped++
		return 0, false
	}
	skipped, s.skipped, s.last = s.skipped, 0, now
	return skipped, true
}

// first tells of many first decisions in one line.
func (j *journal) first(decided []*tracked) {
	names, refused, stale := make([]string, len(decided)), 0, 0
	for i, t := range decided {
		names[i] = t.trigger.Workload.String()
		if t.entry.Outcome.Refusal != "" {
			refused++
		} else if t.entry.Outcome.Stale {
			stale++
		}
	}
	slices.Sort(names)
	j.log.Info("many workloads have their first decision",
		slog.Int("decided", len(decided)), slog.Int("refused", refused), slog.Int("stale", stale), slog.String("workloads", listed(names)))
}

// changed logs what the newest decision for a trigger changed. A first decision
// among many is for debugging only.
func (j *journal) changed(before, after *Entry, bulk bool) {
	o := &after.Outcome
	was := decision.Outcome{}
	if before != nil {
		was = before.Outcome
	}
	log := j.log.With(
		slog.String("workload", after.Trigger.Workload.String()),
		slog.String("policy", after.Trigger.Policy),
		slog.String("decision_id", after.DecisionID))
	info, warn := log.Info, log.Warn
	if bulk && before == nil {
		info, warn = log.Debug, log.Debug
	}
	switch {
	case o.Stale && !was.Stale:
		warn("signals went stale: no scale-in until they are back", slog.String("missing", missingSignals(o)))
	case was.Stale && !o.Stale && o.Refusal == "":
		info("signals are back")
	}
	switch {
	case o.Refusal != "" && (before == nil || was.Refusal == ""):
		warn("no answer can be given", slog.String("reason", o.Refusal))
	case o.Refusal == "" && (before == nil || was.Replicas != o.Replicas):
		var change []any
		if before != nil { // a first decision changes nothing that was 0
			change = append(change, slog.Int("before", int(was.Replicas)))
		}
		info("replicas changed", append(change, slog.Int("after", int(o.Replicas)), slog.String("why", o.Why()))...)
	}
}

func missingSignals(o *decision.Outcome) string {
	var names []string
	for _, c := range o.Inputs {
		if c.Condition != signal.Fine {
			names = append(names, c.Signal+" ("+string(c.Condition)+")")
		}
	}
	return listed(names)
}

// source logs when a source falls silent and when it is back.
func (j *journal) source(r *reader, at time.Time) {
	down, reason := r.silent()
	if down == r.down {
		return
	}
	r.down = down
	if down {
		j.log.Warn("source fell silent", slog.String("source", r.name), slog.String("reason", reason))
		return
	}
	j.log.Info("source is back", slog.String("source", r.name), slog.Time("at", at))
}

// silent reports whether no query is answered, for reasons that lie with the
// source rather than with the query.
func (r *reader) silent() (silent bool, reason string) {
	for _, f := range r.feeds {
		switch f.reading.Condition {
		case signal.Unreachable, signal.Refused:
			reason = f.reading.Reason
		case signal.Pending:
		default:
			return false, ""
		}
	}
	if reason == "" {
		return r.down, "" // nothing was asked: nothing is known
	}
	return true, reason
}

func (j *journal) panicked(source, fault string) {
	j.log.Error("source panicked", slog.String("source", source), slog.String("fault", fault))
}

func (j *journal) faulted(at time.Time, t workload.Trigger, fault string) {
	if skipped, due := j.faults.due(at); due {
		j.log.Error("decision panicked",
			slog.String("workload", t.Workload.String()), slog.String("policy", t.Policy),
			slog.Int("skipped", skipped), slog.String("fault", fault))
	}
}

func (j *journal) overrun(at time.Time, late time.Duration, missed int) {
	if skipped, due := j.overran.due(at); due {
		j.log.Warn("tick overran",
			slog.Duration("late", late), slog.Int("missed", missed), slog.Int("skipped", skipped))
	}
}

func (j *journal) full(at time.Time, reason error) {
	if skipped, due := j.turned.due(at); due {
		j.log.Warn("trigger turned away: too many are in use",
			slog.String("reason", reason.Error()), slog.Int("skipped", skipped))
	}
}

func (j *journal) unfilled(at time.Time, source string, x fill, err error) {
	if skipped, due := j.unfilledLog.due(at); due {
		j.log.Warn("history could not be read",
			slog.String("source", source), slog.String("query", x.query.String()),
			slog.Int("attempt", x.attempt), slog.Int("skipped", skipped), slog.Any("error", err))
	}
}

func (j *journal) unrecalled(at time.Time, err error) {
	if skipped, due := j.unrecalledLog.due(at); due {
		j.log.Warn("what was learned before cannot be read: learning anew until it can",
			slog.Int("skipped", skipped), slog.Any("error", err))
	}
}

// unsound tells of something kept that is of no use.
func (j *journal) unsound(at time.Time, what string, err error) {
	if skipped, due := j.unsoundLog.due(at); due {
		j.log.Warn("what was learned before is of no use: learned anew",
			slog.String("of", what), slog.Int("skipped", skipped), slog.Any("error", err))
	}
}

func (j *journal) unkept(at time.Time, err error) {
	if skipped, due := j.unkeptLog.due(at); due {
		j.log.Warn("what was learned could not be kept", slog.Int("skipped", skipped), slog.Any("error", err))
	}
}
