package web

import (
	"net/http"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
)

// Media types of answers.
const (
	mediaJSON    = "application/json"
	mediaProblem = "application/problem+json"
	mediaText    = "text/plain"
	mediaHTML    = "text/html"
)

// The number of workloads in a page of the API.
const (
	pageDefault = 100
	pageMost    = 1000
)

// workloadList is a page of /api/v1/workloads.
type workloadList struct {
	At            time.Time      `json:"at"`
	ConfigHash    string         `json:"config_hash"`
	Workloads     []workloadItem `json:"workloads"`
	NextPageToken string         `json:"next_page_token,omitempty"`
}

// workloadItem is one trigger's decision in short.
type workloadItem struct {
	Workload  string        `json:"workload"`
	Policy    string        `json:"policy"`
	Overrides string        `json:"overrides,omitempty"`
	Mode      decision.Mode `json:"mode"`
	// Replicas is null when there is no answer to give; Refusal says why.
	Replicas   *decision.Replicas `json:"replicas"`
	Active     bool               `json:"active"`
	Stale      bool               `json:"stale"`
	At         time.Time          `json:"at"`
	Winner     string             `json:"winner,omitempty"`
	Refusal    string             `json:"refusal,omitempty"`
	DecisionID string             `json:"decision_id"`
	Decision   string             `json:"decision"`
}

func itemOf(e *pipeline.Entry) workloadItem {
	o := &e.Outcome
	item := workloadItem{
		Workload: e.Trigger.Workload.String(), Policy: e.Trigger.Policy, Overrides: overridesKey(e.Trigger.Overrides),
		Mode: o.Mode, Active: o.Active, Stale: o.Stale, At: o.At.UTC(), Winner: o.Winner, Refusal: o.Refusal,
		DecisionID: e.DecisionID, Decision: decisionHref(e.Trigger, time.Time{}),
	}
	if o.Refusal == "" {
		item.Replicas = &o.Replicas
	}
	return item
}

func (s *Server) listWorkloads(w http.ResponseWriter, r *http.Request) error {
	q, err := parseQuery(r, "namespace", "limit", "page_token")
	if err != nil {
		return err
	}
	limit, err := q.limit(pageDefault, pageMost)
	if err != nil {
		return err
	}
	snapshot, part, err := s.listed(q, limit)
	if err != nil {
		return err
	}
	list := workloadList{
		At: snapshot.At.UTC(), ConfigHash: snapshot.ConfigHash,
		Workloads: make([]workloadItem, 0, len(part.entries)), NextPageToken: part.next,
	}
	for _, e := range part.entries {
		list.Workloads = append(list.Workloads, itemOf(e))
	}
	return writeJSON(w, http.StatusOK, mediaJSON, list)
}

// listed is the part of the latest snapshot that a query asks for.
func (s *Server) listed(q query, limit int) (*pipeline.Snapshot, page, error) {
	namespace, err := q.namespace()
	if err != nil {
		return nil, page{}, err
	}
	from, err := q.position()
	if err != nil {
		return nil, page{}, err
	}
	snapshot := s.options.Snapshot()
	if snapshot == nil {
		return nil, page{}, noSnapshot()
	}
	return snapshot, s.shelf.catalog(snapshot).page(namespace, from, limit), nil
}

func (s *Server) showDecision(w http.ResponseWriter, r *http.Request) error {
	w.Header().Add("Vary", "Accept")
	sel, err := parseSelection(r, s.options.Now())
	if err != nil {
		return err
	}
	d, err := s.choose(sel)
	if err != nil {
		return asChoices(err, sel.at, decisionHref)
	}
	if preferred(r, mediaJSON, mediaText) == mediaText {
		return writeText(w, http.StatusOK, d.explanation().Text())
	}
	return writeJSON(w, http.StatusOK, mediaJSON, d.explanation())
}

// Configuration is how the configuration fares.
type Configuration struct {
	// Hash names the configuration in force; empty before the first valid
	// one.
	Hash string
	// LoadedAt is when its files were last read successfully, CheckedAt when
	// they were last read.
	LoadedAt, CheckedAt time.Time
	// Error is what was wrong with the files when they were last read; empty
	// when they are what is in force.
	Error string
	// NeedsRestart lists the fields whose change waits for a restart.
	NeedsRestart []string
	// ReactiveOnly says that the kill switch is thrown.
	ReactiveOnly bool
	// Troubles are sentences on what else keeps plans from being as they should:
	// files of the schedule, the store.
	Troubles []string
}

// configuration is Configuration as the API shows it.
type configuration struct {
	Hash         string     `json:"hash"`
	LoadedAt     time.Time  `json:"loaded_at,omitzero"`
	LastReload   lastReload `json:"last_reload"`
	NeedsRestart []string   `json:"needs_restart"`
	ReactiveOnly bool       `json:"reactive_only"`
	Troubles     []string   `json:"troubles"`
}

type lastReload struct {
	At         time.Time `json:"at,omitzero"`
	Successful bool      `json:"successful"`
	Error      string    `json:"error,omitempty"`
}

func (s *Server) showConfiguration(w http.ResponseWriter, r *http.Request) error {
	if _, err := parseQuery(r); err != nil {
		return err
	}
	c := s.options.Configuration()
	return writeJSON(w, http.StatusOK, mediaJSON, configuration{
		Hash: c.Hash, LoadedAt: c.LoadedAt.UTC(),
		LastReload:   lastReload{At: c.CheckedAt.UTC(), Successful: c.Hash != "" && c.Error == "", Error: c.Error},
		NeedsRestart: append([]string{}, c.NeedsRestart...), ReactiveOnly: c.ReactiveOnly, Troubles: append([]string{}, c.Troubles...),
	})
}
