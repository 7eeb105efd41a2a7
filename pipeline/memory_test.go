package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// kept is a Memory.
type kept struct {
	mu    sync.Mutex
	all   map[string]Learned
	wrote []int // how many at each write
	fail  error
	asked int
}

func newKept() *kept { return &kept{all: map[string]Learned{}} }

func (k *kept) Remember(_ context.Context, learned []Learned) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fail != nil {
		return k.fail
	}
	models := 0
	for _, l := range learned {
		k.all[l.Key] = l
		if strings.HasPrefix(l.Key, "model ") {
			models++
		}
	}
	k.wrote = append(k.wrote, models)
	return nil
}

func (k *kept) Recall(_ context.Context, keys []string) (out []Learned, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	for _, key := range keys {
		if l, known := k.all[key]; known {
			out = append(out, l)
		}
	}
	return out, k.fail
}

func (k *kept) failing(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fail = err
}

// killed is what a process that is killed now leaves behind.
func (k *kept) killed() *kept {
	k.mu.Lock()
	defer k.mu.Unlock()
	return &kept{all: maps.Clone(k.all)}
}

// writes are how many models were written at a time since it was last called.
func (k *kept) writes() (counts []int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	counts, k.wrote = k.wrote, nil
	return counts
}

func (k *kept) models() (n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for key := range k.all {
		if strings.HasPrefix(key, "model ") {
			n++
		}
	}
	return n
}

// waves is a source whose value follows a day, and which knows the past.
type waves struct {
	mu    sync.Mutex
	away  bool // no value now
	fails bool // no past
	asked []time.Time
}

func wave(at time.Time) float64 {
	return 500 + 300*math.Sin(float64(at.Unix())/86400*2*math.Pi) + 10*math.Sin(float64(at.Unix()))
}

func (w *waves) Read(_ context.Context, queries []signal.Query) []signal.Reading {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]signal.Reading, len(queries))
	now := time.Now()
	for i, q := range queries {
		switch _, group := q.(signal.ConsumerGroup); {
		case w.away:
			out[i] = signal.Bad(now, signal.Empty, "away")
		default:
			out[i] = signal.Good(now, wave(now))
			if group {
				out[i].Group = &signal.GroupBacklog{Arrival: wave(now), Rated: true, Partitions: 4}
			}
		}
	}
	return out
}

func (w *waves) History(_ context.Context, _ signal.Query, from, to time.Time, step time.Duration) (out []signal.Sample, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, from)
	if w.fails {
		return nil, errors.New("no past")
	}
	for at := from; !at.After(to); at = at.Add(step) {
		out = append(out, signal.Sample{At: at, Value: wave(at)})
	}
	return out, nil
}

// asks are from when the past was asked for.
func (w *waves) asks() []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked)
}

const pastDays = 3 * 24 * time.Hour

func learningOptions(w Source, m Memory) Options {
	return Options{
		Jitter: -1, Sources: map[string]Source{"m": w}, Forecaster: &level{}, Past: pastDays, Memory: m,
		Model: func() Model { return forecast.NewLearner(nil) },
	}
}

func learning(w Source, m Memory, change ...func(*Options)) *Pipeline {
	o := learningOptions(w, m)
	for _, c := range change {
		c(&o)
	}
	return New(o, NewPolicies("h", []decision.Policy{ratePolicy("a", "m", "q"), backlogPolicy("lag", "m", "g")},
		[]workload.Trigger{trigger("1", "a"), trigger("2", "lag")}))
}

func learnerOf(t *testing.T, p *Pipeline, q signal.Query) *forecast.Learner {
	t.Helper()
	l, is := p.feeds[feedKey{"m", q}].model.(*forecast.Learner)
	if !is {
		t.Fatal("no learner")
	}
	return l
}

func stateOf(t *testing.T, l *forecast.Learner) []byte {
	t.Helper()
	b, err := l.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// checkExpects fails unless what comes in twenty minutes is expected.
func checkExpects(t *testing.T, l *forecast.Learner, at time.Time) {
	t.Helper()
	then := at.Add(20 * time.Minute)
	path := l.Look(at, time.Hour).Path
	if !path.Known() || math.Abs(path.At(0.5, then)/wave(then)-1) > 0.2 {
		t.Errorf("%v comes, and is not expected", wave(then))
	}
}

var (
	rateQuery  = signal.Expression{PromQL: "q"}
	groupQuery = signal.ConsumerGroup{Group: "g", Topics: "t"}
)

// A process learns, and is killed or ended; the next one knows what it knew,
// although the source has no past and no values any more.
func TestWhatWasLearnedOutlivesTheProcess(t *testing.T) {
	for name, killed := range map[string]bool{"killed": true, "ended": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				memory := newKept()
				first := learning(&waves{}, memory)
				stop := start(t, first)
				time.Sleep(70*time.Minute + time.Second)
				synctest.Wait()
				left, at := memory.killed(), time.Now()
				stop()
				want := map[signal.Query][]byte{rateQuery: stateOf(t, learnerOf(t, first, rateQuery)), groupQuery: stateOf(t, learnerOf(t, first, groupQuery))}
				if !killed {
					left = memory
				}
				second := learning(&waves{away: true, fails: true}, left)
				stop = start(t, second)
				time.Sleep(6 * time.Second) // a tick that takes it
				synctest.Wait()
				stop()
				for q, state := range want {
					l := learnerOf(t, second, q)
					checkExpects(t, l, at)
					if same := bytes.Equal(state, stateOf(t, l)); !killed && !same {
						t.Errorf("%s: another state is known than the one that was left", q)
					}
				}
			})
		})
	}
}

// Only what came since is fetched, and what was learned of both is the same as if
// nothing had happened.
func TestOnlyWhatCameSinceIsFetched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := newKept()
		stop := start(t, learning(&waves{}, memory))
		time.Sleep(11*time.Minute + time.Second)
		stop()
		ended := time.Now()
		time.Sleep(2 * time.Hour)
		w := &waves{}
		p := learning(w, memory)
		stop = start(t, p)
		defer stop()
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(w.asks()) != 2 || w.asks()[1].Before(ended.Add(-10*time.Second)) || w.asks()[1].After(ended) {
			t.Errorf("the past was asked for from %v, want half an hour back, and from %v", w.asks(), ended)
		}
		at := time.Now()
		checkExpects(t, learnerOf(t, p, rateQuery), at)
	})
}

// What cannot be used is told, learned anew, and written over.
func TestWhatIsOfNoUseIsLearnedAnew(t *testing.T) {
	now := func(l Learned, age time.Duration, content []byte) Learned {
		return Learned{l.Key, time.Now().Add(-age), content}
	}
	for name, spoil := range map[string]func(Learned) Learned{
		"damaged":        func(l Learned) Learned { return now(l, 0, append([]byte{l.Content[0]}, l.Content[2:]...)) },
		"newer":          func(l Learned) Learned { return now(l, 0, append([]byte{l.Content[0] + 1}, l.Content[1:]...)) },
		"empty":          func(l Learned) Learned { return now(l, 0, nil) },
		"too old":        func(l Learned) Learned { return now(l, pastDays+time.Second, l.Content) },
		"of another day": func(l Learned) Learned { return now(l, -time.Hour, l.Content) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { checkLearnedAnew(t, spoil) })
		})
	}
}

func checkLearnedAnew(t *testing.T, spoil func(Learned) Learned) {
	t.Helper()
	l := forecast.NewLearner(nil)
	for m := range 200 {
		l.Observe(time.Now().Add(time.Duration(m-200)*time.Minute), 7)
	}
	memory, key := newKept(), memoryKey(feedKey{"m", rateQuery})
	memory.all[key] = spoil(Learned{key, time.Now(), stateOf(t, l)})
	var out logs
	w := &waves{}
	p := learning(w, memory, func(o *Options) { o.Logger = out.logger() })
	stop := start(t, p)
	time.Sleep(10*time.Minute + 10*time.Second)
	synctest.Wait()
	stop()
	if n := out.count("of no use: learned anew"); n != 1 {
		t.Errorf("told %d times", n)
	}
	if len(w.asks()) != 2 || !w.asks()[1].Equal(w.asks()[0].Add(30*time.Minute-pastDays)) {
		t.Errorf("the past was asked for from %v", w.asks())
	}
	if _, err := p.options.revived(memory.all[key], time.Now()); err != nil {
		t.Errorf("what was learned anew was not kept: %v", err)
	}
}

// A memory that does not answer keeps nobody from learning, is not pressed, and has
// nothing written over that was not read.
func TestAMemoryThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := newKept()
		stop := start(t, learning(&waves{}, memory))
		time.Sleep(12 * time.Minute)
		stop()
		before := maps.Clone(memory.all)
		memory.failing(errors.New("away"))
		memory.asked = 0
		w := &waves{}
		policies, bound := []decision.Policy{ratePolicy("a", "m", "q")}, []workload.Trigger{trigger("1", "a")}
		for i := range 8 {
			name := fmt.Sprintf("p%d", i)
			policies, bound = append(policies, ratePolicy(name, "m", name)), append(bound, trigger(name, name))
		}
		p := New(learningOptions(w, memory), NewPolicies("h", policies, bound))
		stop = start(t, p)
		time.Sleep(11 * time.Minute)
		synctest.Wait()
		at := time.Now()
		if path := learnerOf(t, p, rateQuery).Look(at, time.Hour).Path; !path.Known() {
			t.Error("nothing was learned of the source's past")
		}
		// For states, and by each worker for one of nine models, half a minute apart.
		if asks := len(w.asks()); memory.asked > (1+fillWorkers)*23 || asks != 2*len(policies) {
			t.Errorf("the memory was asked %d times, the source %d times", memory.asked, asks)
		}
		memory.failing(nil)
		stop()
		if !sameContents(memory.killed().all, before) {
			t.Error("what was not read was written over")
		}
	})
}

// What it kept is taken when it is back.
func TestAMemoryThatComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := newKept()
		stop := start(t, learning(&waves{}, memory))
		time.Sleep(70 * time.Minute) // arrivals have no past to be learned from
		stop()
		memory.failing(errors.New("away"))
		p := learning(&waves{fails: true}, memory)
		stop = start(t, p)
		time.Sleep(time.Minute)
		memory.failing(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		stop()
		for _, q := range []signal.Query{rateQuery, groupQuery} {
			if path := learnerOf(t, p, q).Look(time.Now(), time.Hour).Path; !path.Known() {
				t.Errorf("%s: what was learned is not taken when the memory is back", q)
			}
		}
		if !p.recalled {
			t.Error("the states are not read when the memory is back")
		}
	})
}

func sameContents(a, b map[string]Learned) bool {
	return maps.EqualFunc(a, b, func(x, y Learned) bool { return bytes.Equal(x.Content, y.Content) })
}

// Writes are spread: each model once in ten minutes, few at a time, and what is new
// at the end.
func TestWritesAreSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 1200 // ten a tick
		policies, bound := make([]decision.Policy, n), make([]workload.Trigger, n)
		for i := range n {
			name := fmt.Sprintf("p%d", i)
			policies[i], bound[i] = ratePolicy(name, "m", name), trigger(name, name)
		}
		memory, w := newKept(), &waves{}
		o := learningOptions(w, memory)
		o.Past = time.Hour
		p := New(o, NewPolicies("h", policies, bound))
		stop := start(t, p)
		time.Sleep(12 * time.Minute) // the first are written before their past is read
		memory.writes()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		total, most := 0, 0
		for _, models := range memory.writes() {
			total, most = total+models, max(most, models)
		}
		if memory.models() != n || total < n || total > n+30 || most > 30 {
			t.Errorf("%d models kept; in ten minutes %d written, %d at a time", memory.models(), total, most)
		}
		w.mu.Lock()
		w.away = true
		w.mu.Unlock()
		time.Sleep(11 * time.Minute)
		memory.writes()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if slices.Max(memory.writes()) > 0 {
			t.Error("models that learned nothing are written again")
		}
		stop()
		for _, f := range p.feeds {
			if last, _ := f.series.Last(); !memory.all[f.memory].At.Equal(last.At) {
				t.Fatalf("the newest of %s was not kept at the end", f.key.query)
			}
		}
	})
}

// A model that cannot be written is a model all the same.
func TestAModelThatCannotLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory, h := newKept(), &hearing{}
		p := learning(&waves{}, memory, func(o *Options) { o.Model = func() Model { return h } })
		stop := start(t, p)
		time.Sleep(11 * time.Minute)
		stop()
		if memory.models() != 0 || h.seen == 0 {
			t.Errorf("%d kept, %d samples seen", memory.models(), h.seen)
		}
	})
}

// The clocks of another zone are looked up in what was learned by those of the one
// before: the state is of instants.
func TestAnotherZoneReadsWhatWasLearned(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 6, 10, 12, 0, 0, 0, time.UTC)
	l := forecast.NewLearner(nil)
	for m := range 10 * 24 * 60 {
		l.Observe(at.Add(time.Duration(m)*time.Minute), wave(at.Add(time.Duration(m)*time.Minute)))
	}
	end := at.Add(10 * 24 * time.Hour)
	o := Options{Past: pastDays, Model: func() Model { return forecast.NewLearner(tokyo) }}
	moved, err := o.revived(Learned{At: end, Content: stateOf(t, l)}, end)
	if err != nil {
		t.Fatal(err)
	}
	want := l.Look(end, time.Hour).Path
	got := moved.Look(end, time.Hour).Path
	for _, after := range []time.Duration{time.Minute, 20 * time.Minute, time.Hour} {
		if a, b := want.At(0.9, end.Add(after)), got.At(0.9, end.Add(after)); a != b {
			t.Errorf("%v is expected after %v, and %v by the clocks of Tokyo, which were not moved in between", a, after, b)
		}
	}
}

// The keys are part of what is kept: a key that changes loses all that was learned.
func TestMemoryKeys(t *testing.T) {
	for want, k := range map[string]feedKey{
		"model 569775a83c3f69f42cefecde02f0c6cfb8af68de88efd294c1b54ea824325409": {"m", signal.Expression{PromQL: "q"}},
		"model c05be8b5809648d2e582e19999b34c8be36bd8b3053eecc9bf3a9ce1a9ca0c84": {"m", signal.ConsumerGroup{Group: "g", Topics: "t"}},
	} {
		if got := memoryKey(k); got != want {
			t.Errorf("%v has the key %s, want %s", k, got, want)
		}
	}
	all := map[string]feedKey{}
	for _, k := range []feedKey{
		{"m", signal.Expression{PromQL: "q"}},
		{"n", signal.Expression{PromQL: "q"}},
		{"m", signal.Expression{PromQL: "r"}},
		{"m", signal.ConsumerGroup{Group: "q"}},
		{"m", signal.ConsumerGroup{Group: "q", Topics: "t"}},
		{"m", signal.ConsumerGroup{Group: "q", Pattern: "t"}},
		{"m", signal.ConsumerGroup{Group: "q", Partitions: "t"}},
		{"m", signal.ConsumerGroup{Group: "q", OffsetReset: "t"}},
		{"m", signal.ConsumerGroup{Group: "q", ExcludePersistentLag: true}},
	} {
		if other, twice := all[memoryKey(k)]; twice {
			t.Errorf("%v and %v have one key", other, k)
		}
		all[memoryKey(k)] = k
	}
}
