package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	_ "time/tzdata" // the same zones on every machine

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
)

// zoneNamed is the zone of a flag; nil where there is none.
func zoneNamed(name string) (*time.Location, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // no zone is an answer
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, fmt.Errorf("--timezone %q is no time zone such as Europe/Malta", name)
	}
	return zone, nil
}

// replaced is the range of --replace: instants, or dates and clocks in
// --timezone. A date as its end is part of it.
func (u *upload) replaced() (from, to string, err error) {
	first, last, ok := strings.Cut(u.replace, "..")
	if !ok {
		return "", "", fmt.Errorf("--replace %q is not FROM..TO, such as 2026-12-01..2026-12-31", u.replace)
	}
	start, _, err := u.bound(first)
	if err != nil {
		return "", "", err
	}
	end, isDate, err := u.bound(last)
	if err != nil {
		return "", "", err
	}
	if isDate {
		end = end.AddDate(0, 0, 1)
	}
	if !start.Before(end) {
		return "", "", fmt.Errorf("--replace %q ends before it begins", u.replace)
	}
	return start.UTC().Format(time.RFC3339), end.UTC().Format(time.RFC3339), nil
}

// bound is one end of --replace.
func (u *upload) bound(text string) (at time.Time, isDate bool, err error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, false, nil
	}
	clock, err := parseClock(text)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("--replace: %w such as 2026-12-01, or 2026-12-01T20:00:00Z", err)
	}
	zone, err := zoneNamed(u.zone)
	switch {
	case err != nil:
		return time.Time{}, false, err
	case zone == nil:
		return time.Time{}, false, errors.New("--replace with dates needs their zone: --timezone Europe/Malta, or write instants such as 2026-12-01T00:00:00Z")
	}
	y, m, d := clock.Date()
	return time.Date(y, m, d, clock.Hour(), clock.Minute(), clock.Second(), 0, zone), !strings.Contains(text, ":"), nil
}

// parsed is the file as it is read here.
func (u *upload) parsed() intake.Result {
	zone, _ := zoneNamed(u.zone) // it was looked at before
	return intake.Read(u.data, intake.Options{
		Zone: zone, DateOrder: intake.DateOrder(u.dateOrder), Columns: u.headers, Now: time.Now(),
	})
}

// readHere checks the file as a server would, and compares it with nothing.
func (u *upload) readHere() *imported {
	r := u.parsed()
	im := &imported{
		Offline: true, Mode: u.query.Get("mode"), Format: string(r.Format), DateOrder: string(r.Order), Columns: r.Columns,
		Errors: r.Errors, Warnings: r.Warnings,
		EventsRead: len(r.Events), ErrorsOmitted: r.ErrorsOmitted, WarningsOmitted: r.WarningsOmitted,
	}
	for _, e := range r.Events {
		im.Events = append(im.Events, eventOf(e))
	}
	im.whole()
	return im
}

// eventOf is an event as the API writes it.
func eventOf(e *calendar.Event) event {
	out := event{
		ID: e.ID, Title: e.Title, Class: e.Class,
		Start: e.Window.Start.String(), End: e.Window.End.String(), Timezone: e.Window.Zone.String(), AllDay: e.Window.AllDay,
		Recurrence: e.Recurrence.Rule().String(), Extra: clocksOf(e.Recurrence.Extra()), Except: clocksOf(e.Recurrence.Left()),
		Brands: e.Scope.Brands, Markets: e.Scope.Markets, Regions: e.Scope.Regions, Workloads: e.Scope.Workloads.String(),
		Multiplier: e.Impact.Multiplier, ExpectedPeak: e.Impact.Peak.Value, Unit: string(e.Impact.Peak.Unit), Floor: int(e.Impact.Floor),
		Confidence: e.Confidence, RampUp: secondsOf(e.Ramp.Up), RampDown: secondsOf(e.Ramp.Down),
		Status: string(e.Status), Owner: e.Owner, Notes: e.Notes,
	}
	for _, m := range e.Recurrence.Moved() {
		out.Moved = append(out.Moved, move{m.From.String(), m.Start.String(), m.End.String()})
	}
	return out
}

func clocksOf(walls []calendar.Wall) []string {
	var texts []string
	for _, w := range walls {
		texts = append(texts, w.String())
	}
	return texts
}

// secondsOf is a duration as JSON of protocol buffers writes it: 1800s.
func secondsOf(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%gs", d.Seconds())
}

// template writes the template, which is the same on every server.
func (d *download) template(out io.Writer, said bool) error {
	if err := d.settle(out, said, "csv", "xlsx"); err != nil {
		return err
	}
	data := intake.TemplateCSV()
	if d.format == "xlsx" {
		var err error
		if data, err = intake.TemplateXLSX(); err != nil {
			return fmt.Errorf("make the template: %w", err)
		}
	}
	return d.write(out, data)
}
