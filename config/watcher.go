package config

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// settle is how long a folder has to be quiet: editors and ConfigMaps
	// make several changes of one.
	settle = 200 * time.Millisecond
	// longestSettle bounds that where a folder is never quiet.
	longestSettle = 2 * time.Second
	// pollEvery is the fallback where no event comes: inotify does not see
	// what another host does to a network mount.
	pollEvery = 30 * time.Second
)

// Watcher keeps a configuration current: it reads changed files and applies
// what is valid. What is not leaves the last good configuration in force.
type Watcher struct {
	path    string
	running *Set
	apply   func(*Set) error
	log     *slog.Logger
	now     func() time.Time
	status  atomic.Pointer[Status]

	files  *library // as last read
	hash   string   // of the set in force
	failed bool     // the last set could not be applied: try again

	settle, pollEvery time.Duration
}

// NewWatcher watches the path that set was loaded from. apply gets every
// changed set before it counts as in force, on the goroutine of Run; its
// error keeps the set before. The set's Server is that of the running one but
// for ReactiveOnly, since sources and listeners change only by a restart.
func NewWatcher(path string, set *Set, apply func(*Set) error, log *slog.Logger, now func() time.Time) *Watcher {
	w := &Watcher{
		path: filepath.Clean(path), running: set, apply: apply, log: log, now: now,
		hash: set.Hash, settle: settle, pollEvery: pollEvery,
	}
	read := now()
	w.status.Store(&Status{LastReloadSuccessful: true, LastReloadAt: read, LoadedAt: read, Hash: set.Hash})
	return w
}

// Status is how the last reload went. It may be called at any time.
func (w *Watcher) Status() Status { return *w.status.Load() }

// Run watches until ctx ends. Without events of the file system it polls.
func (w *Watcher) Run(ctx context.Context) {
	events, err := fsnotify.NewWatcher()
	if err != nil {
		w.log.Warn("watch configuration: polling only", "error", err, "every", w.pollEvery)
		w.loop(ctx, nil)
		return
	}
	defer func() {
		if err := events.Close(); err != nil {
			w.log.Warn("close configuration watch", "error", err)
		}
	}()
	w.loop(ctx, events)
}

func (w *Watcher) loop(ctx context.Context, events *fsnotify.Watcher) {
	poll := time.NewTicker(w.pollEvery)
	defer poll.Stop()
	// Look soon: the files may have changed since they were loaded.
	quiet := pause{timer: time.NewTimer(w.settle), length: w.settle}
	defer quiet.timer.Stop()
	var changes <-chan fsnotify.Event
	var troubles <-chan error
	if events != nil {
		changes, troubles = events.Events, events.Errors
	}
	w.rewatch(events)
	for {
		again := false
		select {
		case <-ctx.Done():
			return
		case e := <-changes:
			again = w.concerns(e.Name)
		case err := <-troubles:
			// An overflow has lost events: look for ourselves.
			w.log.Warn("watch configuration", "error", err)
			again = true
		case <-quiet.timer.C:
			quiet.since = time.Time{}
			again = w.refresh(events)
		case <-poll.C:
			// What is found here may be half written, like what an event tells.
			again = w.stale()
		}
		if again {
			quiet.extend(w.now())
		}
	}
}

// pause ends once nothing has happened for its length, or after longestSettle.
type pause struct {
	timer  *time.Timer
	length time.Duration
	since  time.Time // of the first thing that happened; zero when it has ended
}

func (p *pause) extend(now time.Time) {
	if p.since.IsZero() {
		p.since = now
	}
	if now.Sub(p.since) < longestSettle {
		p.timer.Reset(p.length)
	}
}

// concerns leaves out what happens beside us in a folder that only holds a
// named file or folder, such as /tmp.
func (w *Watcher) concerns(name string) bool {
	if w.files == nil {
		return true
	}
	dir := filepath.Dir(name)
	for _, root := range w.files.roots {
		rel, err := filepath.Rel(root.name, name)
		if err == nil && filepath.IsLocal(rel) {
			return true
		}
		if rel, err = filepath.Rel(name, root.name); err == nil && filepath.IsLocal(rel) {
			return true // a folder or link above it
		}
		// ..data and other links a named file may lead through.
		if dir == filepath.Dir(root.name) && filepath.Base(name)[0] == '.' {
			return true
		}
	}
	return false
}

// refresh reads the files if they changed, and renews the watches: a folder
// that was replaced is another one under the same name. It reports whether
// they have changed since.
func (w *Watcher) refresh(events *fsnotify.Watcher) (again bool) {
	w.rewatch(events)
	if !w.stale() {
		return false
	}
	w.reload()
	w.rewatch(events)
	return w.files.changed()
}

// stale reports whether there is something to read.
func (w *Watcher) stale() bool { return w.files == nil || w.failed || w.files.changed() }

func (w *Watcher) rewatch(events *fsnotify.Watcher) {
	if events == nil {
		return
	}
	want := []string{filepath.Dir(w.path)}
	if w.files != nil {
		want = w.files.folders()
	}
	for _, have := range events.WatchList() {
		// Removing fails for a folder that is gone, and so is its watch.
		_ = events.Remove(have)
	}
	for _, folder := range want {
		if err := events.Add(folder); err != nil && !slices.Contains(want, filepath.Dir(folder)) {
			w.log.Warn("watch configuration folder", "folder", folder, "error", err)
		}
	}
}

// reload loads, applies and reports.
func (w *Watcher) reload() {
	before := w.Status()
	status := Status{LastReloadAt: w.now(), LoadedAt: before.LoadedAt, Hash: before.Hash, NeedsRestart: before.NeedsRestart}
	set, files, err := load(host{}, w.path)
	w.files = files
	if err == nil {
		status.NeedsRestart, err = w.take(set)
	}
	if err != nil {
		status.Error = err.Error()
		if status.Error != before.Error {
			w.log.Error("reload configuration: the last good one stays in force", "hash", before.Hash, "error", err)
		}
		w.status.Store(&status)
		return
	}
	status.LastReloadSuccessful, status.LoadedAt, status.Hash = true, status.LastReloadAt, w.hash
	w.report(before, status)
	w.status.Store(&status)
}

// take puts a valid set in force, if it differs from what is.
func (w *Watcher) take(set *Set) (needsRestart []string, err error) {
	next, needs, err := inForce(w.running.Server, set)
	if err != nil {
		return needs, err
	}
	// Where the server's part waits for a restart, the hash is that of what
	// is in force.
	if len(needs) > 0 {
		written := w.running.written
		written.ReactiveOnly, written.Schedules = next.Server.ReactiveOnly, set.written.Schedules
		next.Hash = next.hash(written)
	}
	w.failed = false
	if next.Hash == w.hash {
		return needs, nil
	}
	if err := w.apply(next); err != nil {
		w.failed = true
		return needs, err
	}
	w.hash = next.Hash
	return needs, nil
}

func (w *Watcher) report(before, after Status) {
	if after.Hash != before.Hash || !before.LastReloadSuccessful {
		w.log.Info("configuration reloaded", "hash", after.Hash)
	}
	if len(after.NeedsRestart) > 0 && !slices.Equal(after.NeedsRestart, before.NeedsRestart) {
		w.log.Warn("configuration changed where it needs a restart", "fields", after.NeedsRestart)
	}
}
