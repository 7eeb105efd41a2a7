package main

import (
	"net/http"
	"time"

	"github.com/headstart-scaler/headstart/api"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/workload"
)

// api serves what people plan and order, beside the pages.
func (a *app) api() (http.Handler, error) {
	o := api.Options{
		Planner: a.planner, Snapshot: a.snapshot, Ledger: a.pipeline,
		Policy: func(t workload.Trigger) (decision.Policy, error) { return a.pipeline.Policies().Effective(t) },
		Labels: a.labels, Files: func() map[string]string { return a.planner.Pinned().Files },
		Log: a.options.log, Now: time.Now,
	}
	if a.keeper != nil {
		o.Audit = a.keeper
	}
	if token := a.set.Server.HTTP.Token; token.Set() {
		read, err := opened(token)
		if err != nil {
			return nil, err
		}
		o.Token = read
	}
	return api.New(o), nil
}

// labels are those by which a workload tells what it is; of one that nothing is
// decided for, its policy's are not known.
func (a *app) labels(id workload.ID) map[string]string {
	var policy map[string]string
	if s := a.pipeline.Snapshot(); s != nil {
		s.All(func(e *pipeline.Entry) bool {
			if e.Trigger.Workload != id {
				return true
			}
			if p, err := a.pipeline.Policies().Effective(e.Trigger); err == nil {
				policy = p.Labels
			}
			return false
		})
	}
	observed, _ := a.cluster.Labels(id)
	return pipeline.Identity(policy, id, observed)
}
