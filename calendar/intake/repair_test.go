package intake_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar/intake"
)

// mends are a file's errors by place, and what to do about each.
func mends(r intake.Result) []string {
	var all []string
	for _, p := range r.Errors {
		all = append(all, p.Column+": "+p.Fix)
	}
	return all
}

// Whoever mends all that is said of a row is done with it: a number that cannot
// be read hides nothing of what stands beside it.
func TestANumberHidesNothingOfItsRow(t *testing.T) {
	const (
		digits = "expected_peak: Write the number in digits."
		marks  = "expected_peak: Write 12000 for twelve thousand, 12.0 for twelve."
		unit   = "unit: Write one of these units."
		count  = "unit: Write what the number counts."
	)
	for cells, want := range map[string][]string{
		"a lot,gizmos,,":     {digits, unit},
		"a lot,,,":           {digits, count},
		"a lot,rps,,":        {digits},
		"a lot of users,,,":  {digits},
		"12 00 req / s,,,":   {digits},
		"12.000,gizmos,,":    {marks, unit},
		"12.000 gizmos,,,":   {marks, "expected_peak: Write one of these units."},
		"12.000,,,":          {marks, count},
		"12.000 rps,,,":      {marks},
		"0,gizmos,,":         {"expected_peak: Leave the cell empty where nothing is expected.", unit},
		"0,rps,,":            {"expected_peak: Leave the cell empty where nothing is expected."},
		"0,,,":               {"expected_peak: Leave the cell empty where nothing is expected."},
		"#N/A,gizmos,,":      {"expected_peak: Write the value itself into the cell.", unit},
		"#N/A,,,":            {"expected_peak: Write the value itself into the cell."},
		"5,gizmos,lots,":     {unit, "multiplier: Write the number in digits.", "expected_peak: Leave out all of them but one."},
		"#N/A,rps,3,":        {"expected_peak: Write the value itself into the cell.", "expected_peak: Leave out all of them but one."},
		"5,rps,2,3.5":        {"floor: Write the replicas to have at least.", "expected_peak: Leave out all of them but one."},
		",gizmos,lots,":      {"multiplier: Write the number in digits."},
		",,lots,a few":       {"multiplier: Write the number in digits.", "floor: Write the number in digits.", "expected_peak: Leave out all of them but one."},
		"a lot,Users,,":      {digits},
		"12 gizmos,players,": {"expected_peak: Write the unit once."},
	} {
		file := "title,start,end,expected_peak,unit,multiplier,floor\nA,2027-06-05 20:00,2027-06-05 21:00," + cells + "\n"
		r := intake.Read([]byte(file), intake.Options{Zone: time.UTC, Now: judged()})
		if got := mends(r); !slices.Equal(got, want) {
			t.Errorf("%s\n got %s\nwant %s", cells, strings.Join(got, " | "), strings.Join(want, " | "))
		}
	}
}
