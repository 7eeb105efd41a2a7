package web

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
)

// rowsPerPage is how many workloads a page of the index shows.
const rowsPerPage = 200

// index is the content of the first page.
type index struct {
	Snapshot   *pipeline.Snapshot
	Age, Took  string
	Total      string
	Namespaces []string
	Namespace  string
	Rows       []row
	Sources    []sourceRow
	Next       string // address of the next page of rows; empty at the end
	First      string // address of the first page; empty when this is it
	Refreshing bool
	Toggle     string // address of the same page, refreshing or not
}

// row is one trigger.
type row struct {
	Namespace, Name, Policy, Overrides string
	Mode                               decision.Mode
	Replicas                           string
	Marks                              []mark
	Why                                string
	Href                               string
}

// mark is a word about a state, and how much it matters.
type mark struct{ Text, Tone string }

// Tones of marks, which are classes of the style sheet.
const (
	toneGood  = "good"
	toneQuiet = "quiet"
	toneWarn  = "warn"
	toneBad   = "bad"
)

func (s *Server) showIndex(w http.ResponseWriter, r *http.Request) error {
	q, err := parseQuery(r, "namespace", "page_token", "refresh")
	if err != nil {
		return err
	}
	snapshot, part, err := s.listed(q, rowsPerPage)
	if err != nil {
		return err
	}
	now := s.options.Now()
	catalog := s.shelf.catalog(snapshot)
	content := index{
		Snapshot: snapshot, Age: span(now.Sub(snapshot.At)), Took: span(snapshot.Health.Took),
		Total:      quantity(snapshot.Len(), "decision", "decisions"),
		Namespaces: catalog.namespaces(), Namespace: q["namespace"],
		Sources: sourceRows(snapshot.Health.Sources, snapshot.At, s.options.MaxAge), Refreshing: q["refresh"] != "off",
	}
	for _, e := range part.entries {
		content.Rows = append(content.Rows, rowOf(e))
	}
	if part.next != "" {
		content.Next = q.with("page_token", part.next)
	}
	if q["page_token"] != "" {
		content.First = q.with("page_token", "")
	}
	f := frame{Title: "Workloads", Banners: s.banners(snapshot.At)}
	if content.Refreshing {
		f.Refresh, content.Toggle = q.with("refresh", ""), q.with("refresh", "off")
	} else {
		content.Toggle = q.with("refresh", "")
	}
	f.Content = content
	return s.render(w, http.StatusOK, "index", f)
}

// with is the address of the index with one parameter changed, or left out
// when value is empty.
func (q query) with(name, value string) string {
	v := url.Values{}
	for k, given := range q {
		if k != name && given != "" {
			v.Set(k, given)
		}
	}
	if value != "" {
		v.Set(name, value)
	}
	if len(v) == 0 {
		return "/"
	}
	return "/?" + v.Encode()
}

func rowOf(e *pipeline.Entry) row {
	o := &e.Outcome
	r := row{
		Namespace: e.Trigger.Workload.Namespace, Name: e.Trigger.Workload.Name, Policy: e.Trigger.Policy, Overrides: overridesKey(e.Trigger.Overrides),
		Mode: o.Mode, Replicas: strconv.Itoa(int(o.Replicas)), Marks: marks(o), Why: o.Why(), Href: pageHref(e.Trigger, time.Time{}),
	}
	if o.Refusal != "" {
		r.Replicas = "—"
	}
	return r
}

// marks are the states of an outcome worth a word.
func marks(o *decision.Outcome) []mark {
	var m []mark
	if o.Refusal != "" {
		m = append(m, mark{"no answer", toneBad})
	}
	if o.Stale {
		m = append(m, mark{"stale", toneWarn})
	}
	if o.Refusal == "" {
		if o.Active {
			m = append(m, mark{"active", toneGood})
		} else {
			m = append(m, mark{"inactive", toneQuiet})
		}
	}
	return m
}
