package intake

import (
	"os"
	"strings"
	"testing"

	"github.com/headstart-scaler/headstart/calendar"
)

// A long sheet is kept in a file while it is written; none may stay, or exports
// fill the disk.
func TestALongExportLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	notes := strings.Repeat("As agreed with the studio. ", 300)
	var events []*calendar.Event
	for e := range manyEvents(t, 3000).All() { // 24 MB of notes
		changed := *e
		changed.Notes = notes
		events = append(events, &changed)
	}
	s, err := calendar.NewSchedule(events)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := WriteXLSX(s); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 0 {
		t.Errorf("%d files stay, such as %s", len(left), left[0].Name())
	}
}
