package intake_test

import (
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar/intake"
)

// What stands after the digits of a multiplier or a floor is read or refused,
// and never left out: 5-10 is not 5.
func TestNoPartOfANumberIsLeftOut(t *testing.T) {
	for _, column := range []string{"multiplier", "floor"} {
		for _, text := range []string{"5-10", "2 to 4", "1_000", "30%", "3 requests/s", "2h", "2.5 to 3"} {
			r := intake.Read([]byte("id,title,start,end,timezone,"+column+"\na,A,2027-05-01 10:00,2027-05-01 11:00,UTC,"+text+"\n"),
				intake.Options{Now: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)})
			if len(r.Errors) == 0 || r.Errors[0].Column != column {
				t.Errorf("%s %q: errors %v", column, text, r.Errors)
			}
		}
	}
	for text, want := range map[string]float64{"x3": 3, "3x": 3, "×2,5": 2.5, "3 times": 3, "1.2E+01": 12} {
		r := intake.Read([]byte("id;title;start;end;timezone;multiplier\na;A;2027-05-01 10:00;2027-05-01 11:00;UTC;"+text+"\n"),
			intake.Options{Now: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)})
		if !r.OK() || r.Events[0].Impact.Multiplier != want {
			t.Errorf("%q: %v, want %g", text, r.Errors, want)
		}
	}
}
