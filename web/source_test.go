package web

import (
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/pipeline"
)

// The table of sources says what the log says, at once and with the reason.
func TestASilentSourceSaysWhy(t *testing.T) {
	at := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		health pipeline.SourceHealth
		mark   string
		reason string
	}{
		"silent since a second": {
			pipeline.SourceHealth{Queries: 2, Answered: at.Add(-time.Second), Silent: true, Reason: "connection refused"}, "silent", "connection refused",
		},
		"answering": {pipeline.SourceHealth{Queries: 2, Answered: at}, "answering", ""},
		"late":      {pipeline.SourceHealth{Queries: 2, Answered: at, Late: true}, "late", ""},
	} {
		row := sourceRows([]pipeline.SourceHealth{c.health}, at, 30*time.Second)[0]
		if row.Marks[0].Text != c.mark || row.Reason != c.reason {
			t.Errorf("%s: %q with reason %q, want %q and %q", name, row.Marks[0].Text, row.Reason, c.mark, c.reason)
		}
	}
}
