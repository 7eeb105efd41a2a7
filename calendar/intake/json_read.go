package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/workload"
)

// readJSON reads a document, or a list of events alone. It is strict: a field
// nobody knows, one that stands twice and one of another type are errors. Rows
// of its problems count the events from 1, columns are fields.
func readJSON(text string, b *builder) []placed {
	p := &pieceReader{r: strings.NewReader(text)}
	r := jsonReader{d: json.NewDecoder(p), pieces: p, text: text, o: b.o, b: b}
	if err := r.document(); err != nil {
		b.c.fail(r.broken(err))
	} else if _, err := r.d.Token(); !errors.Is(err, io.EOF) {
		b.c.fail(unreadable("text after the end of the JSON", "Delete it."))
	}
	if r.zoneless {
		b.c.fail(Problem{Column: colZone.String(), Code: NoZone, Expected: zoneExpected, Fix: noZoneFix})
	}
	return r.found
}

type jsonReader struct {
	d        *json.Decoder
	pieces   *pieceReader
	text     string
	o        Options
	b        *builder
	row      int
	found    []placed
	zoneless bool // an event has no zone
}

// pieceReader refuses an event that is longer than any: the decoder holds it
// whole.
type pieceReader struct {
	r     io.Reader
	since int // bytes since the last event
}

// longestEvent has some 100 000 starts that are left out.
const longestEvent = 4 << 20

func (r *pieceReader) Read(p []byte) (int, error) {
	if r.since > longestEvent {
		return 0, limitError{tooLarge("bytes in an event", int64(r.since), longestEvent)}
	}
	n, err := r.r.Read(p)
	r.since += n
	return n, err
}

// errStop ends the reading after an error that was collected.
var errStop = errors.New("stop")

// broken is the error of what is no JSON.
func (r *jsonReader) broken(err error) Problem {
	if large, ok := errors.AsType[limitError](err); ok {
		large.problem.Row = r.row
		return large.problem
	}
	if errors.Is(err, errStop) {
		return Problem{Row: r.row, Code: TooLarge, Expected: fmt.Sprintf("at most %d events", r.o.Limits.Rows), Found: "more", Fix: "Split the file."}
	}
	at := min(int(r.d.InputOffset()), len(r.text))
	line := 1 + strings.Count(r.text[:at], "\n")
	return unreadable(fmt.Sprintf("broken JSON in line %d: %s", line, excerpt(err.Error())), "Correct the JSON.")
}

func (r *jsonReader) document() error {
	first, err := r.d.Token()
	if err != nil {
		return fmt.Errorf("read the beginning: %w", err)
	}
	if first == json.Delim('[') {
		return r.events()
	}
	for r.d.More() {
		name, err := r.d.Token()
		if err != nil {
			return fmt.Errorf("read a field: %w", err)
		}
		if name != "events" {
			r.b.c.fail(Problem{Column: fmt.Sprint(name), Code: UnknownField, Expected: "events", Found: fmt.Sprint(name), Fix: "Leave the field out."})
			if err := r.skip(); err != nil {
				return err
			}
			continue
		}
		open, err := r.d.Token()
		if err != nil || open != json.Delim('[') {
			return fmt.Errorf("events is no list: %w", listError(err))
		}
		if err := r.events(); err != nil {
			return err
		}
	}
	return r.close()
}

func listError(err error) error {
	if err == nil {
		return errors.New("it has to begin with [")
	}
	return err
}

func (r *jsonReader) close() error {
	if _, err := r.d.Token(); err != nil {
		return fmt.Errorf("read the end: %w", err)
	}
	return nil
}

func (r *jsonReader) skip() error {
	var raw json.RawMessage
	if err := r.d.Decode(&raw); err != nil {
		return fmt.Errorf("read a value: %w", err)
	}
	return nil
}

func (r *jsonReader) events() error {
	for r.d.More() {
		if r.row++; r.row > r.o.Limits.Rows {
			return errStop
		}
		var raw json.RawMessage
		if err := r.d.Decode(&raw); err != nil {
			return fmt.Errorf("read event %d: %w", r.row, err)
		}
		r.pieces.since = 0
		if err := r.event(raw); err != nil {
			return err
		}
	}
	return r.close()
}

// event reads one event field by field.
func (r *jsonReader) event(raw json.RawMessage) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	open, err := d.Token()
	if err != nil {
		return fmt.Errorf("read event %d: %w", r.row, err)
	}
	if open != json.Delim('{') {
		r.fail("", BadValue, string(raw), "an object such as {\"id\": …}", "Write each event as an object.")
		return nil
	}
	var j jsonEvent
	fields := j.fields()
	seen := map[string]bool{}
	ok := true
	r.b.broken = r.b.broken[:0]
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return fmt.Errorf("read event %d: %w", r.row, err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return fmt.Errorf("read event %d: %w", r.row, err)
		}
		name, _ := token.(string)
		ok = r.field(fields, seen, name, value) && ok
	}
	e, built := r.build(j)
	switch ok = ok && built; {
	case ok && e.ID == "" && e.Title != "":
		e.ID = derivedID(e)
	case !ok:
		r.without(j, e)
	}
	r.found = append(r.found, placed{event: e, row: r.row, where: jsonPlace{}, partly: !ok})
	return nil
}

// without leaves what could not be read out of an event, for check to judge the
// rest.
func (r *jsonReader) without(j jsonEvent, e *calendar.Event) {
	if e.Title == "" {
		r.fail("title", Missing, "", "what the event is called", "Write a title.")
	}
	if slices.Contains(r.b.broken, "expected_peak") && j.Unit != "" {
		e.Impact.Peak.Value = 1 // its unit is judged
	}
	if slices.Contains(r.b.broken, "unit") {
		e.Impact.Peak = calendar.Peak{}
	}
	if slices.Contains(r.b.broken, "confidence") {
		e.Confidence = 1
	}
}

// jsonPlace gives fields the names they have in JSON.
type jsonPlace struct{}

func (jsonPlace) locate(row int, c column) (int, string) {
	switch c {
	case colBrand, colMarket, colRegion:
		return row, c.String() + "s"
	default:
		return row, c.String()
	}
}

// jsonField is a field of an event: its name, where it goes, what it is.
type jsonField struct {
	name string
	to   any
	what string
}

func (j *jsonEvent) fields() []jsonField {
	const text, texts, number = "a text", "a list of texts", "a number"
	return []jsonField{
		{"id", &j.ID, text},
		{"title", &j.Title, text},
		{"class", &j.Class, text},
		{"start", &j.Start, text},
		{"end", &j.End, text},
		{"timezone", &j.Zone, text},
		{"all_day", &j.AllDay, "true or false"},
		{"recurrence", &j.Recurrence, text},
		{"except", &j.Except, texts},
		{"also", &j.Also, texts},
		{"moved", &j.Moved, "a list of objects with from, start and end"},
		{"brands", &j.Brands, texts},
		{"markets", &j.Markets, texts},
		{"regions", &j.Regions, texts},
		{"workloads", &j.Workloads, text},
		{"multiplier", &j.Multiplier, number},
		{"expected_peak", &j.ExpectedPeak, number},
		{"unit", &j.Unit, text},
		{"floor", &j.Floor, "a whole number"},
		{"confidence", &j.Confidence, number},
		{"ramp_up", &j.RampUp, text},
		{"ramp_down", &j.RampDown, text},
		{"status", &j.Status, text},
		{"owner", &j.Owner, text},
		{"notes", &j.Notes, text},
	}
}

// field reads one field.
func (r *jsonReader) field(fields []jsonField, seen map[string]bool, name string, value json.RawMessage) bool {
	i := slices.IndexFunc(fields, func(f jsonField) bool { return f.name == name })
	if i < 0 {
		fix := "Leave the field out."
		if near := workload.Nearest(name, fieldNames(fields)); near != "" {
			fix = "Did you mean " + near + "?"
			defer func() { r.b.broken = append(r.b.broken, near) }()
		}
		return r.fail(name, UnknownField, name, "a field of an event", fix)
	}
	f := fields[i]
	if seen[name] {
		return r.fail(name, BadValue, string(value), "the field once", "Leave one of them out.")
	}
	seen[name] = true
	var err error
	if name == "moved" { // the one field that has fields
		d := json.NewDecoder(bytes.NewReader(value))
		d.DisallowUnknownFields()
		err = d.Decode(f.to)
	} else {
		err = json.Unmarshal(value, f.to)
	}
	if err != nil {
		r.fail(name, BadValue, string(value), f.what, "Correct the value.")
		r.b.broken = append(r.b.broken, name)
		return false
	}
	return true
}

func fieldNames(fields []jsonField) []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	return names
}

func (r *jsonReader) fail(field string, code Code, found, expected, fix string) bool {
	return r.b.fail(Problem{Row: r.row, Column: excerpt(field), Code: code, Found: excerpt(found), Expected: expected, Fix: fix})
}

// build makes an event of its fields.
func (r *jsonReader) build(j jsonEvent) (*calendar.Event, bool) {
	e := &calendar.Event{
		ID: j.ID, Title: j.Title, Class: j.Class, Owner: j.Owner, Notes: j.Notes,
		Scope:      calendar.Scope{Brands: j.Brands, Markets: j.Markets, Regions: j.Regions},
		Impact:     calendar.Impact{Multiplier: j.Multiplier, Peak: calendar.Peak{Value: j.ExpectedPeak, Unit: calendar.Unit(j.Unit)}, Floor: j.Floor},
		Confidence: 1, Status: calendar.Confirmed,
	}
	if j.Confidence != nil {
		e.Confidence = *j.Confidence
	}
	if j.Status != "" {
		e.Status = calendar.Status(j.Status)
	}
	ok := r.window(j, &e.Window)
	ok = r.recurrence(j, e) && ok
	ok = r.duration("ramp_up", j.RampUp, &e.Ramp.Up) && ok
	ok = r.duration("ramp_down", j.RampDown, &e.Ramp.Down) && ok
	selector, err := calendar.ParseSelector(j.Workloads)
	if err != nil {
		ok = r.fail("workloads", BadValue, j.Workloads, "labels such as team=payments tier=gold|silver", "Write each label as KEY=VALUE.")
	}
	e.Scope.Workloads = selector
	return e, ok
}

func (r *jsonReader) window(j jsonEvent, w *calendar.Window) bool {
	w.AllDay = j.AllDay
	ok := r.wall("start", j.Start, &w.Start)
	ok = r.wall("end", j.End, &w.End) && ok
	switch {
	case j.Zone != "":
		zone, err := r.b.zones.of(j.Zone)
		if err != nil {
			return r.fail("timezone", UnknownZone, j.Zone, zoneExpected, sentence(zoneRepair(err)))
		}
		w.Zone = zone
	case r.o.Zone != nil:
		w.Zone = r.o.Zone
	default:
		r.zoneless = true
		return false
	}
	return ok
}

func (r *jsonReader) wall(field, text string, to *calendar.Wall) bool {
	if text == "" {
		return r.fail(field, Missing, "", "a clock such as 2026-03-29T20:30", "Write date and time.")
	}
	w, err := calendar.ParseWall(text)
	if err != nil {
		return r.fail(field, BadDate, text, "a clock such as 2026-03-29T20:30", "Write date and time of the time zone, without an offset.")
	}
	*to = w
	return true
}

func (r *jsonReader) recurrence(j jsonEvent, e *calendar.Event) bool {
	rule, ok := r.rule(j.Recurrence, e.Window)
	lists := [2][]calendar.Wall{make([]calendar.Wall, len(j.Also)), make([]calendar.Wall, len(j.Except))}
	for i, text := range j.Also {
		ok = r.wall("also", text, &lists[0][i]) && ok
	}
	for i, text := range j.Except {
		ok = r.wall("except", text, &lists[1][i]) && ok
	}
	moved := make([]calendar.Move, len(j.Moved))
	for i, m := range j.Moved {
		ok = r.wall("moved", m.From, &moved[i].From) && ok
		ok = r.wall("moved", m.Start, &moved[i].Start) && ok
		ok = r.wall("moved", m.End, &moved[i].End) && ok
	}
	if ok {
		e.Recurrence = calendar.NewRecurrence(rule, lists[0], lists[1], moved)
	}
	return ok
}

// rule reads a rule. What depends on the start is not judged where that is not
// known.
func (r *jsonReader) rule(text string, w calendar.Window) (calendar.Rule, bool) {
	if text == "" {
		return calendar.Rule{}, true
	}
	windowed := w.Zone != nil && w.Start != calendar.Wall{}
	if !windowed {
		w.Start, w.Zone = calendar.Date(2026, time.January, 1), time.UTC
	}
	rule, err := r.b.rules.parse(text, w.Start, w.Zone)
	if err == nil || !windowed && startDecides(err) {
		return rule, true
	}
	return rule, r.fail("recurrence", ruleCode(err), text, ruleExpected(err), ruleRepair(err, "Write a rule of RFC 5545."))
}

func (r *jsonReader) duration(field, text string, to *time.Duration) bool {
	if text == "" {
		return true
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return r.fail(field, BadValue, text, "a duration such as 30m or 1h30m", "Write the duration with its unit.")
	}
	*to = d
	return true
}
