package pipeline

import (
	"log/slog"
	"sync"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// quiet is how long a kind of trouble that may come at every tick is not
// logged again.
const quiet = time.Minute

// journal logs transitions. It is safe for concurrent use.
type journal struct {
	log *slog.Logger

	faults, overran, turned, unfilledLog seldom
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

// changed logs what the newest decision for a trigger changed.
func (j *journal) changed(before, after *Entry) {
	o := &after.Outcome
	was := decision.Outcome{}
	if before != nil {
		was = before.Outcome
	}
	log := j.log.With(
		slog.String("workload", after.Trigger.Workload.String()),
		slog.String("policy", after.Trigger.Policy),
		slog.String("decision_id", after.DecisionID))
	switch {
	case o.Stale && !was.Stale:
		log.Warn("signals went stale: no scale-in until they are back", slog.String("missing", missingSignals(o)))
	case was.Stale && !o.Stale && o.Refusal == "":
		log.Info("signals are back")
	}
	switch {
	case o.Refusal != "" && (before == nil || was.Refusal == ""):
		log.Warn("no answer can be given", slog.String("reason", o.Refusal))
	case o.Refusal == "" && (before == nil || was.Replicas != o.Replicas):
		log.Info("replicas changed",
			slog.Int("before", int(was.Replicas)), slog.Int("after", int(o.Replicas)), slog.String("winner", o.Winner))
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

func (j *journal) full(at time.Time, limit int) {
	if skipped, due := j.turned.due(at); due {
		j.log.Warn("trigger turned away: too many are in use",
			slog.Int("limit", limit), slog.Int("skipped", skipped))
	}
}

func (j *journal) unfilled(at time.Time, source string, x fill, err error) {
	if skipped, due := j.unfilledLog.due(at); due {
		j.log.Warn("history could not be read",
			slog.String("source", source), slog.String("query", x.query.String()),
			slog.Int("attempt", x.attempt), slog.Int("skipped", skipped), slog.Any("error", err))
	}
}
