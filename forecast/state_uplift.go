package forecast

import (
	"maps"
	"slices"
)

// The bounds of what a state may hold of events.
const (
	mostNear = 1 << 16
	mostName = 1 << 10
	// mostBlendDoubt allows for rounding.
	mostBlendDoubt = 2 * blendDoubt
)

func (w *writer) uplift(u *uplift) {
	w.flag(u != nil)
	if u == nil {
		return
	}
	w.uint64(uint64(len(u.classes)))
	for _, name := range slices.Sorted(maps.Keys(u.classes)) {
		w.text(name)
		w.curve(u.classes[name])
		w.lifts(u.classes[name].past)
	}
	w.curve(&u.all)
	for i := range u.fits {
		w.blend(&u.fits[i])
		w.blend(&u.ongoing[i])
		w.misses(&u.missed[i])
	}
	near := u.live
	if u.before != nil { // nobody has told since
		near = u.before
	}
	w.uint64(uint64(len(near)))
	for _, o := range near {
		w.text(o.name)
		w.flag(o.based)
		w.flag(o.began)
		w.flag(o.came)
		w.floats(o.base)
		w.floats(o.due[:]...)
		w.tally(&o.tally)
	}
}

func (w *writer) blend(b *blend) {
	w.floats(b.weight[:]...)
	for j := range b.doubt {
		w.floats(b.doubt[j][:]...)
	}
}

func (w *writer) text(s string) {
	s = s[:min(len(s), mostName)]
	w.uint64(uint64(len(s)))
	w.bytes = append(w.bytes, s...)
}

func (w *writer) curve(c *curve) {
	w.singles(c.seen[:]...)
	w.singles(c.rises[:]...)
	w.singles(c.levels[:]...)
	w.uint64(uint64(c.used))
}

func (r *reader) uplift() *uplift {
	if !r.flag() {
		return nil
	}
	u := newUplift()
	for n, last := r.int(mostClasses), ""; n > 0 && r.good(); n-- {
		name := r.text()
		r.check(len(u.classes) == 0 || last < name)
		last = name
		u.classes[name] = &curve{}
		r.curve(u.classes[name])
		u.classes[name].past = r.lifts()
	}
	r.curve(&u.all)
	for i := range u.fits {
		r.blend(&u.fits[i])
		r.blend(&u.ongoing[i])
		r.misses(&u.missed[i])
	}
	for n := r.int(mostNear); n > 0 && r.good(); n-- {
		o := &occasion{name: r.text(), based: r.flag(), began: r.flag(), came: r.flag(), base: r.float(0, mostLog)}
		r.floats(o.due[:], -mostState, mostState)
		r.tally(&o.tally)
		r.check(len(u.before) == 0 || u.before[len(u.before)-1].name < o.name)
		u.before = append(u.before, o)
	}
	return u
}

func (r *reader) blend(b *blend) {
	r.floats(b.weight[:], -mostState, mostState)
	for j := range b.doubt {
		r.floats(b.doubt[j][:], -mostBlendDoubt, mostBlendDoubt)
	}
}

func (r *reader) text() string { return string(r.take(r.int(mostName))) }

func (r *reader) curve(c *curve) {
	for i := range c.seen {
		c.seen[i] = r.single(curveMemory+1, false)
	}
	r.signed(c.rises[:])
	r.signed(c.levels[:])
	c.used = int64(r.uint64())
}

// signed are logarithms of either sign, summed up.
func (r *reader) signed(into []float32) {
	const most = mostLog * (curveMemory + 1)
	for i := range into {
		v := r.single32()
		r.check(v >= -most && v <= most)
		if r.good() {
			into[i] = v
		}
	}
}
