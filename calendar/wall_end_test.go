package calendar

import (
	"testing"
	"time"
)

// The zone data that Go reads ends the offset of the last day of a leap year
// before it began (2040, 2044, …): reading a clock there never came back.
func TestTheLastDayOfALeapYearFarAheadIsRead(t *testing.T) {
	for _, name := range []string{"Europe/Malta", "America/New_York", "Australia/Lord_Howe", "Europe/London", "Asia/Beirut"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for year := 2036; year <= 2200; year++ {
			for _, w := range []Wall{Date(year, time.December, 30), Date(year, time.December, 31).At(12, 0), Date(year, time.December, 31).At(23, 59), Date(year+1, time.January, 1), Date(year+1, time.January, 2)} {
				d := w.Digits()
				want := time.Date(d.Year(), d.Month(), d.Day(), d.Hour(), d.Minute(), 0, 0, zone)
				if r := w.In(zone); r.Kind != Once || !r.Earliest.Equal(want) || !r.Latest.Equal(want) {
					t.Errorf("%s in %s is %+v, want %s once", w, name, r, want)
				}
			}
		}
	}
}
