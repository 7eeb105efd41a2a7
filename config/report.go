package config

import (
	"fmt"
	"io"
	"strings"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/workload"
)

// Report is what Check found.
type Report struct {
	// Problems in the order of files and lines.
	Problems Errors
	// Notes are what was not checked, and why.
	Notes []string
	// What was read.
	Files, Policies, ScaledObjects int
	// Schedules are files with events, and Classes those of the events: whoever
	// reads such files adds their problems.
	Schedules []ScheduleText
	Classes   calendar.Classes
}

// Add adds what others found in files that were read.
func (r *Report) Add(problems ...Problem) {
	r.Problems = append(r.Problems, problems...).Sort()
}

// Count is the number of errors and warnings.
func (r Report) Count() (errors, warnings int) {
	for _, p := range r.Problems {
		if p.Severity == workload.Warning {
			warnings++
		} else {
			errors++
		}
	}
	return errors, warnings
}

// ExitCode is 1 when there are errors, 3 when strict and there are warnings,
// and 0 otherwise.
func (r Report) ExitCode(strict bool) int {
	errors, warnings := r.Count()
	switch {
	case errors > 0:
		return 1
	case strict && warnings > 0:
		return 3
	default:
		return 0
	}
}

// WriteTo writes the report for a person.
func (r Report) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, r.String())
	return int64(n), err
}

// String is the report as WriteTo writes it.
func (r Report) String() string {
	var b strings.Builder
	for _, p := range r.Problems {
		b.WriteString(p.Report())
	}
	for _, note := range r.Notes {
		b.WriteString("note: " + note + "\n")
	}
	errors, warnings := r.Count()
	fmt.Fprintf(&b, "%s, %s, %s: %s, %s\n", count(r.Files, "file"), number(r.Policies, "policy", "policies"), count(r.ScaledObjects, "ScaledObject"),
		count(errors, "error"), count(warnings, "warning"))
	return b.String()
}

func count(n int, what string) string { return number(n, what, what+"s") }

func number(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}
