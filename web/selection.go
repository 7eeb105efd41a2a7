package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/workload"
)

// selection says which decision of a workload is asked for.
type selection struct {
	id workload.ID
	// policy and overrides tell the triggers of one workload apart; either
	// may be left out where the rest is unambiguous.
	policy    string
	overrides string
	named     bool      // overrides was given, be it empty
	at        time.Time // zero for the latest
}

func parseSelection(r *http.Request, now time.Time) (selection, error) {
	q, err := parseQuery(r, "policy", "at", "overrides")
	if err != nil {
		return selection{}, err
	}
	at, err := q.instant(now)
	if err != nil {
		return selection{}, err
	}
	s := selection{id: workload.ID{Namespace: r.PathValue("namespace"), Name: r.PathValue("name")}, policy: q["policy"], at: at}
	s.overrides, s.named = q["overrides"]
	if !workload.IsDNSLabel(s.id.Namespace) || !workload.IsDNSSubdomain(s.id.Name) {
		return selection{}, badRequest(fmt.Sprintf("No ScaledObject can have namespace %.64q and name %.64q.", s.id.Namespace, s.id.Name),
			"Write the namespace and the name of the ScaledObject, which need not be those of its Deployment.")
	}
	return s, nil
}

// query is what tells this trigger's decision at that instant from others.
func selectionQuery(t workload.Trigger, at time.Time) string {
	v := url.Values{"policy": {t.Policy}}
	if o := overridesKey(t.Overrides); o != "" {
		v.Set("overrides", o)
	}
	if !at.IsZero() {
		v.Set("at", at.UTC().Format(time.RFC3339Nano))
	}
	return v.Encode()
}

func pageHref(t workload.Trigger, at time.Time) string {
	return "/workloads/" + t.Workload.Namespace + "/" + t.Workload.Name + "?" + selectionQuery(t, at)
}

func decisionHref(t workload.Trigger, at time.Time) string {
	return "/api/v1/workloads/" + t.Workload.Namespace + "/" + t.Workload.Name + "/decision?" + selectionQuery(t, at)
}

// decided is a decision and the configuration it was made by.
type decided struct {
	entry *pipeline.Entry
	// configHash is empty when it is not recorded with the decision.
	configHash string
	// until is the instant asked for; zero for now.
	until time.Time
}

func (d decided) explanation() decision.Explanation {
	e := d.entry.Outcome.Explain(d.entry.Trigger.Workload.String())
	e.DecisionID, e.ConfigHash = d.entry.DecisionID, d.configHash
	if d.until.After(e.At) {
		e.Until = d.until.UTC()
	}
	return e
}

// ambiguous says that several decisions fit a selection.
type ambiguous struct{ entries []*pipeline.Entry }

func (a *ambiguous) Error() string {
	return fmt.Sprintf("%d decisions fit", len(a.entries))
}

// choose returns the one decision a selection means: an *ambiguous error when
// there are several, a *problem when there is none.
func (s *Server) choose(sel selection) (decided, error) {
	snapshot := s.options.Snapshot()
	if snapshot == nil {
		return decided{}, noSnapshot()
	}
	var entries []*pipeline.Entry
	if sel.at.IsZero() || !sel.at.Before(snapshot.At) {
		entries = ofPolicy(s.shelf.catalog(snapshot).of(sel.id), sel.policy)
	}
	if len(entries) == 0 {
		var err error
		if entries, err = s.options.Ledger.Explain(sel.id, sel.policy, sel.at); err != nil {
			return decided{}, newProblem(http.StatusNotFound, "no-decision", "No such decision", err.Error(),
				"KEDA has to have asked for a workload, by its ScaledObject's name; the first page and /api/v1/workloads list those that are decided for.")
		}
	}
	entries = sel.narrow(entries)
	switch len(entries) {
	case 0:
		return decided{}, newProblem(http.StatusNotFound, "no-decision", "No such decision",
			fmt.Sprintf("%s: no trigger has the overrides %.200q.", sel.id, sel.overrides), "Leave overrides out to see which there are.")
	case 1:
		d := decided{entry: entries[0], until: sel.at}
		if e, found := snapshot.Find(d.entry.Trigger); found && e == d.entry {
			d.configHash = snapshot.ConfigHash
		}
		return d, nil
	default:
		return decided{}, &ambiguous{entries}
	}
}

// narrow keeps the entries with the overrides asked for. A policy without a
// word about overrides means the trigger that has none, where there is one, so
// that each address leads to one decision.
func (sel selection) narrow(entries []*pipeline.Entry) []*pipeline.Entry {
	if sel.named {
		return withOverrides(entries, sel.overrides)
	}
	if plain := withOverrides(entries, ""); sel.policy != "" && len(plain) == 1 {
		return plain
	}
	return entries
}

func ofPolicy(entries []*pipeline.Entry, policy string) []*pipeline.Entry {
	if policy == "" {
		return entries
	}
	return filter(entries, func(e *pipeline.Entry) bool { return e.Trigger.Policy == policy })
}

func withOverrides(entries []*pipeline.Entry, overrides string) []*pipeline.Entry {
	return filter(entries, func(e *pipeline.Entry) bool { return overridesKey(e.Trigger.Overrides) == overrides })
}

// filter leaves its argument alone: a catalog's entries are shared.
func filter(entries []*pipeline.Entry, keep func(*pipeline.Entry) bool) []*pipeline.Entry {
	var kept []*pipeline.Entry
	for _, e := range entries {
		if keep(e) {
			kept = append(kept, e)
		}
	}
	return kept
}

// asChoices turns an ambiguous error into a problem that lists the answers;
// other errors stay what they are.
func asChoices(err error, at time.Time, href func(workload.Trigger, time.Time) string) error {
	a, several := errors.AsType[*ambiguous](err)
	if !several {
		return err
	}
	first := a.entries[0].Trigger.Workload
	p := newProblem(http.StatusMultipleChoices, "several-decisions", "Several decisions",
		fmt.Sprintf("%s has %d triggers that point at Headstart, each decided apart; KEDA's HPA takes the largest.", first, len(a.entries)),
		"Name one with policy=, and with overrides= where one policy is used twice.")
	for _, e := range a.entries {
		t := e.Trigger
		p.Choices = append(p.Choices, choice{Policy: t.Policy, Overrides: overridesKey(t.Overrides), Href: href(t, at)})
	}
	return p
}
