package demo

import (
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
	"github.com/headstart-scaler/headstart/pipeline"
)

// The schedule is the truth about the traffic: each tournament is announced,
// and nothing else.
func TestTheScheduleSaysWhenTheLobbySurges(t *testing.T) {
	began := time.Date(2026, 11, 24, 20, 0, 17, 0, time.UTC)
	p := &Platform{began: began}
	read := intake.Read(p.Schedule(), intake.Options{Now: began})
	if !read.OK() || len(read.Warnings) > 0 {
		t.Fatalf("errors %v, warnings %v", read.Errors, read.Warnings)
	}
	schedule, err := calendar.NewSchedule(read.Events)
	if err != nil {
		t.Fatal(err)
	}
	timeline := schedule.Timeline(nil, began, began.Add(time.Hour))
	wave := lobbyWave()
	for after := time.Duration(0); after < 20*time.Minute; after += time.Second {
		at := began.Add(after)
		announced := calendar.EffectAt(timeline.Between(at, at.Add(1)), at).Peaks.Requests
		if wave.at(after) > 2*wave.calm && announced != wave.peak {
			t.Fatalf("%s after the begin there are %.0f requests/s, and %.0f are announced", after, wave.at(after), announced)
		}
		takesPlace := after >= wave.first && (after-wave.first)%wave.every < 2*wave.ramp+wave.crest
		if takesPlace != (announced > 0) {
			t.Fatalf("%s after the begin %.0f requests/s are announced, an event takes place: %t", after, announced, takesPlace)
		}
	}
	agenda := &pipeline.Agenda{Timeline: timeline}
	for after, want := range map[time.Duration]string{
		0:                             "Lightning tournament 1, 1900 requests/s expected: starts in 2m0s",
		2*time.Minute + 6*time.Second: "Lightning tournament 1, 1900 requests/s expected: takes place for another 1m0s",
		5 * time.Minute:               "Lightning tournament 2, 1900 requests/s expected: starts in 30s",
	} {
		if got := upcoming(agenda, began.Add(after)); !strings.Contains(got, want) {
			t.Errorf("%s after the begin: %q, want %q", after, got, want)
		}
	}
}
