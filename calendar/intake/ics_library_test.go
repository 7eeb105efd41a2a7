package intake_test

import (
	"bytes"
	"testing"

	ics "github.com/arran4/golang-ical"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
)

// A third library finds in our file the events that stand there, text for text.
// It expands no rules and takes no part in reading: it knows no lines, and one
// broken line is the end of a file for it.
func TestALibraryReadsWhatIsWritten(t *testing.T) {
	s := forOthers(t)
	cal, err := ics.ParseCalendar(bytes.NewReader(intake.WriteICS(s, made())))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, v := range cal.Events() {
		e, ok := s.Event(v.Id())
		if !ok {
			t.Errorf("it finds %q", v.Id())
			continue
		}
		readsTexts(t, v, e)
		if !v.HasProperty(ics.ComponentPropertyRecurrenceId) {
			seen[e.ID] = true
			readsTimes(t, v, e)
		}
	}
	if len(seen) != s.Len() {
		t.Errorf("it finds %d of %d events", len(seen), s.Len())
	}
}

func readsTexts(t *testing.T, v *ics.VEvent, e *calendar.Event) {
	if p := v.GetProperty(ics.ComponentPropertySummary); p == nil || p.Value != e.Title {
		t.Errorf("%s: it reads the title %v, want %q", e.ID, p, e.Title)
	}
	if p := v.GetProperty(ics.ComponentPropertyDescription); e.Notes != "" && (p == nil || p.Value != e.Notes) {
		t.Errorf("%s: it reads the notes %v, want %q", e.ID, p, e.Notes)
	}
}

// readsTimes compares times; of days the library makes times of UTC.
func readsTimes(t *testing.T, v *ics.VEvent, e *calendar.Event) {
	if e.Window.AllDay {
		return
	}
	wantStart, wantEnd := e.Window.Instants()
	if start, err := v.GetStartAt(); err != nil || !start.Equal(wantStart) {
		t.Errorf("%s starts at %s (%v), want %s", e.ID, start, err, wantStart)
	}
	if end, err := v.GetEndAt(); err != nil || !end.Equal(wantEnd) {
		t.Errorf("%s ends at %s (%v), want %s", e.ID, end, err, wantEnd)
	}
}

// What the library makes is read: its folds are of another length, and its
// times are all in UTC.
func TestWhatALibraryMakesIsRead(t *testing.T) {
	cal := ics.NewCalendarFor("Promotions")
	s := forOthers(t)
	for e := range s.All() {
		start, end := e.Window.Instants()
		v := cal.AddEvent(e.ID)
		v.SetDtStampTime(made())
		v.SetStartAt(start)
		v.SetEndAt(end)
		v.SetSummary(e.Title)
		v.SetDescription("multiplier: 2\n" + e.Notes)
	}
	r := intake.Read([]byte(cal.Serialize()), intake.Options{Now: judged()})
	if !r.OK() || len(r.Events) != s.Len() {
		t.Fatalf("%d events, errors %v", len(r.Events), r.Errors)
	}
	for _, e := range r.Events {
		want, ok := s.Event(e.ID)
		if !ok {
			t.Fatalf("read %q", e.ID)
		}
		start, end := e.Window.Instants()
		wantStart, wantEnd := want.Window.Instants()
		if e.Title != want.Title || e.Notes != want.Notes || !start.Equal(wantStart) || !end.Equal(wantEnd) || e.Impact.Multiplier != 2 {
			t.Errorf("read %s\nwant %s", shown(e), shown(want))
		}
	}
}
