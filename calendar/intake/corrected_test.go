package intake_test

import (
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar/intake"
)

// corrected reads a file and gives it back.
func corrected(t *testing.T, file string) (string, error) {
	t.Helper()
	back, err := intake.Corrected([]byte(file), intake.Read([]byte(file), intake.Options{Zone: time.UTC, Now: judged()}))
	return string(back), err
}

// A table beyond a limit was not read to its end: it is not given back.
func TestATableBeyondALimitIsNotGivenBack(t *testing.T) {
	for name, file := range map[string]string{
		"cell":    "title,start\n" + strings.Repeat("x", 40_000) + ",2027-01-01\n",
		"columns": "title,start\n" + strings.Repeat("x,", 300) + "\n",
		"rows":    "title,start\n" + strings.Repeat("Cup,2027-01-01\n", 120_001),
	} {
		if back, err := corrected(t, file); err == nil {
			t.Errorf("%s: %d bytes are given back", name, len(back))
		}
	}
}
