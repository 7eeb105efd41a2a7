package config

import (
	"path/filepath"
	"testing"
	"time"
)

// A schedule kept in Git is watched like policies, files that are new in a
// folder among them.
func TestWatcherTakesScheduleFiles(t *testing.T) {
	dir := plain(t)
	save(t, filepath.Join(dir, "server.yaml"), watchedServer+"  schedule: {files: [{path: schedule, timezone: Europe/Malta}]}\n")
	save(t, filepath.Join(dir, "schedule", "a.csv"), "a")
	w := start(t, filepath.Join(dir, "server.yaml"), time.Hour)
	content := func() string {
		s, text := w.last(), ""
		if s == nil {
			return ""
		}
		for _, file := range s.Schedules {
			text += filepath.Base(file.Path) + "=" + string(file.Data) + " "
		}
		return text
	}
	save(t, filepath.Join(dir, "schedule", "a.csv"), "changed")
	eventually(t, "a changed file", func() bool { return content() == "a.csv=changed " })
	save(t, filepath.Join(dir, "schedule", "b.ics"), "new")
	eventually(t, "a new file", func() bool { return content() == "a.csv=changed b.ics=new " })
	save(t, filepath.Join(dir, "server.yaml"), watchedServer+"  schedule: {files: [{path: schedule/b.ics}]}\n")
	eventually(t, "another list of files, without a restart", func() bool { return content() == "b.ics=new " })
	if needs := w.Status().NeedsRestart; len(needs) > 0 {
		t.Errorf("a restart is needed for %v", needs)
	}
}
