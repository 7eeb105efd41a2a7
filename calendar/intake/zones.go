package intake

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The tables of names; their sources stand at their heads.
var (
	//go:embed zones.txt
	ianaNames string
	//go:embed windows.tsv
	windowsNames string
)

// zoneError is why a name is no zone, and what to write instead.
type zoneError struct {
	name, fix string
}

func (e zoneError) Error() string {
	return fmt.Sprintf("%q is no time zone we know: %s", e.name, e.fix)
}

// zoneExpected is what a problem with a zone says was expected.
const zoneExpected = "a time zone such as Europe/Malta"

// zones reads names of zones and remembers them for as long as one file is
// read. It takes IANA names in any case, the names by which Windows and Outlook
// know zones, and UTC. It refuses an offset, which cannot tell when clocks are
// moved, and an abbreviation, which several zones share.
type zones struct {
	iana, windows map[string]string // by the name in small letters
	read          map[string]reading
	searches      int // how often something near may still be looked for
}

// reading is what came of a name.
type reading struct {
	zone *time.Location
	err  error
}

// mostSearches bounds the work on names nobody knows: one search compares with
// all of them.
const mostSearches = 100

func newZones() *zones {
	z := &zones{
		iana: map[string]string{"z": "UTC"}, windows: map[string]string{},
		read: map[string]reading{}, searches: mostSearches,
	}
	for name := range lines(ianaNames) {
		z.iana[strings.ToLower(name)] = name
	}
	for row := range lines(windowsNames) {
		name, iana, _ := strings.Cut(row, "\t")
		z.windows[spelling(name)] = iana
	}
	return z
}

// lines yields the lines of a table without its comments.
func lines(table string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(table) {
			line = strings.TrimSuffix(line, "\n")
			if line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}

// spelling makes alike what programs spell differently: older ones put slashes
// between cities, and shorten islands.
func spelling(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), " / ", ", ")
	name = strings.ReplaceAll(name, " is.", " islands")
	return strings.Join(strings.Fields(name), " ")
}

// common are the zones that Windows knows, in order.
func (z *zones) common() []string {
	return slices.Compact(slices.Sorted(maps.Values(z.windows)))
}

// of reads a name.
func (z *zones) of(name string) (*time.Location, error) {
	name = strings.TrimSpace(name)
	r, ok := z.read[name]
	if !ok {
		r = z.fresh(name)
		z.read[strings.Clone(name)] = r
	}
	return r.zone, r.err
}

func (z *zones) fresh(name string) reading {
	iana, ok := z.name(name)
	if !ok {
		return reading{err: zoneError{excerpt(name), z.repair(name)}}
	}
	if iana == "UTC" {
		return reading{zone: time.UTC}
	}
	zone, err := time.LoadLocation(iana)
	if err != nil {
		return reading{err: zoneError{iana, "this machine has no time zone database: report it"}}
	}
	return reading{zone: zone}
}

// name returns the IANA name that a name stands for.
func (z *zones) name(name string) (string, bool) {
	small := strings.ToLower(name)
	if iana, ok := z.iana[small]; ok {
		return iana, true
	}
	if small == "tzone://microsoft/utc" {
		return "UTC", true
	}
	if iana, ok := z.windows[spelling(name)]; ok && !forPeople(small) {
		return iana, true
	}
	if words, ok := withoutOffset(name); ok {
		iana, ok := z.windows[spelling(words)]
		return iana, ok
	}
	// A TZID that begins with a slash is of a registry, which has put its own
	// name before ours: /freeassociation.sourceforge.net/Europe/Berlin.
	for rest, slash := strings.CutPrefix(small, "/"); slash; _, rest, slash = strings.Cut(rest, "/") {
		if iana, ok := z.iana[rest]; ok {
			return iana, true
		}
	}
	return "", false
}

// forPeople reports whether a Windows name is one that is shown to people, who
// see an offset before it: Hobart alone is not what any program writes.
func forPeople(small string) bool {
	return !strings.HasSuffix(small, " time") && !strings.Contains(small, "standard time") && !strings.HasPrefix(small, "utc")
}

// withoutOffset cuts (UTC+01:00) from before a name.
func withoutOffset(name string) (string, bool) {
	small := strings.ToLower(name)
	if !strings.HasPrefix(small, "(utc") && !strings.HasPrefix(small, "(gmt") {
		return "", false
	}
	_, words, ok := strings.Cut(name, ")")
	return words, ok
}

// repair says what to write in the place of a name.
func (z *zones) repair(name string) string {
	small := strings.ToLower(name)
	if name == "" {
		return "name a time zone such as Europe/Malta"
	}
	if customized(name) {
		return "Outlook lost the zone's name: choose a zone from its list for the event and export again, or write one such as Europe/Malta"
	}
	if hours, ok := offsetOf(small); ok {
		return fixedRepair(hours)
	}
	if usual := abbreviated(small); usual != "" {
		return fmt.Sprintf("several zones share the abbreviation: write the zone's name, such as %s", usual)
	}
	if z.searches > 0 {
		z.searches--
		if near := z.near(small); near != "" {
			return fmt.Sprintf("did you mean %s?", near)
		}
	}
	return "write a name from the IANA time zone database, such as Europe/Malta"
}

// offsetOf reads +02:00, UTC+2 and GMT-0330.
func offsetOf(small string) (time.Duration, bool) {
	small = strings.TrimPrefix(strings.TrimPrefix(small, "utc"), "gmt")
	small = strings.TrimSpace(small)
	if small == "" || small[0] != '+' && small[0] != '-' {
		return 0, false
	}
	sign, digits := small[:1], strings.Replace(small[1:], ":", "", 1)
	if len(digits) == 1 || len(digits) == 2 {
		digits += "00"
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || len(digits) > 4 || n/100 > 14 || n%100 > 59 {
		return 0, false
	}
	offset := time.Duration(n/100)*time.Hour + time.Duration(n%100)*time.Minute
	if sign == "-" {
		offset = -offset
	}
	return offset, true
}

func fixedRepair(offset time.Duration) string {
	text := "an offset does not tell when clocks are moved: name a zone such as Europe/Malta"
	hours := int(offset / time.Hour)
	if offset%time.Hour != 0 || hours < -12 {
		return text
	}
	if hours == 0 {
		return text + ", or UTC"
	}
	// The names have the sign of POSIX: behind Greenwich is positive.
	return fmt.Sprintf("%s, or, for clocks that never are, Etc/GMT%+d", text, -hours)
}

// abbreviated is a zone that people may mean by an abbreviation.
func abbreviated(small string) string {
	switch small {
	case "cest":
		return "Europe/Berlin"
	case "bst":
		return "Europe/London"
	case "eest":
		return "Europe/Bucharest"
	case "est", "edt", "et":
		return "America/New_York"
	case "ct", "cdt", "cst":
		return "America/Chicago"
	case "mst", "mdt", "mt":
		return "America/Denver"
	case "pst", "pdt", "pt":
		return "America/Los_Angeles"
	case "hst":
		return "Pacific/Honolulu"
	case "ist":
		return "Asia/Kolkata"
	case "jst":
		return "Asia/Tokyo"
	case "brt":
		return "America/Sao_Paulo"
	case "msk":
		return "Europe/Moscow"
	case "aest", "aedt":
		return "Australia/Sydney"
	default:
		return ""
	}
}
