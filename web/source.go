package web

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/headstart-scaler/headstart/pipeline"
)

// sourceRow is how one source fares, for the index.
type sourceRow struct {
	Name, Queries, Took, Answered string
	Marks                         []mark
	Errors                        string
	Reason                        string // why it is silent
}

// sourceRows are the sources of a snapshot, seen from its instant. One is silent
// by the log's own verdict, and when it has given no good answer for longer
// than patience.
func sourceRows(sources []pipeline.SourceHealth, at time.Time, patience time.Duration) []sourceRow {
	rows := make([]sourceRow, 0, len(sources))
	for _, h := range sources {
		r := sourceRow{Name: h.Name, Queries: strconv.Itoa(h.Queries), Took: span(h.Took), Errors: errorCounts(h), Answered: "never"}
		quiet := time.Duration(0)
		if !h.Answered.IsZero() {
			quiet = at.Sub(h.Answered)
			r.Answered = span(quiet) + " before"
			if quiet <= 0 {
				r.Answered = "at this tick"
			}
		}
		switch {
		case h.Queries == 0:
			r.Marks = append(r.Marks, mark{"idle", toneQuiet})
		case h.Silent:
			r.Marks = append(r.Marks, mark{"silent", toneBad})
			r.Reason = h.Reason
		case h.Late:
			r.Marks = append(r.Marks, mark{"late", toneWarn})
		case h.Answered.IsZero() || quiet > patience:
			r.Marks = append(r.Marks, mark{"silent", toneBad})
		default:
			r.Marks = append(r.Marks, mark{"answering", toneGood})
		}
		rows = append(rows, r)
	}
	return rows
}

// errorCounts lists how often each condition was met since start.
func errorCounts(h pipeline.SourceHealth) string {
	text := ""
	for _, condition := range slices.Sorted(maps.Keys(h.Errors)) {
		if n := h.Errors[condition]; n > 0 {
			if text != "" {
				text += ", "
			}
			text += strconv.FormatUint(n, 10) + " " + string(condition)
		}
	}
	if text == "" {
		return "none"
	}
	return text
}
