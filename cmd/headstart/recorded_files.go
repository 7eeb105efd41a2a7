package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
	"github.com/headstart-scaler/headstart/replay"
)

// readTrace reads a file (- is standard input) whose values count what came in a
// second, or in a minute, and says what it is called.
func readTrace(path, per string, in io.Reader) (t *replay.Trace, name string, err error) {
	name = path
	if path == "-" {
		name = "standard input"
	} else {
		file, err := os.Open(path)
		if err != nil {
			return nil, "", fmt.Errorf("read the trace: %w", err)
		}
		defer file.Close() //nolint:errcheck // only read
		in = file
	}
	t, err = replay.ReadTrace(in, replay.TraceOptions{PerMinute: per == "minute"})
	if err != nil {
		return nil, "", fmt.Errorf("read the trace %s: %w", printable(name), err)
	}
	return t, name, nil
}

// readEvents reads a calendar in any format. zone is that of times that name
// none, and now what is past before.
func readEvents(path string, zone *time.Location, now time.Time) (events []*calendar.Event, notes []string, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read the calendar: %w", err)
	}
	read := intake.Read(data, intake.Options{
		Zone: zone, Now: now, Columns: map[string]string{"expected_multiplier": "multiplier"},
	})
	errs := slices.DeleteFunc(read.Errors, func(p intake.Problem) bool { return p.Code == intake.Empty })
	if len(errs) > 0 {
		return nil, nil, fmt.Errorf("read the calendar:\n%w", problems(path, errs, read.ErrorsOmitted))
	}
	return read.Events, doubts(path, read), nil
}

// doubts are the first of what may not be meant as it is read, such as events that
// say nothing of what they bring.
func doubts(file string, read intake.Result) []string {
	return listed(filepath.Base(file), read.Warnings, read.WarningsOmitted, "warnings")
}

// problems are the first of a file's errors.
func problems(file string, all []intake.Problem, omitted int) error {
	var errs []error
	for _, line := range listed(file, all, omitted, "errors") {
		errs = append(errs, errors.New(line))
	}
	return errors.Join(errs...)
}

// listed are the first of a file's problems, a line each, and how many more there
// are.
func listed(file string, all []intake.Problem, omitted int, kind string) (lines []string) {
	n := min(len(all), problemsTold)
	for _, p := range all[:n] {
		lines = append(lines, printable(fmt.Sprintf("%s: %s", file, p)))
	}
	if more := len(all) - n + omitted; more > 0 {
		lines = append(lines, fmt.Sprintf("%s: and %d more %s", printable(file), more, kind))
	}
	return lines
}
