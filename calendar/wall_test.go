package calendar_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the same rules on every machine

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/calendar"
)

func zone(t rapid.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func wall(t rapid.TB, text string) calendar.Wall {
	t.Helper()
	w, err := calendar.ParseWall(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

const (
	once  = calendar.Once
	twice = calendar.Twice
	never = calendar.Never
)

func TestWallIn(t *testing.T) {
	for _, c := range []struct {
		zone, wall       string
		kind             calendar.Kind
		earliest, latest string // in UTC; latest where it differs
	}{
		// Put forward at 02:00, back at 03:00.
		{"Europe/Berlin", "2026-03-29T01:59:59", once, "2026-03-29T00:59:59Z", ""},
		{"Europe/Berlin", "2026-03-29T02:00", never, "2026-03-29T01:00:00Z", ""},
		{"Europe/Berlin", "2026-03-29T02:30", never, "2026-03-29T01:30:00Z", ""},
		{"Europe/Berlin", "2026-03-29T02:59:59", never, "2026-03-29T01:59:59Z", ""},
		{"Europe/Berlin", "2026-03-29T03:00", once, "2026-03-29T01:00:00Z", ""},
		{"Europe/Berlin", "2026-10-25T01:59:59", once, "2026-10-24T23:59:59Z", ""},
		{"Europe/Berlin", "2026-10-25T02:00", twice, "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"},
		{"Europe/Berlin", "2026-10-25T02:59:59", twice, "2026-10-25T00:59:59Z", "2026-10-25T01:59:59Z"},
		{"Europe/Berlin", "2026-10-25T03:00", once, "2026-10-25T02:00:00Z", ""},
		{"Europe/Malta", "2027-03-28T02:30", never, "2027-03-28T01:30:00Z", ""},
		{"Europe/Malta", "2027-10-31T02:30", twice, "2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"},
		// time.Date takes the first here, and the second in Berlin.
		{"America/New_York", "2026-03-08T02:30", never, "2026-03-08T07:30:00Z", ""},
		{"America/New_York", "2026-03-08T03:00", once, "2026-03-08T07:00:00Z", ""},
		{"America/New_York", "2026-11-01T00:59:59", once, "2026-11-01T04:59:59Z", ""},
		{"America/New_York", "2026-11-01T01:00", twice, "2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z"},
		{"America/New_York", "2026-11-01T02:00", once, "2026-11-01T07:00:00Z", ""},
		{"Europe/London", "2026-03-29T01:00", never, "2026-03-29T01:00:00Z", ""},
		{"Europe/London", "2026-10-25T01:30", twice, "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"},
		// Half an hour.
		{"Australia/Lord_Howe", "2026-04-05T01:29:59", once, "2026-04-04T14:29:59Z", ""},
		{"Australia/Lord_Howe", "2026-04-05T01:30", twice, "2026-04-04T14:30:00Z", "2026-04-04T15:00:00Z"},
		{"Australia/Lord_Howe", "2026-04-05T01:59:59", twice, "2026-04-04T14:59:59Z", "2026-04-04T15:29:59Z"},
		{"Australia/Lord_Howe", "2026-04-05T02:00", once, "2026-04-04T15:30:00Z", ""},
		{"Australia/Lord_Howe", "2026-10-04T02:00", never, "2026-10-03T15:30:00Z", ""},
		{"Australia/Lord_Howe", "2026-10-04T02:30", once, "2026-10-03T15:30:00Z", ""},
		// A day that was left out.
		{"Pacific/Apia", "2011-12-29T23:59:59", once, "2011-12-30T09:59:59Z", ""},
		{"Pacific/Apia", "2011-12-30T00:00", never, "2011-12-30T10:00:00Z", ""},
		{"Pacific/Apia", "2011-12-30T23:59:59", never, "2011-12-31T09:59:59Z", ""},
		{"Pacific/Apia", "2011-12-31T00:00", once, "2011-12-30T10:00:00Z", ""},
		{"Pacific/Kwajalein", "1993-08-20T23:59:59", once, "1993-08-21T11:59:59Z", ""},
		{"Pacific/Kwajalein", "1993-08-21T12:00", never, "1993-08-22T00:00:00Z", ""},
		{"Pacific/Kwajalein", "1993-08-22T00:00", once, "1993-08-21T12:00:00Z", ""},
		// Days without a midnight.
		{"Asia/Beirut", "2026-03-29T00:00", never, "2026-03-28T22:00:00Z", ""},
		{"Asia/Beirut", "2026-03-29T01:00", once, "2026-03-28T22:00:00Z", ""},
		{"America/Santiago", "2026-09-06T00:00", never, "2026-09-06T04:00:00Z", ""},
		{"America/Asuncion", "2023-10-01T00:30", never, "2023-10-01T04:30:00Z", ""},
		// Rules that changed: no more moving of clocks from here on.
		{"America/Asuncion", "2025-10-05T00:30", once, "2025-10-05T03:30:00Z", ""},
		{"America/Sao_Paulo", "2018-11-04T00:30", never, "2018-11-04T03:30:00Z", ""},
		{"America/Sao_Paulo", "2019-11-03T00:30", once, "2019-11-03T03:30:00Z", ""},
		{"Europe/Istanbul", "2015-11-08T03:30", twice, "2015-11-08T00:30:00Z", "2015-11-08T01:30:00Z"},
		{"Europe/Istanbul", "2016-10-30T03:30", once, "2016-10-30T00:30:00Z", ""},
		// The offset itself changed.
		{"Asia/Almaty", "2024-02-29T22:59:59", once, "2024-02-29T16:59:59Z", ""},
		{"Asia/Almaty", "2024-02-29T23:30", twice, "2024-02-29T17:30:00Z", "2024-02-29T18:30:00Z"},
		{"Asia/Almaty", "2024-03-01T00:00", once, "2024-02-29T19:00:00Z", ""},
		// Clocks are put back for Ramadan.
		{"Africa/Casablanca", "2026-02-15T02:30", twice, "2026-02-15T01:30:00Z", "2026-02-15T02:30:00Z"},
		{"Africa/Casablanca", "2026-03-22T02:30", never, "2026-03-22T02:30:00Z", ""},
		{"Asia/Kolkata", "2026-03-29T02:30", once, "2026-03-28T21:00:00Z", ""},
		{"UTC", "2026-03-29T02:30", once, "2026-03-29T02:30:00Z", ""},
	} {
		if c.latest == "" {
			c.latest = c.earliest
		}
		r := wall(t, c.wall).In(zone(t, c.zone))
		earliest, latest := r.Earliest.UTC().Format(time.RFC3339), r.Latest.UTC().Format(time.RFC3339)
		if r.Kind != c.kind || earliest != c.earliest || latest != c.latest {
			t.Errorf("%s in %s is %d, %s to %s; want %d, %s to %s", c.wall, c.zone, r.Kind, earliest, latest, c.kind, c.earliest, c.latest)
		}
	}
}

// zones are those whose clocks do what others' do not.
func zones() []string {
	return []string{
		"UTC", "Europe/Malta", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Beirut",
		"America/Santiago", "America/Asuncion", "Africa/Casablanca", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham",
		"America/St_Johns", "Africa/Cairo", "Asia/Gaza", "Antarctica/Troll", "America/Nuuk", "Asia/Almaty",
	}
}

// nearMove draws an instant within some hours of one at which a zone's clocks
// are moved, where it ever is.
func nearMove(t *rapid.T, zone *time.Location, hours int) time.Time {
	at := time.Date(2005, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 30*365).Draw(t, "day")).In(zone)
	if _, ends := at.ZoneBounds(); !ends.IsZero() {
		at = ends
	}
	return at.Add(time.Duration(rapid.IntRange(-60*hours, 60*hours).Draw(t, "minutes")) * time.Minute)
}

// shown looks at the clock in a zone, minute by minute for four days: when it
// shows w, and from when on it shows more.
func shown(w calendar.Wall, z *time.Location) (at []time.Time, later time.Time) {
	for t := w.Digits().Add(-48 * time.Hour); t.Before(w.Digits().Add(48 * time.Hour)); t = t.Add(time.Minute) {
		switch shows := calendar.WallOf(t.In(z)); {
		case shows == w:
			at = append(at, t)
		case w.Before(shows) && later.IsZero():
			later = t
		}
	}
	return at, later
}

func TestWallInEqualsLookingAtTheClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones()).Draw(t, "zone"))
		w := calendar.WallOf(nearMove(t, z, 30)).Add(time.Duration(rapid.IntRange(-90, 90).Draw(t, "hands")) * time.Minute)
		at, later := shown(w, z)
		want := calendar.Reading{Kind: once}
		switch len(at) {
		case 0: // as if the clock before the gap went on
			last := later.Add(-time.Minute)
			want = calendar.Reading{Earliest: last.Add(w.Sub(calendar.WallOf(last.In(z)))), Kind: never}
			want.Latest = want.Earliest
		case 1:
			want.Earliest, want.Latest = at[0], at[0]
		default:
			want = calendar.Reading{Earliest: at[0], Latest: at[len(at)-1], Kind: twice}
		}
		if r := w.In(z); r.Kind != want.Kind || !r.Earliest.Equal(want.Earliest) || !r.Latest.Equal(want.Latest) {
			t.Fatalf("%s in %s is %+v, want %+v", w, z, r, want)
		}
	})
}

func TestParseWall(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"2026-03-29T02:30", "2026-03-29T02:30"},
		{"2026-03-29 02:30", "2026-03-29T02:30"},
		{"2026-03-29T02:30:00", "2026-03-29T02:30"},
		{"2026-03-29 02:30:59", "2026-03-29T02:30:59"},
		{"2026-03-29", "2026-03-29T00:00"},
		{"2026-03-29T00:00", "2026-03-29T00:00"},
		{"2026-03-29T23:59:59", "2026-03-29T23:59:59"},
		{"2026-03-29T24:00", "2026-03-30T00:00"},
		{"2026-12-31 24:00:00", "2027-01-01T00:00"},
		{"2028-02-28T24:00", "2028-02-29T00:00"},
		{"2028-02-29", "2028-02-29T00:00"},
		{"2027-02-29", ""},
		{"2026-03-29T24:01", ""},
		{"2026-03-29T24:00:01", ""},
		{"2026-03-29T25:00", ""},
		{"2026-03-29T23:60", ""},
		{"2026-03-29T23:59:60", ""},
		{"2026-02-29T24:00", ""},
		{"2026-13-01", ""},
		{"2026-3-29", ""},
		{"29/03/2026", ""},
		{"2026-03-29T02:30Z", ""},
		{"2026-03-29T02:30+01:00", ""},
		{"2026-03-29T02:30:00.5", ""},
		{"2026-03-29?24:00", ""},
		{" 2026-03-29", ""},
		{"", ""},
	} {
		w, err := calendar.ParseWall(c.text)
		switch {
		case c.want == "" && err == nil:
			t.Errorf("%q is %s, want an error", c.text, w)
		case c.want != "" && (err != nil || w.String() != c.want):
			t.Errorf("%q is %s (%v), want %s", c.text, w, err, c.want)
		}
	}
}

func FuzzParseWall(f *testing.F) {
	for _, seed := range []string{"2026-03-29T02:30", "2026-03-29 24:00:00", "2028-02-29", "9999-12-31T24:00", "0000-01-01"} {
		f.Add(seed)
	}
	berlin := zone(f, "Europe/Berlin")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := calendar.ParseWall(text)
		if err != nil {
			return
		}
		if r := w.In(berlin); r.Latest.Before(r.Earliest) {
			t.Errorf("%s is %+v", w, r)
		}
		if again, err := calendar.ParseWall(w.String()); w.Digits().Year() <= 9999 && (err != nil || again != w) {
			t.Errorf("%q is %s, which is read as %s, %v", text, w, again, err)
		}
	})
}

func TestWallArithmeticIsOfHands(t *testing.T) {
	w := calendar.Date(2026, time.March, 29)
	for _, c := range []struct {
		got  calendar.Wall
		want string
	}{
		{w.At(24, 0), "2026-03-30T00:00"},
		{w.At(2, 30), "2026-03-29T02:30"},
		{w.At(20, 15).At(1, 0), "2026-03-29T01:00"},
		{w.Add(3 * time.Hour), "2026-03-29T03:00"}, // though an hour is left out
		{w.AddDays(3), "2026-04-01T00:00"},
		{calendar.Date(2028, time.February, 28).AddDays(1), "2028-02-29T00:00"},
		{calendar.Date(2026, time.February, 29), "2026-03-01T00:00"},
		{w.At(20, 15).Midnight(), "2026-03-29T00:00"},
		{calendar.Date(1969, time.December, 31).At(23, 59).Midnight(), "1969-12-31T00:00"},
	} {
		if c.got.String() != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
	if w.Weekday() != time.Sunday || !w.IsMidnight() || w.At(0, 1).IsMidnight() {
		t.Errorf("%s is a %s, midnight %t", w, w.Weekday(), w.IsMidnight())
	}
}

func TestWindowInstants(t *testing.T) {
	for _, c := range []struct{ name, zone, start, end, begins, ends string }{
		{"a usual evening", "Europe/Malta", "2026-03-21T20:00", "2026-03-21T23:00", "2026-03-21T19:00:00Z", "2026-03-21T22:00:00Z"},
		{"across midnight", "Europe/Malta", "2026-03-21T22:00", "2026-03-22T04:00", "2026-03-21T21:00:00Z", "2026-03-22T03:00:00Z"},
		{"a night of five hours", "Europe/Malta", "2026-03-28T22:00", "2026-03-29T04:00", "2026-03-28T21:00:00Z", "2026-03-29T02:00:00Z"},
		{"a night of seven hours", "Europe/Malta", "2026-10-24T22:00", "2026-10-25T04:00", "2026-10-24T20:00:00Z", "2026-10-25T03:00:00Z"},
		{"a day of 23 hours", "Europe/Malta", "2026-03-29", "2026-03-30", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"a day of 25 hours", "Europe/Malta", "2026-10-25", "2026-10-26", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		{"a day of 23 hours and a half", "Australia/Lord_Howe", "2026-10-04", "2026-10-05", "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z"},
		{"a day without a midnight", "Asia/Beirut", "2026-03-29", "2026-03-30", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"},
		{"a leap day", "Europe/Malta", "2028-02-29", "2028-03-01", "2028-02-28T23:00:00Z", "2028-02-29T23:00:00Z"},
		{"from a gap", "Europe/Berlin", "2026-03-29T02:30", "2026-03-29T05:00", "2026-03-29T01:30:00Z", "2026-03-29T03:00:00Z"},
		{"into a gap", "Europe/Berlin", "2026-03-29T01:30", "2026-03-29T02:30", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"},
		{"inside a gap", "Europe/Berlin", "2026-03-29T02:15", "2026-03-29T02:45", "2026-03-29T01:15:00Z", "2026-03-29T01:45:00Z"},
		{"from a gap to its end", "Europe/Berlin", "2026-03-29T02:30", "2026-03-29T03:00", "2026-03-29T01:30:00Z", "2026-03-29T02:00:00Z"},
		{"from a gap to before its end's clock", "Europe/Berlin", "2026-03-29T02:30", "2026-03-29T03:15", "2026-03-29T01:30:00Z", "2026-03-29T02:15:00Z"},
		{"the longest reading", "Europe/Berlin", "2026-10-25T02:00", "2026-10-25T02:30", "2026-10-25T00:00:00Z", "2026-10-25T01:30:00Z"},
		{"a day that was left out", "Pacific/Apia", "2011-12-30", "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
		{"a week with it", "Pacific/Apia", "2011-12-26", "2012-01-02", "2011-12-26T10:00:00Z", "2012-01-01T10:00:00Z"},
	} {
		w := calendar.Window{Start: wall(t, c.start), End: wall(t, c.end), Zone: zone(t, c.zone)}
		start, end := w.Instants()
		if got := [2]string{start.UTC().Format(time.RFC3339), end.UTC().Format(time.RFC3339)}; got != [2]string{c.begins, c.ends} {
			t.Errorf("%s: got %v, want %s to %s", c.name, got, c.begins, c.ends)
		}
	}
}
