package main

import (
	"fmt"
	"slices"
	"strings"
)

// shownLines is how many events of a kind a difference shows to a person; -o
// json has all.
const shownLines = 100

// text writes a difference for a person: what, when, whom it concerns, and what
// it does to replicas. Lines are at most width wide where that is not 0.
func (d *diff) text(b *strings.Builder, width int) {
	for _, part := range []struct {
		sign, what string
		lines      []diffLine
	}{{"+", "added", d.Added}, {"~", "changed", d.Changed}, {"-", "removed", d.Removed}} {
		if len(part.lines) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n%s %s\n", plural(len(part.lines), "event", "events"), part.what)
		for _, l := range part.lines[:min(len(part.lines), shownLines)] {
			l.text(b, part.sign, width)
		}
		if more := len(part.lines) - shownLines; more > 0 {
			fmt.Fprintf(b, "  … and %d more: -o json has all\n", more)
		}
	}
	if d.estimates() {
		b.WriteString("\n")
		paragraph(b, "", "replicas are those when the event begins, by the demand of now", width)
	}
}

// summary is a difference in one line.
func (d *diff) summary() string {
	return fmt.Sprintf("%d added, %d changed, %d removed", len(d.Added), len(d.Changed), len(d.Removed))
}

func (l diffLine) text(b *strings.Builder, sign string, width int) {
	e := l.stays()
	paragraph(b, "  "+sign+" ", l.title(e), width)
	for _, f := range l.Fields {
		if before, after := l.Before.field(f), l.After.field(f); before != after {
			paragraph(b, "      ", fmt.Sprintf("%s: %s → %s", f, before, after), width)
		}
	}
	switch {
	case len(l.Next) > 0:
		paragraph(b, "      ", l.Next[0].when()+l.then(), width)
	case e.Start != "":
		paragraph(b, "      ", e.window(), width)
	}
	if e.Recurrence != "" {
		paragraph(b, "      ", "repeats: "+e.Recurrence, width)
	}
	paragraph(b, "      ", e.does(), width)
	if l.Seen != "" {
		paragraph(b, "      ", "note: "+l.Seen, width)
	}
	for _, r := range l.Replicas {
		paragraph(b, "      ", r.text(), width)
	}
}

// text is a workload's replicas before and after.
func (r replicaChange) text() string {
	text := fmt.Sprintf("%s %d → %d replicas", r.Workload, r.Before, r.After)
	if r.Wanted > 0 {
		text += fmt.Sprintf(", its maximum: %d would be needed", r.Wanted)
	}
	return text
}

// estimates reports whether a line says something of replicas.
func (d *diff) estimates() bool {
	says := func(l diffLine) bool { return len(l.Replicas) > 0 }
	return slices.ContainsFunc(d.Added, says) || slices.ContainsFunc(d.Changed, says) || slices.ContainsFunc(d.Removed, says)
}

func (l diffLine) title(e event) string {
	text := e.ID + "  " + e.Title
	if e.Class != "" {
		text += " (" + e.Class + ")"
	}
	return text
}

// then is when an event takes place after the first time.
func (l diffLine) then() string {
	if len(l.Next) < 2 {
		return ""
	}
	var days []string
	for _, o := range l.Next[1:] {
		_, start := o.local()
		days = append(days, dated(start))
	}
	return ", then " + strings.Join(days, ", ")
}

// window is when an event takes place for the first time, on its own clock.
func (e event) window() string {
	text, _ := occurrence{LocalStart: e.Start, LocalEnd: e.End}.local()
	return text + " " + e.Timezone
}

// doubt is what makes an event less than sure.
func (e event) doubt() string {
	var text string
	if e.Status != "" && e.Status != "confirmed" {
		text += ", " + e.Status
	}
	if e.Confidence != 0 && e.Confidence != 1 {
		text += fmt.Sprintf(", %.0f%% sure", e.Confidence*100)
	}
	return text
}

// field is what an event has in a field that a difference names.
func (e *event) field(name string) string {
	if e == nil {
		return "nothing"
	}
	value := ""
	switch name {
	case "title":
		value = e.Title
	case "class":
		value = e.Class
	case "start":
		value = clockText(e.Start)
	case "end":
		value = clockText(e.End)
	case "timezone":
		value = e.Timezone
	case "all_day":
		value = map[bool]string{true: "yes", false: "no"}[e.AllDay]
	case "recurrence":
		value = e.repetition()
	case "brand":
		value = strings.Join(e.Brands, ", ")
	case "market":
		value = strings.Join(e.Markets, ", ")
	case "region":
		value = strings.Join(e.Regions, ", ")
	case "impact":
		value = e.effect()
	default:
		value = e.otherField(name)
	}
	if value == "" {
		return "nothing"
	}
	return value
}

func (e *event) otherField(name string) string {
	switch name {
	case "workloads":
		return e.Workloads
	case "confidence":
		return fmt.Sprintf("%.6g%%", e.Confidence*100)
	case "ramp_up":
		return e.RampUp
	case "ramp_down":
		return e.RampDown
	case "status":
		return e.Status
	case "owner":
		return e.Owner
	case "notes":
		return e.Notes
	default:
		return ""
	}
}

// repetition is when an event is repeated, with the exceptions.
func (e *event) repetition() string {
	var parts []string
	if e.Recurrence != "" {
		parts = append(parts, e.Recurrence)
	}
	for _, p := range []struct {
		what  string
		dates []string
	}{{"also", e.Extra}, {"except", e.Except}, {"moved", e.moves()}} {
		if len(p.dates) > 0 {
			parts = append(parts, p.what+" "+strings.Join(p.dates, ", "))
		}
	}
	return strings.Join(parts, "; ")
}

func (e *event) moves() []string {
	return slices.Collect(func(yield func(string) bool) {
		for _, m := range e.Moved {
			if !yield(clockText(m.From) + " to " + clockText(m.Start)) {
				return
			}
		}
	})
}

// clockText is a clock of the API for a person: with the day of the week.
func clockText(text string) string {
	t, err := parseClock(text)
	if err != nil {
		return text
	}
	return dated(t) + " " + clockTime(t)
}

// paragraph writes a text behind a margin, in as many lines as it takes.
func paragraph(b *strings.Builder, margin, text string, width int) {
	blank := strings.Repeat(" ", cells(margin))
	b.WriteString(margin + wrapped(printable(text), max(0, width-cells(margin)), blank) + "\n")
}
