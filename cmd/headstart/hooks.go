package main

import (
	"time"

	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/telemetry"
	"github.com/headstart-scaler/headstart/web"
	"github.com/headstart-scaler/headstart/workload"
)

// What follows connects parts that do not know one another. The pipeline and
// the watcher are made after those that ask for them, and before anything
// runs.

// found is told of each trigger that the cluster has for us.
func (a *app) found(t workload.Trigger) { a.pipeline.Found(t) }

// published is told of each snapshot.
func (a *app) published(s *pipeline.Snapshot) {
	a.metrics.Published(s)
	a.news.take(s)
}

func (a *app) snapshot() *pipeline.Snapshot { return a.pipeline.Snapshot() }

// known are the policies in force, as ScaledObjects are linted by.
type known struct{ app *app }

func (k known) Policy(name string) (workload.PolicyFacts, bool) {
	p, ok := k.app.pipeline.Policies().Policy(name)
	if !ok {
		return workload.PolicyFacts{}, false
	}
	return config.Facts(*p), true
}

func (k known) Names() []string { return k.app.pipeline.Policies().Names() }

// apply puts a changed configuration in force, or says why not.
func (a *app) apply(s *config.Set) error {
	if err := a.pipeline.Apply(policiesOf(s)); err != nil {
		return err
	}
	a.planner.Pin(a.repin(s, a.planner.Pinned()))
	return nil
}

func (a *app) telemetry() telemetry.Options {
	b := thisBuild()
	return telemetry.Options{
		Snapshot: a.snapshot, Log: a.options.log,
		Build:    telemetry.Build{Version: b.Version, Revision: b.Revision, GoVersion: b.Go},
		Schedule: a.schedule,
		Configuration: func() telemetry.Configuration {
			s := a.watcher.Status()
			return telemetry.Configuration{
				Hash: s.Hash, Successful: s.LastReloadSuccessful, SucceededAt: s.LoadedAt,
				RestartNeeded: len(s.NeedsRestart) > 0, ReactiveOnly: a.pipeline.Policies().ReactiveOnly,
			}
		},
	}
}

func (a *app) schedule() telemetry.Schedule {
	s := a.planner.Status()
	return telemetry.Schedule{
		Events: s.Events, Occurrences: s.Occurrences, Overrides: s.Overrides,
		Version: s.Version.Number, ImportedAt: s.Version.At, Kept: a.keeper != nil, Answers: s.Error == "",
		FilesRead: a.planner.Pinned().Trouble == "",
	}
}

func (a *app) configuration() web.Configuration {
	s := a.watcher.Status()
	return web.Configuration{
		Hash: s.Hash, LoadedAt: s.LoadedAt, CheckedAt: s.LastReloadAt, Error: s.Error,
		NeedsRestart: s.NeedsRestart, ReactiveOnly: a.pipeline.Policies().ReactiveOnly, Troubles: a.troubles(),
	}
}

// troubles say what of the schedule is not as it should be.
func (a *app) troubles() []string {
	var all []string
	if said := a.planner.Pinned().Trouble; said != "" {
		all = append(all, "Files of the schedule are not valid; what they had before counts. "+said)
	}
	if s := a.planner.Status(); s.Error != "" {
		all = append(all, "The schedule and the overrides are as they were at "+s.Since.UTC().Format(time.DateTime)+" UTC. "+s.Error)
	}
	return all
}
