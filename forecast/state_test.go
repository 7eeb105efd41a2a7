package forecast

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/calendar"
)

func stateOf(t interface {
	Helper()
	Fatal(args ...any)
}, l *Learner,
) []byte {
	t.Helper()
	state, err := l.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// What read a state knows what wrote it knew, and goes on to learn the same.
func TestLearnerOutlivesARestart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := heard(t, levels())
		cut := rapid.IntRange(0, len(all)).Draw(t, "restart")
		stays, restarted := NewLearner(nil).hear(all[:cut]...), NewLearner(nil)
		state := stateOf(t, stays)
		if err := restarted.UnmarshalBinary(state); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(state, stateOf(t, restarted)) {
			t.Fatal("the state of what read it is another")
		}
		for i := cut; i <= len(all); i += max(1, (len(all)-cut)/5) {
			at := all[max(i-1, 0)].at
			if p, q := stays.Path(at, time.Hour), restarted.Path(at, time.Hour); !slices.Equal(p.values, q.values) {
				t.Fatalf("after the restart %v is expected, and %v without", q.values, p.values)
			}
			next := all[i:min(i+max(1, (len(all)-cut)/5), len(all))]
			stays.hear(next...)
			restarted.hear(next...)
		}
	})
}

func TestLearnerOutlivesARestartAfterWeeks(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range map[string][]float64{
		"smooth": smooth(fourWeeks), "bursty": bursty(fourWeeks), "zero": make([]float64, fourWeeks),
	} {
		stays := NewLearner(rome)
		for i, v := range values {
			stays.Observe(eight.Add(time.Duration(i+1-len(values))*time.Minute), v)
		}
		restarted := NewLearner(rome)
		restarted.Observe(eight, 77) // forgotten
		state := stateOf(t, stays)
		if err := restarted.UnmarshalBinary(state); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes of state", name, len(state))
		for i := range 3 * hour {
			at := eight.Add(time.Duration(i) * time.Minute)
			p, q := stays.Path(at, time.Hour), restarted.Path(at, time.Hour)
			if !p.Known() || !slices.Equal(p.values, q.values) {
				t.Fatalf("%s, %d minutes after the restart: %v is expected, and %v without", name, i, q.values, p.values)
			}
			stays.Observe(at.Add(time.Minute), values[i])
			restarted.Observe(at.Add(time.Minute), values[i])
		}
		if !slices.Equal(stateOf(t, stays), stateOf(t, restarted)) {
			t.Fatalf("%s: after the restart, something else was learned", name)
		}
	}
}

// sealed is a state with the checksum that it should have.
func sealed(state []byte) []byte {
	n := len(state) - crc32.Size
	return binary.LittleEndian.AppendUint32(slices.Clone(state[:n]), crc32.ChecksumIEEE(state[:n]))
}

func TestLearnerRefusesWhatIsNoState(t *testing.T) {
	state := stateOf(t, taught(bursty(2*day)))
	older := slices.Clone(state)
	older[0]--
	longer := sealed(append(slices.Clone(state), 0))
	refused := map[string][]byte{"nothing": nil, "a byte": {stateVersion}, "an older version": sealed(older), "more than a state": longer}
	for _, n := range []int{4, 5, 100, len(state) / 2, len(state) - 1} {
		refused["the beginning of a state"] = state[:n]
		refused["a state that ends early"] = sealed(state[:n])
		checkRefused(t, refused)
	}
	for i := 1; i < len(state); i += 97 {
		damaged := slices.Clone(state)
		damaged[i] ^= 1
		checkRefused(t, map[string][]byte{"a state with another bit": damaged})
	}
	// What no checksum tells.
	for what, forge := range map[string]func(*Learner){
		"a weight of 0":           func(l *Learner) { l.weight = 0 },
		"an infinite weight":      func(l *Learner) { l.weight = math.Inf(1) },
		"no weight":               func(l *Learner) { l.weight = math.NaN() },
		"a last minute not known": func(l *Learner) { l.recent.known = 0 },
		"an unknown class":        func(l *Learner) { l.origins[0].class = restiveClasses },
		"a negative count":        func(l *Learner) { l.missed[0].counts[0] = -1 },
		"a bin too many":          func(l *Learner) { l.missed[0].rows[0].used |= 1 << errorBins },
		"an infinite habit":       func(l *Learner) { l.seasons.logs[0] = float32(math.Inf(1)) },
		"a unit of nothing":       func(l *Learner) { l.unit.c = 1e-300 },
		"too many samples":        func(l *Learner) { l.fits[0].seen = 1e9 },
	} {
		l := taught(bursty(2 * day))
		forge(l)
		checkRefused(t, map[string][]byte{what: stateOf(t, l)})
	}
}

func checkRefused(t *testing.T, refused map[string][]byte) {
	t.Helper()
	values := bursty(2 * hour)
	want := stateOf(t, taught(values))
	for what, bytes := range refused {
		l := NewLearner(nil)
		if err := l.UnmarshalBinary(bytes); !errors.Is(err, ErrState) {
			t.Errorf("%s was read as a state: %v", what, err)
		}
		for i, v := range values {
			l.Observe(eight.Add(time.Duration(i+1-len(values))*time.Minute), v)
		}
		if !slices.Equal(stateOf(t, l), want) {
			t.Errorf("%s left something behind", what)
		}
	}
}

// next is an event of the class that states know.
func next(at time.Time) calendar.Occurrence {
	return calendar.Occurrence{
		Event: &calendar.Event{ID: "next", Class: "cup", Impact: calendar.Impact{Multiplier: 3}},
		Start: at.Add(10 * time.Minute), End: at.Add(70 * time.Minute),
	}
}

// FuzzLearnerState reads states in which bytes were changed, three bytes for each:
// where, and to what. Their checksum is right, so that it is the rest that is
// relied on: what is taken for a state can be learned with, and is written as it
// was.
func FuzzLearnerState(f *testing.F) {
	var states [][]byte
	for _, values := range [][]float64{nil, make([]float64, 70), bursty(3 * hour), smooth(2 * hour)} {
		states = append(states, stateOf(f, taught(values)))
	}
	s := newStage(100)
	s.rises = func(time.Duration) float64 { return 2 }
	s.until(s.seen("cup", 3).Add(20 * time.Minute))
	states = append(states, stateOf(f, s.learner))
	f.Add(byte(0), []byte{})
	f.Add(byte(2), []byte{0x10, 0, 0x7f, 0x11, 0, 0xff})
	f.Add(byte(3), []byte{1, 0, 0, 0xff, 0x2f, 0x80})
	f.Add(byte(4), []byte{})
	f.Fuzz(func(t *testing.T, which byte, changes []byte) {
		state := slices.Clone(states[int(which)%len(states)])
		for ; len(changes) >= 3; changes = changes[3:] {
			state[int(binary.LittleEndian.Uint16(changes))%len(state)] = changes[2]
		}
		l := NewLearner(nil)
		if l.UnmarshalBinary(sealed(state)) != nil {
			return
		}
		if !slices.Equal(stateOf(t, l), sealed(state)) {
			t.Fatal("a state was written otherwise than it was read")
		}
		at := l.recent.at
		for i := range 90 {
			checkSound(t, l.Path(at, time.Hour))
			at = at.Add(time.Minute)
			if i == 30 {
				l.Expect([]calendar.Occurrence{next(at)})
			}
			l.Observe(at, float64(i%7)*1e3)
		}
		c := l.Calibrations().Of(next(at))
		if mean, _ := c.Mean(); !(mean >= 0) || len(c.Past) > mostLifts {
			t.Fatalf("%v is the mean of %+v", mean, c.Past)
		}
	})
}
