package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/planner"
	"github.com/headstart-scaler/headstart/signal"
)

// problemsTold is how many problems of a schedule's file an error lists.
const problemsTold = 5

// pinned reads the events that the configuration keeps in files. A file with an
// error in it has the events it had before, if it had any: the others count. What
// is read and may not be meant is told.
func pinned(s *config.Set, before planner.Pinned, now time.Time, tell func(file string, p intake.Problem)) (planner.Pinned, error) {
	n := pinning{Pinned: planner.Pinned{Name: s.Hash, Classes: s.Classes, Files: map[string]string{}}}
	for _, file := range s.Schedules {
		read := readSchedule(file, s.Classes, now)
		if !read.OK() {
			n.refuse(file.Path, read)
			read.Events = eventsOf(before, file.Path)
			n.Never = n.Never || len(read.Events) == 0
		}
		for _, p := range read.Warnings {
			if p.Code == intake.UnknownField {
				tell(file.Path, p)
			}
		}
		n.take(file.Path, read.Events)
	}
	var err error
	n.Events, err = calendar.NewSchedule(n.events)
	if err = errors.Join(append(n.problems, err)...); err != nil {
		err = fmt.Errorf("read the schedule's files:\n%w", err)
	}
	return n.Pinned, err
}

// pinning is the events of files as they are read.
type pinning struct {
	planner.Pinned
	events   []*calendar.Event
	problems []error
}

// refuse notes the first of a file's errors.
func (n *pinning) refuse(path string, read intake.Result) {
	told := read.Errors[:min(len(read.Errors), problemsTold)]
	for _, p := range told {
		n.problems = append(n.problems, fmt.Errorf("%s: %s", path, p))
	}
	if more := len(read.Errors) - len(told) + read.ErrorsOmitted; more > 0 {
		n.problems = append(n.problems, fmt.Errorf("%s: and %d more errors", path, more))
	}
}

// take adds the events of a file, each unless another file has it.
func (n *pinning) take(path string, events []*calendar.Event) {
	for _, e := range events {
		if first, twice := n.Files[e.ID]; twice {
			n.problems = append(n.problems, fmt.Errorf("%s: event %q is in %s too, which counts: give one of them another id", path, e.ID, first))
			continue
		}
		n.Files[e.ID] = path
		n.events = append(n.events, e)
	}
}

// eventsOf are the events that a file had.
func eventsOf(n planner.Pinned, path string) []*calendar.Event {
	var events []*calendar.Event
	for e := range n.Events.All() {
		if n.Files[e.ID] == path {
			events = append(events, e)
		}
	}
	return events
}

// readSchedule reads a file with events as the configuration says.
func readSchedule(file config.ScheduleText, classes calendar.Classes, now time.Time) intake.Result {
	o := intake.Options{DateOrder: intake.DateOrder(file.DateOrder), Classes: classes, Now: now}
	if file.Timezone != "" {
		zone, err := time.LoadLocation(file.Timezone)
		if err != nil { // the configuration was checked by the same rules
			return intake.Result{Errors: []intake.Problem{{Column: "timezone", Code: intake.UnknownZone, Found: file.Timezone, Expected: "a time zone", Fix: err.Error()}}}
		}
		o.Zone = zone
	}
	return intake.Read(file.Data, o)
}

// repin is pinned, with trouble told: a slip in marketing's file must not keep
// policies and the kill switch from being reloaded, nor KEDA from being answered,
// nor the other files from counting.
func (a *app) repin(s *config.Set, before planner.Pinned) planner.Pinned {
	next, err := pinned(s, before, time.Now(), func(file string, p intake.Problem) {
		a.options.log.Warn("a schedule's file has what is not read", "file", file, "problem", p.String())
	})
	a.tellPinned(before, next)
	if err != nil {
		next.Trouble = err.Error()
		a.options.log.Error("files of the schedule are not valid: the events they had before stay in force", "scale_in_refused", next.Never, "error", err)
	}
	return next
}

// tellPinned logs how many events the files have now, louder where there are
// none any more.
func (a *app) tellPinned(before, now planner.Pinned) {
	switch n, had := now.Events.Len(), before.Events.Len(); {
	case n == 0 && had > 0:
		a.options.log.Warn("the schedule's files have no events any more", "before", had)
	case n != had:
		a.options.log.Info("the schedule's files are in force", "events", n, "before", had)
	}
}

// follow puts a plan in force.
func (a *app) follow(p planner.Plan) {
	a.pipeline.Follow(&pipeline.Agenda{Timeline: p.Timeline, Overrides: p.Overrides, Unknown: p.Unknown})
}

// planned are the workloads that decisions are made for, as the planner looks
// at them, in the order of their names.
func (a *app) planned() []planner.Workload {
	s := a.pipeline.Snapshot()
	if s == nil {
		return nil
	}
	var found []planner.Workload
	s.All(func(e *pipeline.Entry) bool {
		policy, err := a.pipeline.Policies().Effective(e.Trigger)
		if err == nil && e.Outcome.Refusal == "" {
			observed, _ := a.cluster.Labels(e.Trigger.Workload)
			found = append(found, planner.Workload{
				ID: e.Trigger.Workload, Labels: pipeline.Identity(policy.Labels, e.Trigger.Workload, observed),
				Reactive: needed(&e.Outcome), Min: policy.Min, Max: policy.Max, Capacity: capacities(e.Outcome.Inputs), PeakShare: policy.PeakShare,
			})
		}
		return true
	})
	slices.SortFunc(found, func(a, b planner.Workload) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	return found
}

// needed is what a workload needs now: where somebody's order bounds the answer,
// what its signals ask for.
func needed(o *decision.Outcome) decision.Replicas {
	if len(o.Overrides) == 0 {
		return o.Reactive
	}
	most := decision.Replicas(1)
	for _, in := range o.Inputs {
		most = max(most, in.Need)
	}
	return most
}

// capacities are those of one replica, by what an event's peak may be given in.
func capacities(inputs []decision.Component) calendar.Peaks {
	var c calendar.Peaks
	for _, in := range inputs {
		switch in.Kind {
		case signal.Rate:
			c.Requests = in.Capacity
		case signal.Backlog:
			c.Messages = in.Capacity
		case signal.Connections:
			c.Connections = in.Capacity
		case signal.Latency:
		}
	}
	return c
}
