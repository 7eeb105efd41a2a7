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

// A quote that has no end took the rows below it with it: they are given back
// too, and what is wrong stands in the row that has it.
func TestAnOpenQuoteLosesNoRow(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{
			"title,start,end\r\n\r\nDerby,2027-01-01,\r\n\"a, b\",\"2027-01-02,\r\n=1+1,2027-01-03,\"\"\r\n",
			"title,start,end,problem\r\n\r\n" +
				"Derby,2027-01-01,,\"Look: start: expected times of day: 24 h of peak?, found 2027-01-01. Write when demand starts and ends, unless it is all day.\n" +
				"Look: expected_peak: expected what it does to demand, found nothing. Write an expected peak with its unit, a multiplier or a floor: without one nothing is scaled.\"\r\n" +
				"\"a, b\",\"\"\"2027-01-02\",,\"expected a closing \"\", found \"\"2027-01-02,  =1+1,2027-01-03,\"\"\"\"  . Close the quotes, or double a quote that belongs to the text.\"\r\n" +
				"'=1+1,2027-01-03,,\r\n",
		},
		{
			"title,start\nDerby,\"2027-01-01\n",
			"title,start,problem\r\nDerby,\"\"\"2027-01-01\",\"expected a closing \"\", found \"\"2027-01-01 . Close the quotes, or double a quote that belongs to the text.\"\r\n",
		},
	} {
		back, err := corrected(t, c.file)
		if err != nil || back != "\ufeff"+c.want {
			t.Errorf("%v %q\nwant %q", err, back, "\ufeff"+c.want)
		}
	}
}

// What concerns the whole file has a row, also where the file has none for it.
func TestWhatConcernsTheFileHasARow(t *testing.T) {
	const (
		empty    = "expected at least one event, found none. Upload a file with events."
		noHeader = "\"expected a row of headers, with title, start and end, found 2027-01-01, Derby. Add the headers of the template, or say which columns are which.\""
	)
	for file, want := range map[string]string{
		"title,start\n":                  "title,start,problem\r\n,,\"" + empty + "\"\r\n",
		"Derby,2027-01-01\n":             "Derby,2027-01-01,problem\r\n,," + noHeader + "\r\n",
		"Derby,2027-01-01\n\nCup,soon\n": "Derby,2027-01-01,problem\r\n\r\nCup,soon," + noHeader + "\r\n",
	} {
		back, err := corrected(t, file)
		if err != nil || back != "\ufeff"+want {
			t.Errorf("%v %q\nwant %q", err, back, "\ufeff"+want)
		}
	}
}
