package intake

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

// zoneOf reads one name of a zone.
func zoneOf(name string) (*time.Location, error) { return newZones().of(name) }

func TestZonesAreReadByTheNamesProgramsWrite(t *testing.T) {
	for name, want := range map[string]string{
		"Europe/Malta":                   "Europe/Malta",
		" europe/MALTA ":                 "Europe/Malta",
		"America/New_York":               "America/New_York",
		"US/Eastern":                     "US/Eastern",
		"UTC":                            "UTC",
		"z":                              "UTC",
		"Etc/GMT-2":                      "Etc/GMT-2",
		"W. Europe Standard Time":        "Europe/Berlin",
		"w. europe standard time":        "Europe/Berlin",
		"Pacific Standard Time (Mexico)": "America/Tijuana",
		"UTC+12":                         "Etc/GMT-12",
		"tzone://Microsoft/Utc":          "UTC",
		"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna":       "Europe/Berlin",
		"(GMT+01.00) Amsterdam / Berlin / Bern / Rome / Stockholm / Vienna":  "Europe/Berlin",
		"(UTC+00:00) Dublin, Edinburgh, Lisbon, London":                      "Europe/London",
		"(UTC-05:00) Eastern Time (US & Canada)":                             "America/New_York",
		"/freeassociation.sourceforge.net/Europe/Berlin":                     "Europe/Berlin",
		"/freeassociation.sourceforge.net/Tzfile/America/Indiana/Petersburg": "America/Indiana/Petersburg",
	} {
		zone, err := zoneOf(name)
		if err != nil {
			t.Errorf("%q: %v", name, err)
		} else if zone.String() != want {
			t.Errorf("%q is read as %s, want %s", name, zone, want)
		}
	}
}

func TestZonesNobodyKnowsAreRefusedWithARepair(t *testing.T) {
	for name, repair := range map[string]string{
		"":                         "name a time zone",
		"Europe/Maltta":            "did you mean Europe/Malta?",
		"Malta":                    "did you mean Europe/Malta?",
		"New York":                 "did you mean America/New_York?",
		"W Europe Standard Time":   "did you mean Europe/Berlin?",
		"+02:00":                   "or, for clocks that never are, Etc/GMT-2",
		"UTC+2":                    "Etc/GMT-2",
		"GMT-05:00":                "Etc/GMT+5",
		"+00:00":                   "or UTC",
		"UTC+05:30":                "name a zone such as Europe/Malta",
		"EST":                      "America/New_York",
		"cest":                     "Europe/Berlin",
		"Customized Time Zone":     "export again",
		"tzone://Microsoft/Custom": "export again",
		"Hobart":                   "did you mean Australia/Hobart?",
		"Local":                    "IANA",
		"posix/Europe/Berlin":      "IANA",
		"../../etc/passwd":         "IANA",
		"Factory":                  "IANA",
		"(UTC+01:00)":              "IANA",
		strings.Repeat("x", 9999):  "IANA",
	} {
		zone, err := zoneOf(name)
		wrong, ok := errors.AsType[zoneError](err)
		if !ok {
			t.Errorf("%q is read as %v, error %v", name, zone, err)
		} else if !strings.Contains(wrong.fix, repair) || len(wrong.name) > 100 {
			t.Errorf("%q: repair is %q, want %q in it", name, wrong.fix, repair)
		}
	}
}

// Each name of the tables has to be one that Go's own database knows.
func TestEveryNameOfTheTablesIsAZone(t *testing.T) {
	z := newZones()
	for _, table := range []map[string]string{z.iana, z.windows} {
		if len(table) < 139 { // the zones of Windows alone
			t.Errorf("a table has %d names", len(table))
		}
		for name, iana := range table {
			if _, err := time.LoadLocation(iana); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if _, ok := z.iana[strings.ToLower(iana)]; !ok {
				t.Errorf("%s: %s is not among the names", name, iana)
			}
		}
	}
}

func TestAnOffsetThatIsNoneIsNoOffset(t *testing.T) {
	for text, want := range map[string]bool{"+14": true, "+1459": true, "+15": false, "+1:60": false, "+": false, "2": false, "+-2": false, "+00:00:00": false, "utc": false} {
		if _, ok := offsetOf(text); ok != want {
			t.Errorf("%q is an offset: %t, want %t", text, ok, want)
		}
	}
}

func TestManyUnknownNamesCostNoMoreThanOne(t *testing.T) {
	z := newZones()
	for i := range 2 * mostSearches {
		if _, err := z.of(strings.Repeat("q", 20) + string(rune('a'+i%26)) + strings.Repeat("r", i%17) + time.Duration(i).String()); err == nil {
			t.Fatal("read")
		}
	}
	if _, err := z.of("Europe/Maltta"); strings.Contains(err.Error(), "did you mean") {
		t.Error("it still looks for names that are near")
	}
}

// The nearest name by one definition has to be that by the plainest other.
func TestDistanceIsThatOfThePlainRecursion(t *testing.T) {
	var plain func(a, b string) int
	plain = func(a, b string) int {
		switch {
		case a == "" || b == "":
			return len(a) + len(b)
		case a[0] == b[0]:
			return plain(a[1:], b[1:])
		default:
			return 1 + min(plain(a[1:], b), plain(a, b[1:]), plain(a[1:], b[1:]))
		}
	}
	words := []string{"", "malta", "malat", "matla", "berlin", "bern", "rome", "lima", "mali", "alta"}
	for _, a := range words {
		for _, b := range words {
			for most := range 7 {
				if got, want := distance(a, b, most), min(most, plain(a, b)); got != want {
					t.Errorf("distance(%s, %s, %d) is %d, want %d", a, b, most, got, want)
				}
			}
		}
	}
}
