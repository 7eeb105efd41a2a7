package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/redis"
	"github.com/headstart-scaler/headstart/store/sqlite"
	"github.com/headstart-scaler/headstart/workload"
)

// tides is a source that rises and falls within three hours, and knows its past
// unless it is away.
type tides struct{ away bool }

func tide(at time.Time) float64 { return 500 + 300*math.Sin(float64(at.Unix())/10800*2*math.Pi) }

func (s tides) Read(_ context.Context, queries []signal.Query) []signal.Reading {
	out := make([]signal.Reading, len(queries))
	for i := range out {
		if out[i] = signal.Good(time.Now(), tide(time.Now())); s.away {
			out[i] = signal.Bad(time.Now(), signal.Empty, "away")
		}
	}
	return out
}

func (s tides) History(_ context.Context, _ signal.Query, from, to time.Time, step time.Duration) (out []signal.Sample, err error) {
	if s.away {
		return nil, errors.New("no past")
	}
	for at := from; !at.After(to); at = at.Add(step) {
		out = append(out, signal.Sample{At: at, Value: tide(at)})
	}
	return out, nil
}

// learners notes the models that are made.
type learners struct {
	mu   sync.Mutex
	made []*forecast.Learner
}

func (l *learners) model() pipeline.Model {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.made = append(l.made, forecast.NewLearner(nil))
	return l.made[len(l.made)-1]
}

// expects reports whether one of them expects what comes.
func (l *learners) expects(at time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range l.made {
		then := at.Add(20 * time.Minute)
		if path := one.Path(at, time.Hour); path.Known() && math.Abs(path.At(0.5, then)/tide(then)-1) < 0.1 {
			return true
		}
	}
	return false
}

// learn runs a pipeline until it is ended.
func learn(t *testing.T, source tides, m memories, tick time.Duration) (l *learners, end func()) {
	t.Helper()
	l = &learners{}
	policy := decision.Policy{
		Name: "a", Mode: decision.Enforce, Min: 1, Max: 100, Quantile: 0.9, PodLead: 90 * time.Second, HoldFor: time.Minute,
		Signals: []decision.Signal{{
			Name: "requests", Kind: signal.Rate, Source: "m", Query: signal.Expression{PromQL: "q"}, Capacity: decision.Capacity{PerReplica: 10},
		}},
	}
	p := pipeline.New(pipeline.Options{
		Tick: tick, Sources: map[string]pipeline.Source{"m": source}, Forecaster: forecast.Hold{}, Past: 3 * 24 * time.Hour,
		Model: l.model, Memory: memory{m, slog.New(slog.DiscardHandler)},
	}, pipeline.NewPolicies("h", []decision.Policy{policy}, []workload.Trigger{{Workload: workload.ID{Namespace: "shop", Name: "api"}, Policy: "a"}}))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := p.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	return l, func() { cancel(); <-done }
}

// A process learned, and is killed: what its file has at that instant, with what is
// in the WAL, is enough for another one to forecast as before, although its source
// has neither a past nor a present.
func TestWhatWasLearnedOutlivesAKill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		open := func(name string) *sqlite.Store {
			s, err := sqlite.Open(t.Context(), filepath.Join(folder, name), sqlite.Options{Now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		s := open("live.db")
		first, end := learn(t, tides{}, s, 5*time.Second)
		time.Sleep(11 * time.Minute)
		synctest.Wait()
		if !first.expects(time.Now()) {
			t.Fatal("nothing was learned")
		}
		copyFile(t, filepath.Join(folder, "live.db"), filepath.Join(folder, "killed.db"))
		copyFile(t, filepath.Join(folder, "live.db-wal"), filepath.Join(folder, "killed.db-wal"))
		end()
		closed(t, s)
		for name, want := range map[string]bool{"killed.db": true, "empty.db": false} {
			s := open(name)
			second, end := learn(t, tides{away: true}, s, 5*time.Second)
			time.Sleep(11 * time.Second)
			end()
			closed(t, s)
			if got := second.expects(time.Now()); got != want {
				t.Errorf("with %s, what comes is expected: %v, want %v", name, got, want)
			}
		}
	})
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func closed(t *testing.T, c io.Closer) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// A process that is ended leaves all that it learned, in a file or in a Redis.
func TestWhatWasLearnedOutlivesAnEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "headstart.db")
	t.Run("sqlite", func(t *testing.T) {
		checkOutlivesAnEnd(t, func() (keeper, error) { return sqlite.Open(t.Context(), path, sqlite.Options{}) })
	})
	t.Run("redis", func(t *testing.T) {
		address := startRedis(t)
		checkOutlivesAnEnd(t, func() (keeper, error) {
			return redis.Open(t.Context(), redis.Options{Connection: goredis.UniversalOptions{Addrs: []string{address}}})
		})
	})
}

func checkOutlivesAnEnd(t *testing.T, open func() (keeper, error)) {
	t.Helper()
	for _, away := range []bool{false, true} {
		s, err := open()
		if err != nil {
			t.Fatal(err)
		}
		expected := false
		for lasts := 200 * time.Millisecond; !expected && lasts < 10*time.Second; lasts *= 2 {
			l, end := learn(t, tides{away}, s, 50*time.Millisecond)
			<-time.After(lasts) // models are looked at when no tick runs any more
			end()
			expected = l.expects(time.Now())
		}
		if !expected {
			t.Errorf("away %v: what comes is not expected", away)
		}
		closed(t, s)
	}
}

// startRedis starts a real server on loopback.
func startRedis(t *testing.T) (address string) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("SKIPPED: THE REAL REDIS IS MISSING: apt-get install redis-server")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, l)
	server := exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", t.TempDir(), "--save", "", "--appendonly", "yes")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Process.Kill(); err != nil {
			t.Error(err)
		}
		server.Wait() //nolint:errcheck // killed
	})
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			closed(t, c)
			return address
		}
	}
	t.Fatal("the Redis does not answer")
	return ""
}

// limitedMemory is a store that may have damage.
type limitedMemory struct {
	list []store.Memory
	err  error
	took []int
}

func (m *limitedMemory) Remember(_ context.Context, list []store.Memory) error {
	m.took = append(m.took, len(list))
	return store.CheckMemories(list)
}

func (m *limitedMemory) Recall(_ context.Context, keys []string) ([]store.Memory, error) {
	return m.list, errors.Join(m.err, store.CheckRecall(keys))
}

// What is damaged or too large costs that alone; a store that is away says so.
func TestAMemoryHoldsToWhatTheStoreTakes(t *testing.T) {
	var log bytes.Buffer
	s := &limitedMemory{list: []store.Memory{{Key: "a", At: time.Now(), Content: []byte("x")}}, err: fmt.Errorf("b: %w", store.ErrCorrupt)}
	m := memory{s, slog.New(slog.NewTextHandler(&log, nil))}
	got, err := m.Recall(t.Context(), []string{"a", "b"})
	if err != nil || len(got) != 1 || got[0].Key != "a" || !bytes.Contains(log.Bytes(), []byte("damaged: learned anew")) {
		t.Errorf("recalled %v, %v", got, err)
	}
	s.err = store.ErrUnavailable
	if _, err := m.Recall(t.Context(), []string{"a"}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a store that is away is %v", err)
	}
	many := make([]pipeline.Learned, store.MaxMemories+2)
	for i := range many {
		many[i] = pipeline.Learned{Key: fmt.Sprint(i), At: time.Now(), Content: []byte("x")}
	}
	many[7].Content = make([]byte, store.MaxMemory+1)
	if err := m.Remember(t.Context(), many); err != nil || len(s.took) != 2 || s.took[0] != store.MaxMemories || s.took[1] != 1 {
		t.Errorf("%v were written: %v", s.took, err)
	}
}
