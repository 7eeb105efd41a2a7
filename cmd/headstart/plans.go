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

// pinned reads the events that the configuration keeps in files. Any error in
// them refuses all of it.
func pinned(s *config.Set, now time.Time) (planner.Pinned, error) {
	n := planner.Pinned{Name: s.Hash, Classes: s.Classes, Files: map[string]string{}}
	var events []*calendar.Event
	var problems []error
	for _, file := range s.Schedules {
		read := readSchedule(file, s.Classes, now)
		for i, p := range read.Errors {
			if i == problemsTold {
				problems = append(problems, fmt.Errorf("%s: and %d more errors", file.Path, len(read.Errors)-i+read.ErrorsOmitted))
				break
			}
			problems = append(problems, fmt.Errorf("%s: %s", file.Path, p))
		}
		for _, e := range read.Events {
			if before, twice := n.Files[e.ID]; twice {
				problems = append(problems, fmt.Errorf("%s: event %q is in %s too: give one of them another id", file.Path, e.ID, before))
				continue
			}
			n.Files[e.ID] = file.Path
			events = append(events, e)
		}
	}
	if len(problems) > 0 {
		return planner.Pinned{}, fmt.Errorf("read the schedule's files:\n%w", errors.Join(problems...))
	}
	var err error
	n.Events, err = calendar.NewSchedule(events)
	return n, err
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

// repin is pinned, where trouble with the files leaves the events they had
// before: a slip in marketing's file must not keep policies and the kill switch
// from being reloaded, nor KEDA from being answered.
func (a *app) repin(s *config.Set, before planner.Pinned) planner.Pinned {
	next, err := pinned(s, time.Now())
	if err == nil {
		a.tellPinned(before, next)
		return next
	}
	a.options.log.Error("the schedule's files are not valid: the events they had before stay in force", "error", err)
	before.Name, before.Classes, before.Trouble = s.Hash, s.Classes, err.Error()
	return before
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
