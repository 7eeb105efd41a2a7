package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
	"github.com/headstart-scaler/headstart/replay"
)

// subject is a trace with what was announced of it, ready to be played.
type subject struct {
	name  string
	scene *replay.Scene
	wrong []announcement
}

// readFolder reads all traces of a folder, or some, in the order of their names.
func readFolder(folder string, only []string) ([]*subject, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("read the traces: %w", err)
	}
	var subjects []*subject
	left := slices.Clone(only)
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") || only != nil && !slices.Contains(only, e.Name()) {
			continue
		}
		s, err := readSubject(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("trace %s: %w", e.Name(), err)
		}
		subjects = append(subjects, &subject{name: e.Name(), scene: s})
		left = slices.DeleteFunc(left, func(name string) bool { return name == e.Name() })
	}
	switch {
	case len(left) > 0:
		return nil, fmt.Errorf("the folder has no trace %s", strings.Join(left, " and no "))
	case len(subjects) == 0:
		return nil, errors.New("the folder has no trace: each is a folder in it, with trace.csv.gz")
	}
	return subjects, nil
}

func readSubject(folder string) (*replay.Scene, error) {
	file, err := os.Open(filepath.Join(folder, "trace.csv.gz"))
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	trace, err := replay.ReadTrace(file, replay.TraceOptions{})
	if err != nil {
		return nil, fmt.Errorf("trace.csv.gz: %w", err)
	}
	capacity, err := readCapacity(filepath.Join(folder, "meta.json"))
	if err != nil {
		return nil, err
	}
	schedule, err := readCalendar(filepath.Join(folder, "calendar.csv"), trace)
	if err != nil {
		return nil, err
	}
	return replay.NewScene(trace, replay.SceneOptions{Capacity: capacity, Schedule: schedule})
}

// readCapacity is what one replica carries; 0, found from the trace, where
// nobody wrote it down.
func readCapacity(path string) (float64, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	var meta struct {
		PerReplica *float64 `json:"per_replica"`
	}
	if err := json.Unmarshal(data, &meta); err != nil {
		return 0, fmt.Errorf("meta.json: %w", err)
	}
	if meta.PerReplica == nil {
		return 0, nil
	}
	if !(*meta.PerReplica > 0) {
		return 0, fmt.Errorf("meta.json: a per_replica of %g carries no demand: it is a number above 0", *meta.PerReplica)
	}
	return *meta.PerReplica, nil
}

// readCalendar is empty where there is none. All events of a trace concern it:
// nothing tells whose it is.
func readCalendar(path string, trace *replay.Trace) (calendar.Schedule, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return calendar.Schedule{}, nil
	} else if err != nil {
		return calendar.Schedule{}, err
	}
	read := intake.Read(data, intake.Options{Now: trace.Start, Columns: map[string]string{"expected_multiplier": "multiplier"}})
	for _, problem := range read.Errors {
		if problem.Code != intake.Empty { // a calendar without an event is one
			return calendar.Schedule{}, fmt.Errorf("calendar.csv: %s", problem)
		}
	}
	events := make([]*calendar.Event, len(read.Events))
	for i, e := range read.Events {
		own := *e
		own.Scope = calendar.Scope{}
		events[i] = &own
	}
	return calendar.NewSchedule(events)
}
