package decision

import (
	"fmt"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// Explanation is an outcome as people and programs read it: one text and one
// JSON form for ledger, command line, API and pages.
type Explanation struct {
	Workload string    `json:"workload"`
	At       time.Time `json:"at"`
	// Replicas is null when there is no answer: Refusal says why.
	Replicas *Replicas `json:"replicas"`
	Active   bool      `json:"active"`
	Policy   string    `json:"policy"`
	Stale    bool      `json:"stale"`
	Steps    []Step    `json:"steps"`

	Mode   Mode   `json:"mode"`
	Winner string `json:"winner,omitempty"`
	// Plan and Reactive are the answers with and without the forecast; null
	// like Replicas.
	Plan     *Replicas `json:"plan"`
	Reactive *Replicas `json:"reactive"`
	// Warm is for how many replicas more there is to be room on nodes that are
	// Ready; null like Replicas, and where nodes are not known.
	Warm    *Replicas `json:"warm,omitempty"`
	Refusal string    `json:"refusal,omitempty"`
	// Until is the instant that was asked for, where it is later than At: the
	// answer was the same until then, and steps and signals are as of At.
	Until      time.Time  `json:"until,omitzero"`
	DecisionID string     `json:"decision_id,omitempty"`
	ConfigHash string     `json:"config_hash,omitempty"`
	Signals    []Measured `json:"signals"`
	// Events of the schedule that count until a replica asked for now is ready,
	// and Overrides that are in force.
	Events    []Planned `json:"events,omitempty"`
	Overrides []Ordered `json:"overrides,omitempty"`
}

// Planned is one event's part in an explanation.
type Planned struct {
	ID     string    `json:"id"`
	Title  string    `json:"title"`
	Class  string    `json:"class,omitempty"`
	Owner  string    `json:"owner,omitempty"`
	Status string    `json:"status"`
	Impact string    `json:"impact"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	// Accounts are what is known of it by the past of each signal.
	Accounts []Account `json:"accounts,omitempty"`
}

// Ordered is an override in an explanation.
type Ordered struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	Replicas *Replicas `json:"replicas,omitempty"`
	Until    time.Time `json:"until"`
	Author   string    `json:"author"`
	Reason   string    `json:"reason"`
}

// Measured is one signal's part in an explanation.
type Measured struct {
	Name       string   `json:"name"`
	Kind       string   `json:"kind"`
	Value      float64  `json:"value"`
	Unit       string   `json:"unit"`
	AgeSeconds float64  `json:"age_seconds"`
	Condition  string   `json:"condition"`
	Need       Replicas `json:"need"`
	Capacity   float64  `json:"capacity,omitempty"`
	Usable     bool     `json:"usable"`
	// Coverage is how well what was expected of it held lately.
	Coverage []Realised `json:"coverage,omitempty"`
}

// Explain returns the outcome's explanation for a workload.
func (o Outcome) Explain(workload string) Explanation {
	e := Explanation{
		Workload: workload, At: o.At.UTC(), Active: o.Active,
		Policy: o.Policy, Stale: o.Stale, Steps: o.Steps,
		Mode: o.Mode, Winner: o.Winner, Refusal: o.Refusal,
		Signals: make([]Measured, 0, len(o.Inputs)),
	}
	if o.Refusal == "" {
		e.Replicas, e.Plan, e.Reactive = &o.Replicas, &o.Plan, &o.Reactive
		if o.NodesKnown {
			e.Warm = &o.Warm
		}
	}
	if e.Steps == nil {
		e.Steps = []Step{}
	}
	for _, c := range o.Inputs {
		e.Signals = append(e.Signals, Measured{
			Name: c.Signal, Kind: string(c.Kind), Value: c.Value, Unit: strings.TrimSpace(c.Kind.Unit()),
			AgeSeconds: c.Age.Seconds(), Condition: string(c.Condition), Need: c.Need, Capacity: c.Capacity, Usable: c.Usable,
			Coverage: realised(c.Coverage),
		})
	}
	for _, event := range o.Events {
		e.Events = append(e.Events, planned(event))
	}
	for i := range o.Seen {
		of := &e.Events[o.Seen[i].Event]
		of.Accounts = append(of.Accounts, o.Seen[i].account())
	}
	for i := range o.Overrides {
		e.Overrides = append(e.Overrides, o.Overrides[i].ordered())
	}
	return e
}

func planned(o calendar.Occurrence) Planned {
	return Planned{
		ID: o.Event.ID, Title: o.Event.Title, Class: o.Event.Class, Owner: o.Event.Owner,
		Status: string(o.Event.Status), Impact: string(sentence(nil).impact(o.Impact())), Start: o.Start.UTC(), End: o.End.UTC(),
	}
}

func (o *Override) ordered() Ordered {
	told := Ordered{ID: o.ID, Kind: string(o.Kind), Until: o.Until.UTC(), Author: o.Author, Reason: o.Reason}
	if o.bounds() {
		told.Replicas = &o.Replicas
	}
	return told
}

// Text writes the explanation for a terminal: the answer, the steps that led
// there, what was measured, and the events and overrides in force.
func (e Explanation) Text() string {
	var b strings.Builder
	e.headline(&b)
	width := 0
	for _, s := range e.Steps {
		width = max(width, len(s.Name))
	}
	for i, s := range e.Steps {
		before := fmt.Sprint(s.Before)
		if i == 0 {
			before = "" // the way begins here, nothing was 0
		}
		fmt.Fprintf(&b, "  %4s → %-4d %-*s  %s\n", before, s.After, width, s.Name, s.Why)
	}
	b.WriteString("signals\n")
	for _, m := range e.Signals {
		fmt.Fprintf(&b, "  %s\n", m)
	}
	if len(e.Events) > 0 {
		b.WriteString("events\n")
	}
	for _, p := range e.Events {
		fmt.Fprintf(&b, "  %s: %s, %s to %s%s\n", p.ID, p.Impact, day(p.Start), day(p.End), owned(p.Owner))
		for _, a := range p.Accounts {
			fmt.Fprintf(&b, "    %s: %s\n", a.Signal, a.Text)
		}
	}
	if len(e.Overrides) > 0 {
		b.WriteString("overrides\n")
	}
	for _, o := range e.Overrides {
		fmt.Fprintf(&b, "  %s\n", o)
	}
	return b.String()
}

// String says what is ordered, by whom, until when and why.
func (o Ordered) String() string {
	text := o.ID + ": " + o.Kind
	if o.Replicas != nil {
		text += " " + count(*o.Replicas)
	}
	return fmt.Sprintf("%s, until %s, by %s: %s", text, day(o.Until), o.Author, o.Reason)
}

func owned(owner string) string {
	if owner == "" {
		return ""
	}
	return ", owner " + owner
}

func (e Explanation) headline(b *strings.Builder) {
	if e.Replicas == nil {
		fmt.Fprintf(b, "%s: no answer at %s: %s\n", e.Workload, clock(e.At), e.Refusal)
	} else {
		fmt.Fprintf(b, "%s: %s", e.Workload, plural(*e.Replicas, "replica", "replicas"))
		if e.Warm != nil && *e.Warm > 0 {
			fmt.Fprintf(b, ", and warm nodes for %d more", *e.Warm)
		}
		fmt.Fprintf(b, " at %s", clock(e.At))
		if !e.Active {
			b.WriteString(", inactive: may go to zero")
		}
		if e.Stale {
			b.WriteString(", STALE: scale-in refused")
		}
		b.WriteString("\n")
	}
	if e.Until.After(e.At) {
		fmt.Fprintf(b, "unchanged until %s; steps and signals are as of %s\n", clock(e.Until), clock(e.At))
	}
	fmt.Fprintf(b, "policy %s, %s", e.Policy, e.Mode)
	if e.Plan != nil && e.Reactive != nil {
		fmt.Fprintf(b, "; plan %d, reactive %d", *e.Plan, *e.Reactive)
	}
	if e.ConfigHash != "" {
		fmt.Fprintf(b, "; config %s", e.ConfigHash)
	}
	if e.DecisionID != "" {
		fmt.Fprintf(b, "; decision %s", e.DecisionID)
	}
	b.WriteString("\n")
}

// String is one line: value, age, condition and what the signal asked for.
func (m Measured) String() string {
	if !m.Usable {
		return fmt.Sprintf("%s (%s): never read, %s", m.Name, m.Kind, m.Condition)
	}
	unit := m.Unit
	if unit != "" && unit[0] != '/' {
		unit = " " + unit
	}
	text := fmt.Sprintf("%s (%s): %s%s, %s old, %s", m.Name, m.Kind, num(m.Value), unit, Span(seconds(m.AgeSeconds)), m.Condition)
	if m.Capacity > 0 {
		text += fmt.Sprintf(", wants %s", plural(m.Need, "replica", "replicas"))
	}
	return text
}
