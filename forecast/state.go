package forecast

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"math/bits"
	"slices"
	"time"
)

// stateVersion is raised whenever the bytes of a state, or what is made of them,
// change: what another version learned is learned anew.
const stateVersion = 4

// ErrState is that bytes are not a state of a Learner of this version.
var ErrState = errors.New("not a learner's state")

// MarshalBinary returns all that was learned, in bytes: after weeks some tens of
// thousands. The zone is not part of it.
func (l *Learner) MarshalBinary() ([]byte, error) {
	w := writer{bytes: make([]byte, 0, 32<<10)}
	w.byte(stateVersion)
	w.flag(l.recent.any)
	w.uint64(uint64(l.learned))
	w.floats(l.weight, l.restive.lately, l.restive.usually)
	w.floats(l.unit.c, l.unit.level, l.unit.count)
	w.time(l.unit.at)
	w.time(l.recent.at)
	w.floats(l.recent.last)
	w.uint64(l.recent.known)
	w.floats(l.recent.kept[:]...)
	w.floats(l.seasons.count)
	w.floats(l.seasons.means[:]...)
	w.singles(l.seasons.logs[:]...)
	for age := range int64(recentMinutes) {
		o := l.origins.at(l.recent.minute - age)
		// Which of them await an event is not written: nothing is to be learned
		// across its start.
		kept := o != nil && !l.uplift.near()
		w.flag(kept)
		if kept {
			w.origin(o)
		}
	}
	for i := range l.fits {
		w.ridge(&l.fits[i])
		w.balance(&l.balances[i])
		w.misses(&l.missed[i])
	}
	w.uint64(uint64(l.phase))
	w.uplift(l.uplift)
	w.coverage(&l.coverage, &l.bets)
	return binary.LittleEndian.AppendUint32(w.bytes, crc32.ChecksumIEEE(w.bytes)), nil
}

// UnmarshalBinary makes l know what another one knew, in l's zone. When the bytes
// are not a state, are damaged or of another version, the error is ErrState, and l
// stays as it is.
func (l *Learner) UnmarshalBinary(data []byte) error {
	n := len(data) - crc32.Size
	if n < 1 || data[0] != stateVersion {
		return fmt.Errorf("read state of %d bytes: another version: %w", len(data), ErrState)
	}
	if crc32.ChecksumIEEE(data[:n]) != binary.LittleEndian.Uint32(data[n:]) {
		return fmt.Errorf("read state of %d bytes: damaged: %w", len(data), ErrState)
	}
	r := reader{bytes: data[1:n]}
	read := NewLearner(l.clock.zone)
	r.learner(read)
	if !r.good() || len(r.bytes) > 0 {
		return fmt.Errorf("read state of %d bytes: malformed: %w", len(data), ErrState)
	}
	*l = *read
	return nil
}

// writer appends to bytes.
type writer struct{ bytes []byte }

func (w *writer) byte(b byte) { w.bytes = append(w.bytes, b) }

func (w *writer) flag(is bool) {
	b := byte(0)
	if is {
		b = 1
	}
	w.byte(b)
}

func (w *writer) uint64(v uint64) { w.bytes = binary.LittleEndian.AppendUint64(w.bytes, v) }

func (w *writer) time(at time.Time) {
	w.uint64(uint64(at.Unix()))
	w.bytes = binary.LittleEndian.AppendUint32(w.bytes, uint32(at.Nanosecond()))
}

func (w *writer) floats(values ...float64) {
	for _, v := range values {
		w.uint64(math.Float64bits(v))
	}
}

func (w *writer) singles(values ...float32) {
	for _, v := range values {
		w.bytes = binary.LittleEndian.AppendUint32(w.bytes, math.Float32bits(v))
	}
}

func (w *writer) origin(o *origin) {
	w.byte(byte(o.class))
	w.flag(o.dense)
	w.singles(o.now[:]...)
	w.singles(o.habits[:]...)
	w.singles(o.fitted[:]...)
	w.singles(o.expected[:]...)
}

func (w *writer) ridge(r *ridge) {
	w.floats(r.weight[:]...)
	w.floats(r.square[:]...)
	w.floats(r.pull[:]...)
	w.floats(r.seen, r.after)
}

func (w *writer) balance(b *balance) { w.floats(b.still, b.slopes, b.above, b.typical) }

func (w *writer) misses(e *misses) {
	for class := range e.index {
		for _, i := range e.index[class] {
			if i == 0 {
				w.uint64(0)
				continue
			}
			row := e.rows[i-1]
			w.uint64(row.used)
			w.singles(row.total)
			w.singles(e.counts[row.from:][:bits.OnesCount64(row.used)]...)
		}
	}
}

// reader takes from the front of bytes; once there are too few or one is wrong, it
// is no longer good, and all that it reads is 0.
type reader struct {
	bytes []byte
	bad   bool
}

func (r *reader) good() bool { return !r.bad }

// check notes that the bytes are wrong unless something is as it is to be.
func (r *reader) check(is bool) {
	if !is {
		r.bad, r.bytes = true, nil
	}
}

func (r *reader) take(n int) []byte {
	r.check(len(r.bytes) >= n)
	if r.bad {
		return make([]byte, n)
	}
	taken := r.bytes[:n]
	r.bytes = r.bytes[n:]
	return taken
}

func (r *reader) byte(most byte) byte {
	b := r.take(1)[0]
	r.check(b <= most)
	return min(b, most)
}

func (r *reader) flag() bool { return r.byte(1) == 1 }

func (r *reader) uint64() uint64 { return binary.LittleEndian.Uint64(r.take(8)) }

// int is from 0 to most.
func (r *reader) int(most int) int {
	v := r.uint64()
	r.check(v <= uint64(most))
	return int(min(v, uint64(most)))
}

func (r *reader) time() time.Time {
	seconds := int64(r.uint64())
	nanoseconds := binary.LittleEndian.Uint32(r.take(4))
	r.check(nanoseconds < uint32(time.Second))
	return time.Unix(seconds, int64(nanoseconds)).UTC()
}

// float is between least and most.
func (r *reader) float(least, most float64) float64 {
	v := math.Float64frombits(r.uint64())
	if !(v >= least && v <= most) {
		r.check(false)
		return least
	}
	return v
}

func (r *reader) floats(into []float64, least, most float64) {
	for i := range into {
		into[i] = r.float(least, most)
	}
}

func (r *reader) single32() float32 {
	return math.Float32frombits(binary.LittleEndian.Uint32(r.take(4)))
}

func (r *reader) single(most float32, orNaN bool) float32 {
	v := r.single32()
	if v >= 0 && v <= most || orNaN && math.IsNaN(float64(v)) {
		return v
	}
	r.check(false)
	return 0
}

func (r *reader) singles(into []float32, orNaN bool) {
	for i := range into {
		into[i] = r.single(mostLog, orNaN)
	}
}

const (
	mostLog   = 1500    // more than the logarithm of largest / smallest
	mostState = 1e20    // more than any sum of squares of logarithms
	mostCount = 1 << 50 // more than any number of samples
)

func (r *reader) learner(l *Learner) {
	l.recent.any = r.flag()
	l.learned = r.int(dense)
	l.weight = r.float(1, ripe)
	l.restive = restive{lately: r.float(0, mostLog), usually: r.float(0, mostLog)}
	l.unit = unit{c: r.float(0, largest), level: r.float(0, largest), count: r.float(0, mostCount), at: r.time()}
	r.check(l.unit.c == 0 || l.unit.c > smallest/100)
	r.check(l.unit.c == 0 || l.unit.count > 0)
	l.recent.at = r.time()
	l.recent.minute = minuteOf(l.recent.at)
	l.recent.last = r.float(0, largest)
	l.recent.known = r.uint64()
	r.check(!l.recent.any || l.recent.known>>slot(l.recent.minute)&1 == 1)
	r.floats(l.recent.kept[:], 0, largest)
	l.seasons.any, l.seasons.newest = l.recent.any, cellOf(l.recent.minute)
	l.seasons.count = r.float(0, mostCount)
	for i := range l.seasons.means {
		l.seasons.means[i] = r.floatOrNaN(largest)
	}
	r.singles(l.seasons.logs[:], true)
	for age := range int64(recentMinutes) {
		if r.flag() {
			minute := l.recent.minute - age
			l.origins[slot(minute)] = origin{minute: minute, known: true}
			r.origin(&l.origins[slot(minute)])
		}
	}
	for i := range l.fits {
		r.ridge(&l.fits[i])
		r.balance(&l.balances[i])
		r.misses(&l.missed[i])
	}
	l.phase = time.Duration(r.int(int(every)))
	l.uplift = r.uplift()
	if l.uplift != nil {
		l.tell()
	}
	r.coverage(&l.coverage, &l.bets)
}

func (r *reader) floatOrNaN(most float64) float64 {
	v := math.Float64frombits(r.uint64())
	if v >= 0 && v <= most || math.IsNaN(v) {
		return v
	}
	r.check(false)
	return 0
}

func (r *reader) origin(o *origin) {
	o.class = int8(r.byte(restiveClasses - 1))
	o.dense = r.flag()
	r.singles(o.now[:], false)
	r.singles(o.habits[:], true)
	r.singles(o.fitted[:], true)
	r.singles(o.expected[:], true)
}

func (r *reader) ridge(f *ridge) {
	r.floats(f.weight[:], -mostState, mostState)
	r.floats(f.square[:], -mostState, mostState)
	r.floats(f.pull[:], -mostState, mostState)
	f.seen, f.after = r.float(0, mostUnsolved+1), r.float(0, mostUnsolved)
}

func (r *reader) balance(b *balance) {
	*b = balance{
		still: r.float(0, 1), slopes: r.float(0, mostSlopes),
		above: r.float(-mostState, mostState), typical: r.float(0, mostLog),
	}
}

func (r *reader) misses(e *misses) {
	for class := range e.index {
		for level := range e.index[class] {
			used := r.uint64()
			r.check(used < 1<<errorBins)
			if r.bad || used == 0 {
				continue
			}
			row := errorRow{used: used, from: int32(len(e.counts)), total: r.single(mostCount, false)}
			for range bits.OnesCount64(used) {
				e.counts = append(e.counts, r.single(mostCount, false))
			}
			e.rows = append(e.rows, row)
			e.index[class][level] = uint8(len(e.rows))
		}
	}
	e.rows, e.counts = roomFor(slices.Clip(e.rows)), roomFor(slices.Clip(e.counts))
}
