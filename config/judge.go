package config

import (
	"fmt"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/config/internal/document"
	"github.com/headstart-scaler/headstart/workload"
)

// judge holds one document's fields against one another, after each has been
// decoded by itself.
type judge struct {
	doc *document.Document
	// decoded are the problems found while decoding: what they concern is not
	// judged again.
	decoded Errors
	errors  Errors
	// warnings are what a review is told, and nobody else.
	warnings Errors
}

// refuse tells that a field is wrong.
func (j *judge) refuse(path, message, fix string) {
	if j.fine(path) {
		j.errors = append(j.errors, j.doc.Problem(workload.Error, "value", path, message, fix))
	}
}

// warn tells that a field works and does not do what its author hoped for.
func (j *judge) warn(path, message, fix string) {
	if j.fine(path) {
		j.warnings = append(j.warnings, j.doc.Problem(workload.Warning, "value", path, message, fix))
	}
}

// fine reports whether fields were decoded without a problem in them, around
// them or below them.
func (j *judge) fine(paths ...string) bool {
	for _, p := range j.decoded {
		if p.Path == "" {
			return false // the document as a whole
		}
		for _, path := range paths {
			if within(p.Path, path) || within(path, p.Path) {
				return false
			}
		}
	}
	return true
}

// within reports whether a path is another or lies below it.
func within(path, of string) bool {
	rest, ok := strings.CutPrefix(path, of)
	return ok && of != "" && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// between bounds a duration, both ends included.
func (j *judge) between(path string, d, least, most time.Duration) {
	if d < least || d > most {
		j.refuse(path, "found "+short(d), fmt.Sprintf("Write a duration from %s to %s.", short(least), short(most)))
	}
}

// short writes a duration without its zero parts: 5m and not 5m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// label wants the name of a policy, signal or source to be a DNS label.
func (j *judge) label(path, name string) {
	if name == "" && !j.doc.Has(path) {
		return // told as missing
	}
	if !workload.IsDNSLabel(name) {
		j.refuse(path, fmt.Sprintf("found %.80q", name), "Write lower-case letters, digits and '-', at most 63, with a letter or digit at both ends.")
	}
}

// oneOf lists choices: a, b or c.
func oneOf(choices []string) string {
	if len(choices) < 2 {
		return strings.Join(choices, "")
	}
	last := len(choices) - 1
	return strings.Join(choices[:last], ", ") + " or " + choices[last]
}

// didYouMean turns a near miss into the repair, or falls back.
func didYouMean(word string, known []string, otherwise string) string {
	if near := workload.Nearest(word, known); near != "" {
		return "Did you mean " + near + "?"
	}
	return otherwise
}
