package intake

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// document is the JSON form of a schedule, by which it is stored, exchanged
// over the API and exported. Nothing is lost in either direction:
//
//	{"events": [{
//	  "id": "sat-20", "title": "Saturday tournament", "class": "tournament",
//	  "start": "2026-03-28T20:00", "end": "2026-03-28T23:00", "timezone": "Europe/Malta",
//	  "recurrence": "FREQ=WEEKLY;BYDAY=SA",
//	  "except": ["2026-04-04T20:00"], "also": ["2026-04-06T20:00"],
//	  "moved": [{"from": "2026-04-11T20:00", "start": "2026-04-12T20:00", "end": "2026-04-12T23:00"}],
//	  "brands": ["Casino One"], "markets": ["MT"], "regions": ["eu"], "workloads": "team=payments tier=gold|silver",
//	  "expected_peak": 12000, "unit": "requests/s",
//	  "confidence": 0.8, "ramp_up": "30m", "ramp_down": "15m",
//	  "status": "confirmed", "owner": "ana@example.com", "notes": "…"
//	}]}
//
// Times are clocks in the time zone, to the second where it matters; all_day
// marks days without times, of which end is the midnight after the last. An
// impact is one of multiplier (of the usual demand), expected_peak with its
// unit (requests/s, messages/s, connections) and floor (replicas). Confidence is
// a share above 0 and up to 1, and 1 where it is not said; ramps are durations
// such as 1h30m; status is confirmed where it is not said. What is not said is
// left out.
type document struct {
	Events []jsonEvent `json:"events"`
}

type jsonEvent struct {
	ID           string     `json:"id,omitempty"`
	Title        string     `json:"title"`
	Class        string     `json:"class,omitempty"`
	Start        string     `json:"start"`
	End          string     `json:"end"`
	Zone         string     `json:"timezone,omitempty"`
	AllDay       bool       `json:"all_day,omitempty"`
	Recurrence   string     `json:"recurrence,omitempty"`
	Except       []string   `json:"except,omitempty"`
	Also         []string   `json:"also,omitempty"`
	Moved        []jsonMove `json:"moved,omitempty"`
	Brands       []string   `json:"brands,omitempty"`
	Markets      []string   `json:"markets,omitempty"`
	Regions      []string   `json:"regions,omitempty"`
	Workloads    string     `json:"workloads,omitempty"`
	Multiplier   float64    `json:"multiplier,omitempty"`
	ExpectedPeak float64    `json:"expected_peak,omitempty"`
	Unit         string     `json:"unit,omitempty"`
	Floor        int32      `json:"floor,omitempty"`
	Confidence   *float64   `json:"confidence,omitempty"`
	RampUp       string     `json:"ramp_up,omitempty"`
	RampDown     string     `json:"ramp_down,omitempty"`
	Status       string     `json:"status,omitempty"`
	Owner        string     `json:"owner,omitempty"`
	Notes        string     `json:"notes,omitempty"`
}

type jsonMove struct {
	From  string `json:"from"`
	Start string `json:"start"`
	End   string `json:"end"`
}

// EncodeJSON writes a schedule as Read reads it; equal schedules give equal
// bytes. The form is described at document.
func EncodeJSON(s calendar.Schedule) []byte {
	d := document{Events: make([]jsonEvent, 0, s.Len())}
	for e := range s.All() {
		d.Events = append(d.Events, toJSON(e))
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(d); err != nil {
		panic(err) // texts and finite numbers: a Schedule holds valid events alone
	}
	return b.Bytes()
}

func toJSON(e *calendar.Event) jsonEvent {
	j := jsonEvent{
		ID: e.ID, Title: e.Title, Class: e.Class,
		Start: e.Window.Start.String(), End: e.Window.End.String(), Zone: e.Window.Zone.String(), AllDay: e.Window.AllDay,
		Recurrence: e.Recurrence.Rule().String(), Except: clocks(e.Recurrence.Left()), Also: clocks(e.Recurrence.Extra()),
		Brands: e.Scope.Brands, Markets: e.Scope.Markets, Regions: e.Scope.Regions, Workloads: e.Scope.Workloads.String(),
		Multiplier: e.Impact.Multiplier, ExpectedPeak: e.Impact.Peak.Value, Unit: string(e.Impact.Peak.Unit), Floor: e.Impact.Floor,
		Confidence: &e.Confidence, RampUp: duration(e.Ramp.Up), RampDown: duration(e.Ramp.Down),
		Status: string(e.Status), Owner: e.Owner, Notes: e.Notes,
	}
	for _, m := range e.Recurrence.Moved() {
		j.Moved = append(j.Moved, jsonMove{m.From.String(), m.Start.String(), m.End.String()})
	}
	return j
}

func clocks(walls []calendar.Wall) []string {
	var texts []string
	for _, w := range walls {
		texts = append(texts, w.String())
	}
	return texts
}

// duration writes 1h30m, without the zeros that time.Duration has; "" is none.
func duration(d time.Duration) string {
	if d == 0 {
		return ""
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
