package main

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/headstart-scaler/headstart/calendar/intake"
)

func (im *imported) base() string { return strconv.FormatInt(im.BaseVersion, 10) }

// show prints what a file holds and changes; errors in it are an exit code.
func (u *upload) show(out io.Writer, im *imported) error {
	var err error
	if u.output == "json" {
		err = writeJSON(out, im)
	} else {
		_, err = io.WriteString(out, im.text(u.name(), u.replace, terminalWidth(out)))
	}
	if err == nil && len(im.Errors) > 0 {
		return exitError{code: 1}
	}
	return err
}

// showJSON is what programs get where nothing was applied after all.
func (u *upload) showJSON(out io.Writer, im *imported) error {
	if u.output != "json" {
		return nil
	}
	return writeJSON(out, im)
}

// terminalWidth is the width of a terminal, and 0 where out is none.
func terminalWidth(out io.Writer) int {
	if width := columns(out); width != nil {
		return width()
	}
	return 0
}

// text is the whole report for a person: the file, errors, warnings, difference.
func (im *imported) text(name, replaced string, width int) string {
	var b strings.Builder
	paragraph(&b, "", im.headline(name), width)
	paragraph(&b, "", im.modeText(replaced), width)
	im.problems(&b, true, width)
	im.problems(&b, false, width)
	switch {
	case len(im.Errors) > 0:
		b.WriteString("\nNothing can be applied before the errors are mended.\n")
	case im.Offline:
		b.WriteString("\nThe file can be read. What it would change was not looked at: that takes a server.\n")
	case im.Diff.size() == 0:
		fmt.Fprintf(&b, "\nNothing changes: the schedule says all of this already, since version %s or before.\n", im.base())
	default:
		im.Diff.text(&b, width)
		b.WriteString("\n" + im.Diff.summary() + "\n")
	}
	if next := im.nextStep(); next != "" {
		paragraph(&b, "", next, width)
	}
	return b.String()
}

func (im *imported) headline(name string) string {
	text := fmt.Sprintf("%s: %s", name, plural(im.EventsRead, "event", "events"))
	if im.Format != "" {
		text += " (" + im.Format + ")"
	}
	switch {
	case im.Offline:
		text += ", read here and compared with nothing"
	case im.BaseVersion == 0:
		text += ", compared with an empty schedule"
	default:
		text += ", compared with version " + im.base()
	}
	if im.DateOrder != "" {
		text += "; dates are read as " + im.DateOrder
	}
	return text
}

func (im *imported) modeText(replaced string) string {
	if im.Mode == "replace" {
		return "replace: other events that take place within " + replaced + " are removed"
	}
	return "merge: events that are not in the file stay as they are"
}

// problems writes errors or warnings, grouped by what to do about them.
func (im *imported) problems(b *strings.Builder, blocking bool, width int) {
	count, omitted, one, several := len(im.Warnings), im.WarningsOmitted, "warning", "warnings"
	if blocking {
		count, omitted, one, several = len(im.Errors), im.ErrorsOmitted, "error", "errors"
	}
	if count == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", plural(count+omitted, one, several))
	for _, r := range im.Repairs {
		if r.Blocks == blocking {
			r.text(b, width)
		}
	}
	if omitted > 0 {
		fmt.Fprintf(b, "  … and %d more, which the server did not list\n", omitted)
	}
}

func (r repair) text(b *strings.Builder, width int) {
	p := r.example
	what := cmp.Or(p.Found, string(p.Code))
	if p.Expected != "" {
		what = "expected " + p.Expected + ", found " + cmp.Or(p.Found, "nothing")
	}
	if r.Count > 1 {
		what += fmt.Sprintf(", and %d more", r.Count-1)
	}
	paragraph(b, "  ", r.place()+": "+what, width)
	if fix := strings.TrimSpace(r.Fix + " " + r.flag); fix != "" {
		paragraph(b, "      → ", fix, width)
	}
}

func (r repair) place() string {
	var parts []string
	switch {
	case strings.ContainsAny(r.Rows, ",-"):
		parts = append(parts, "rows "+r.Rows)
	case r.Rows != "":
		parts = append(parts, "row "+r.Rows)
	}
	if r.Column != "" {
		parts = append(parts, "column "+r.Column)
	}
	return cmp.Or(strings.Join(parts, ", "), "file")
}

// flagFor is how this command is told what the file does not say. Only tables
// have columns that may be called otherwise.
func (im *imported) flagFor(code intake.Code) string {
	table := im.Format == string(intake.CSV) || im.Format == string(intake.XLSX)
	switch {
	case code == intake.AmbiguousDate:
		return "(--date-order dmy, mdy or ymd)"
	case code == intake.NoZone:
		return "(--timezone Europe/Malta)"
	case table && (code == intake.NoColumn || code == intake.UnknownField):
		return `(--column "HEADER=COLUMN")`
	default:
		return ""
	}
}

// outcome is what became of it, and how it is undone.
func (im *imported) outcome() string {
	if !im.Applied || im.Version == nil {
		return "Nothing was applied: the schedule says all of this already.\n"
	}
	text := fmt.Sprintf("Applied: version %d of the schedule, %s, by %s.\n", im.Version.Number,
		plural(im.Version.Events, "event", "events"), printable(im.Version.Author))
	if im.BaseVersion > 0 && im.BaseVersion < im.Version.Number {
		text += fmt.Sprintf("To undo it: headstart schedule rollback %d --reason TEXT\n", im.BaseVersion)
	}
	return text
}
