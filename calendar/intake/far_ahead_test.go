package intake_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar/intake"
)

// Hourly rules that begin in years are as cheap as those that begin now.
func TestHourlyRulesThatBeginFarAheadAreCheap(t *testing.T) {
	for _, start := range []string{"2026-12-24", "2027-06-01", "2028-06-01"} {
		var b strings.Builder
		b.WriteString("id,title,start,end,timezone,multiplier,recurrence\n")
		for i := range 16 {
			fmt.Fprintf(&b, "h%d,Hourly %d,%s 10:%02d,%s 10:59,Europe/Malta,2,FREQ=HOURLY\n", i, i, start, i%50, start)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r := intake.Read([]byte(b.String()), intake.Options{Now: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)})
		runtime.ReadMemStats(&after)
		if len(r.Events) != 16 {
			t.Fatalf("%d events, want 16: %v", len(r.Events), r.Errors)
		}
		if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 600 {
			t.Errorf("16 hourly rules from %s on take %d MB", start, took)
		}
	}
}
