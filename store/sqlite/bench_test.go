package sqlite_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/sqlite"
)

// schedule is a document of events as a schedule has them, each different.
func schedule(events int) []byte {
	var b bytes.Buffer
	for i := range events {
		fmt.Fprintf(&b, `{"id":"ev-%06d","title":"Tournament %d of the spring series, final round","class":"tournament",`+
			`"window":{"start":"2027-%02d-%02dT%02d:%02d","end":"2027-%02d-%02dT23:59","zone":"Europe/Malta"},`+
			`"scope":{"brands":["brand-%d"],"markets":["DE","MT","SE"]},"impact":{"expectedPeak":%d,"unit":"rps"},`+
			`"confidence":0.%02d,"status":"confirmed","owner":"mia@example.com","notes":"see the plan of week %d, row %d"}`+"\n",
			i, i%997, i%12+1, i%28+1, i%22, i%60, i%12+1, i%28+1, i%17, 1000+i*7%9000, i%100, i%52, i)
	}
	return b.Bytes()
}

func BenchmarkApply(b *testing.B) {
	for _, events := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("events=%d", events), func(b *testing.B) { benchmarkApply(b, events) })
	}
}

func benchmarkApply(b *testing.B, events int) {
	document, n := schedule(events), int64(0)
	path := filepath.Join(b.TempDir(), "headstart.db")
	s := opened(b, path)
	defer s.Close()
	loop(b, func() error {
		fresh := append([]byte(fmt.Sprintf("%12d\n", n)), document...)
		v, err := s.Apply(b.Context(), store.Proposal{Expected: n, Document: fresh, Events: events, Author: "ci"})
		n = v.Number
		return err
	})
	size := int64(0)
	for _, name := range []string{path, path + "-wal"} {
		if info, err := os.Stat(name); err == nil {
			size += info.Size()
		}
	}
	b.ReportMetric(float64(size)/float64(n), "disk-B/version")
	b.ReportMetric(float64(len(document)), "document-B")
}

// The file has 20 versions of 100 000 events. Open reads all of it, to see
// that it is whole.
func BenchmarkRead(b *testing.B) {
	path := filepath.Join(b.TempDir(), "headstart.db")
	s := opened(b, path)
	defer s.Close()
	ctx := b.Context()
	for n := range int64(20) {
		if _, err := s.Apply(ctx, store.Proposal{Expected: n, Document: append(schedule(100_000), byte(n)), Author: "ci"}); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("Current", func(b *testing.B) {
		loop(b, func() error { _, err := s.Current(ctx); return err })
	})
	b.Run("Document", func(b *testing.B) {
		loop(b, func() error { _, err := s.Document(ctx, 20); return err })
	})
	b.Run("Open", func(b *testing.B) {
		loop(b, func() error { return opened(b, path).Close() })
	})
	b.Run("Note", func(b *testing.B) {
		loop(b, func() error {
			_, err := s.Note(ctx, store.Entry{Actor: "a", Verb: "b", Object: "c"}, store.Key{})
			return err
		})
	})
}

func opened(b *testing.B, path string) *sqlite.Store {
	b.Helper()
	s, err := sqlite.Open(b.Context(), path, sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func loop(b *testing.B, do func() error) {
	b.ReportAllocs()
	for b.Loop() {
		if err := do(); err != nil {
			b.Fatal(err)
		}
	}
}

// learned are the states of learners of four weeks, each of another series.
func learned(b *testing.B, n int) (states [][]byte) {
	b.Helper()
	start := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	for i := range n {
		l, noise := forecast.NewLearner(nil), rand.New(rand.NewPCG(uint64(i), 0))
		for m := range 4 * 7 * 24 * 60 {
			wave := 1 + 0.5*math.Sin(float64(m)/1440*2*math.Pi+float64(i))
			l.Observe(start.Add(time.Duration(m)*time.Minute), 500*wave*math.Exp(0.2*noise.NormFloat64()))
		}
		state, err := l.MarshalBinary()
		if err != nil {
			b.Fatal(err)
		}
		states = append(states, state)
	}
	return states
}

// learnedSeries is the fleet of DESIGN's figures.
const learnedSeries = 10_000

// rememberAll writes what learnedSeries know, as a process does in ten minutes.
func rememberAll(b *testing.B, s *sqlite.Store, states [][]byte) {
	b.Helper()
	for first := 0; first < learnedSeries; first += len(states) {
		list := make([]store.Memory, min(len(states), learnedSeries-first))
		for i := range list {
			list[i] = store.Memory{Key: fmt.Sprint("series ", first+i), At: time.Now(), Content: states[i]}
		}
		if err := s.Remember(b.Context(), list); err != nil {
			b.Error(err)
		}
	}
}

// What 10 000 learned series take on disk, how long it takes to write all of them
// again, and to open the file, all of which is read.
func BenchmarkRemember10000(b *testing.B) {
	path := filepath.Join(b.TempDir(), "headstart.db")
	s, states := opened(b, path), learned(b, 64)
	rememberAll(b, s, states)
	b.Run("Remember", func(b *testing.B) {
		for b.Loop() {
			rememberAll(b, s, states)
		}
		b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/all")
	})
	b.Run("Recall", func(b *testing.B) {
		i := 0
		loop(b, func() error {
			i++
			_, err := s.Recall(b.Context(), []string{fmt.Sprint("series ", i%learnedSeries)})
			return err
		})
	})
	b.Run("NoteBeside", func(b *testing.B) { benchmarkNoteBeside(b, s, states) })
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Open", func(b *testing.B) {
		loop(b, func() error { return opened(b, path).Close() })
		b.ReportMetric(float64(info.Size())/learnedSeries, "disk-B/series")
	})
}

// benchmarkNoteBeside is a change of somebody while all of it is written without a
// pause.
func benchmarkNoteBeside(b *testing.B, s *sqlite.Store, states [][]byte) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		rememberAll(b, s, states)
	}()
	var longest time.Duration
	for b.Loop() {
		began := time.Now()
		if _, err := s.Note(b.Context(), store.Entry{Actor: "a", Verb: "b", Object: "c"}, store.Key{}); err != nil {
			b.Fatal(err)
		}
		longest = max(longest, time.Since(began))
	}
	b.ReportMetric(float64(longest.Milliseconds()), "ms-longest")
	<-done
}
