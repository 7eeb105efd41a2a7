package config

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

const watchedServer = `apiVersion: headstart/v1
kind: Server
spec:
  policies: [policies]
  sources: [{name: metrics, prometheus: {serverAddress: "http://p:9090"}}]
`

func watchedPolicy(name string) string {
	return `apiVersion: headstart/v1
kind: Policy
metadata: {name: ` + name + `}
spec:
  maxReplicas: 10
  signals: [{name: r, type: rate, prometheus: {query: up}, capacity: 5}]
`
}

// watch is a running Watcher and what it applied.
type watch struct {
	*Watcher
	begun   Status
	mu      sync.Mutex
	applied []*Set
	refuse  error
}

// start watches path; poll is how often it looks without an event.
func start(t *testing.T, path string, poll time.Duration) *watch {
	t.Helper()
	set, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	w := &watch{}
	w.Watcher = NewWatcher(path, set, w.accept, slog.New(slog.DiscardHandler), time.Now)
	w.settle, w.pollEvery = 20*time.Millisecond, poll
	w.begun = w.Status()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	ignore := goleak.IgnoreCurrent()
	go func() { defer close(done); w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-done
		goleak.VerifyNone(t, ignore)
	})
	return w
}

func (w *watch) accept(s *Set) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse != nil {
		return w.refuse
	}
	w.applied = append(w.applied, s)
	return nil
}

func (w *watch) last() *Set {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.applied) == 0 {
		return nil
	}
	return w.applied[len(w.applied)-1]
}

func (w *watch) policies() string {
	var names []string
	if s := w.last(); s != nil {
		for _, p := range s.Policies {
			names = append(names, p.Name)
		}
	}
	return strings.Join(names, " ")
}

// eventually polls for what a file's change brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	every := time.NewTicker(5 * time.Millisecond)
	defer every.Stop()
	for !ok() {
		select {
		case <-every.C:
		case <-deadline.C:
			t.Fatalf("never: %s", what)
		}
	}
}

func save(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	// A name the watcher does not read, so that no half of the text is seen.
	half := filepath.Join(filepath.Dir(name), ".half")
	if err := os.WriteFile(half, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	rename(t, half, name)
}

func turn(t *testing.T, to, link string) {
	t.Helper()
	if err := os.Symlink(to, link+".new"); err != nil {
		t.Fatal(err)
	}
	rename(t, link+".new", link)
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// plain is a configuration in a folder of its own.
func plain(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	save(t, filepath.Join(dir, "server.yaml"), watchedServer)
	save(t, filepath.Join(dir, "policies/a.yaml"), watchedPolicy("a"))
	return dir
}

func TestWatcherFollowsEditors(t *testing.T) {
	dir := plain(t)
	w := start(t, filepath.Join(dir, "server.yaml"), time.Hour)
	before := w.begun
	save(t, filepath.Join(dir, "policies/b.yaml"), watchedPolicy("b"))
	eventually(t, "a file appears", func() bool { return w.policies() == "a b" })
	// An editor writes beside and renames.
	save(t, filepath.Join(dir, "policies/.b.yaml.swp"), watchedPolicy("c"))
	rename(t, filepath.Join(dir, "policies/.b.yaml.swp"), filepath.Join(dir, "policies/b.yaml"))
	eventually(t, "a file is replaced", func() bool { return w.policies() == "a c" })
	if err := os.Remove(filepath.Join(dir, "policies/a.yaml")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a file goes", func() bool { return w.policies() == "c" })
	save(t, filepath.Join(dir, "policies/new/d.yaml"), watchedPolicy("d"))
	eventually(t, "a folder appears", func() bool { return w.policies() == "c d" })
	after := w.Status()
	if after.Hash == before.Hash || after.Hash != w.last().Hash || !after.LastReloadSuccessful || !after.LastReloadAt.After(before.LastReloadAt) {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestWatcherFollowsAConfigMap(t *testing.T) {
	dir := t.TempDir()
	save(t, filepath.Join(dir, "..1/server.yaml"), strings.Replace(watchedServer, "[policies]", "[.]", 1))
	save(t, filepath.Join(dir, "..1/p.yaml"), watchedPolicy("a"))
	turn(t, "..1", filepath.Join(dir, "..data"))
	turn(t, "..data/server.yaml", filepath.Join(dir, "server.yaml"))
	turn(t, "..data/p.yaml", filepath.Join(dir, "p.yaml"))
	w := start(t, filepath.Join(dir, "server.yaml"), time.Hour)
	for _, next := range []struct{ folder, policy string }{{"..2", "b"}, {"..3", "c"}} {
		save(t, filepath.Join(dir, next.folder, "server.yaml"), strings.Replace(watchedServer, "[policies]", "[.]", 1))
		save(t, filepath.Join(dir, next.folder, "p.yaml"), watchedPolicy(next.policy))
		turn(t, next.folder, filepath.Join(dir, "..data"))
		eventually(t, "..data is swapped for "+next.folder, func() bool { return w.policies() == next.policy })
	}
}

// TestWatcherFollowsALinkAbove is how git-sync delivers.
func TestWatcherFollowsALinkAbove(t *testing.T) {
	dir := t.TempDir()
	for _, rev := range []string{"a", "b"} {
		save(t, filepath.Join(dir, "rev-"+rev, "etc/server.yaml"), watchedServer)
		save(t, filepath.Join(dir, "rev-"+rev, "etc/policies/p.yaml"), watchedPolicy(rev))
	}
	turn(t, "rev-a", filepath.Join(dir, "current"))
	w := start(t, filepath.Join(dir, "current/etc/server.yaml"), time.Hour)
	turn(t, "rev-b", filepath.Join(dir, "current"))
	eventually(t, "the link is turned", func() bool { return w.policies() == "b" })
	save(t, filepath.Join(dir, "rev-b/etc/policies/p.yaml"), watchedPolicy("c"))
	eventually(t, "a file behind the new link changes", func() bool { return w.policies() == "c" })
}

func TestWatcherKeepsTheLastGood(t *testing.T) {
	dir := plain(t)
	w := start(t, filepath.Join(dir, "server.yaml"), time.Hour)
	before := w.Status()
	save(t, filepath.Join(dir, "policies/a.yaml"), strings.Replace(watchedPolicy("a"), "maxReplicas", "maxReplica", 1))
	eventually(t, "the failure is told", func() bool { return !w.Status().LastReloadSuccessful })
	bad := w.Status()
	if bad.Hash != before.Hash || !strings.Contains(bad.Error, "Did you mean maxReplicas?") || w.last() != nil {
		t.Errorf("status %+v, applied %v", bad, w.last())
	}
	if !strings.Contains(bad.String(), "the files are not valid: ") {
		t.Errorf("told as %s", bad)
	}
	if err := os.Rename(filepath.Join(dir, "policies"), filepath.Join(dir, "gone")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the folder is gone", func() bool { return strings.Contains(w.Status().Error, "there is no file or folder policies") })
	save(t, filepath.Join(dir, "policies/a.yaml"), watchedPolicy("z"))
	eventually(t, "it is well again", func() bool { return w.Status().LastReloadSuccessful && w.policies() == "z" })
}

func TestWatcherTriesAgainWhatCouldNotBeApplied(t *testing.T) {
	dir := plain(t)
	w := start(t, filepath.Join(dir, "server.yaml"), 20*time.Millisecond)
	w.mu.Lock()
	w.refuse = errors.New("policy a is in use")
	w.mu.Unlock()
	save(t, filepath.Join(dir, "policies/a.yaml"), watchedPolicy("b"))
	eventually(t, "the refusal is told", func() bool { return w.Status().Error == "policy a is in use" })
	w.mu.Lock()
	w.refuse = nil
	w.mu.Unlock()
	eventually(t, "it is applied later", func() bool { return w.policies() == "b" && w.Status().LastReloadSuccessful })
}

func TestWatcherSaysWhatNeedsARestart(t *testing.T) {
	dir := plain(t)
	file := filepath.Join(dir, "server.yaml")
	w := start(t, file, time.Hour)
	save(t, file, strings.Replace(watchedServer, "spec:", "spec:\n  http: {listen: \":1234\"}\n  tick: 6s", 1))
	eventually(t, "the restart is told", func() bool { return strings.Join(w.Status().NeedsRestart, " ") == "spec.http.listen spec.tick" })
	if got := w.Status().String(); !strings.HasSuffix(got, "is in force; spec.http.listen, spec.tick needs a restart") {
		t.Errorf("told as %s", got)
	}
	save(t, filepath.Join(dir, "policies/b.yaml"), watchedPolicy("b"))
	eventually(t, "policies are applied all the same", func() bool { return w.policies() == "a b" })
	if s := w.last().Server; s.HTTP.Listen != ":8080" || s.Tick != 5*time.Second {
		t.Errorf("applied %+v", s)
	}
	save(t, file, watchedServer+"---\n"+strings.Replace(watchedPolicy("c"), "{query", "{source: other, query", 1))
	eventually(t, "an unknown source is told", func() bool { return strings.Contains(w.Status().Error, "there is no source \"other\"") })
	other := strings.Replace(watchedServer, "sources: [", "sources: [{name: other, prometheus: {serverAddress: \"http://q\"}}, ", 1)
	save(t, filepath.Join(dir, "policies/a.yaml"), strings.Replace(watchedPolicy("a"), "{query", "{source: metrics, query", 1))
	save(t, filepath.Join(dir, "policies/b.yaml"), strings.Replace(watchedPolicy("b"), "{query", "{source: other, query", 1))
	save(t, file, other)
	eventually(t, "a new source waits for the restart", func() bool {
		return w.Status().Error == "policy b, signal r: source other is not that of the running server: restart it"
	})
	save(t, file, watchedServer)
	save(t, filepath.Join(dir, "policies/b.yaml"), watchedPolicy("b"))
	eventually(t, "nothing is left to restart", func() bool { s := w.Status(); return s.LastReloadSuccessful && len(s.NeedsRestart) == 0 })
}

// Watches are opened once: what they are narrowed to waits for a restart.
func TestWatcherKeepsTheClusterAsItIs(t *testing.T) {
	dir := plain(t)
	file := filepath.Join(dir, "server.yaml")
	w := start(t, file, time.Hour)
	for _, narrowed := range []string{"{namespaces: [shop]}", "{addresses: [\"h:1\"]}"} {
		save(t, file, strings.Replace(watchedServer, "spec:", "spec:\n  kubernetes: "+narrowed, 1))
		eventually(t, narrowed+" waits for the restart", func() bool { return strings.Join(w.Status().NeedsRestart, " ") == "spec.kubernetes" })
		save(t, file, strings.Replace(watchedServer, "spec:", "spec:\n  kubernetes: {namespaces: [], addresses: []}", 1))
		eventually(t, "empty lists need none", func() bool { return len(w.Status().NeedsRestart) == 0 })
	}
	save(t, file, strings.Replace(watchedServer, "spec:", "spec:\n  kubernetes: {namespaces: [shop], addresses: [\"h:1\"]}", 1))
	save(t, filepath.Join(dir, "policies/b.yaml"), watchedPolicy("b"))
	eventually(t, "policies are applied all the same", func() bool { return w.policies() == "a b" })
	if k := w.last().Server.Kubernetes; k.Namespaces != nil || k.Addresses != nil {
		t.Errorf("applied %+v", k)
	}
}

// What has been learned by one clock is not told by another.
func TestWatcherKeepsTheForecastAsItIs(t *testing.T) {
	file := filepath.Join(plain(t), "server.yaml")
	w := start(t, file, time.Hour)
	save(t, file, strings.Replace(watchedServer, "spec:", "spec:\n  forecast: {timezone: Europe/Malta}", 1))
	eventually(t, "another clock waits for the restart", func() bool { return strings.Join(w.Status().NeedsRestart, " ") == "spec.forecast" })
}

// The kill switch is thrown by a reload, also while something else waits for a
// restart, and it is part of the hash in force.
func TestWatcherThrowsTheKillSwitch(t *testing.T) {
	dir := plain(t)
	file := filepath.Join(dir, "server.yaml")
	w := start(t, file, time.Hour)
	calm := w.Status().Hash
	save(t, file, strings.Replace(watchedServer, "spec:", "spec:\n  reactiveOnly: true", 1))
	eventually(t, "it is thrown", func() bool { s := w.last(); return s != nil && s.Server.ReactiveOnly })
	eventually(t, "another hash, no restart", func() bool { s := w.Status(); return s.Hash != calm && len(s.NeedsRestart) == 0 })
	save(t, file, watchedServer)
	eventually(t, "it is taken back", func() bool { return !w.last().Server.ReactiveOnly && w.Status().Hash == calm })
	save(t, file, strings.Replace(watchedServer, "spec:", "spec:\n  tick: 6s\n  reactiveOnly: true", 1))
	eventually(t, "it is thrown beside a change that waits", func() bool {
		return w.last().Server.ReactiveOnly && w.Status().Hash != calm && strings.Join(w.Status().NeedsRestart, " ") == "spec.tick"
	})
}

func TestWatcherTellsWhenItLastReadWell(t *testing.T) {
	dir := plain(t)
	w := start(t, filepath.Join(dir, "server.yaml"), time.Hour)
	begun := w.begun.LoadedAt
	if begun.IsZero() || !begun.Equal(w.begun.LastReloadAt) {
		t.Errorf("loaded at %s, first read at %s", begun, w.begun.LastReloadAt)
	}
	save(t, filepath.Join(dir, "policies/b.yaml"), watchedPolicy("b"))
	eventually(t, "a good reload", func() bool { return w.policies() == "a b" && w.Status().LoadedAt.After(begun) })
	good := w.Status().LoadedAt
	save(t, filepath.Join(dir, "policies/b.yaml"), "spec: [")
	eventually(t, "a bad one", func() bool { return !w.Status().LastReloadSuccessful })
	if s := w.Status(); !s.LoadedAt.Equal(good) || !s.LastReloadAt.After(good) {
		t.Errorf("after a bad reload: %+v, want loaded at %s still", s, good)
	}
}

// TestWatcherKeepsThePoliciesOfAnEmptiedFile is an editor, or a full disk, that
// has truncated a file and not written it.
func TestWatcherKeepsThePoliciesOfAnEmptiedFile(t *testing.T) {
	dir := plain(t)
	w := start(t, filepath.Join(dir, "server.yaml"), time.Hour)
	if err := os.Truncate(filepath.Join(dir, "policies/a.yaml"), 0); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is told", func() bool { return strings.Contains(w.Status().Error, "a.yaml: is empty") })
	if w.last() != nil {
		t.Errorf("applied %v", w.last().Policies)
	}
}

// TestWatcherPollsWithoutEvents is a network mount, where inotify is silent.
func TestWatcherPollsWithoutEvents(t *testing.T) {
	dir := plain(t)
	set, err := Load(filepath.Join(dir, "server.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	w := &watch{}
	w.Watcher = NewWatcher(filepath.Join(dir, "server.yaml"), set, w.accept, slog.New(slog.DiscardHandler), time.Now)
	w.settle, w.pollEvery = 5*time.Millisecond, 20*time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.loop(ctx, nil) }()
	defer func() { cancel(); <-done }()
	save(t, filepath.Join(dir, "policies/b.yaml"), watchedPolicy("b"))
	eventually(t, "the poll finds it", func() bool { return w.policies() == "a b" })
}

func TestWatcherIgnoresWhatMeansTheSame(t *testing.T) {
	dir := plain(t)
	w := start(t, filepath.Join(dir, "server.yaml"), time.Hour)
	eventually(t, "the first look", func() bool { return w.Status().LastReloadAt.After(w.begun.LastReloadAt) })
	before := w.Status()
	save(t, filepath.Join(dir, "policies/a.yaml"), "# a comment\n"+watchedPolicy("a"))
	eventually(t, "it is read", func() bool {
		return w.Status().LastReloadAt.After(before.LastReloadAt) && w.Status().LastReloadSuccessful
	})
	save(t, filepath.Join(dir, "policies/b.yaml"), watchedPolicy("b"))
	eventually(t, "a change is applied", func() bool { return w.policies() == "a b" })
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.applied) != 1 {
		t.Errorf("applied %d times", len(w.applied))
	}
}
