package forecast

import "time"

// mostMinutes is more than an event is followed for.
const mostMinutes = int(tallied/every) + 1

func (w *writer) lifts(past []Lift) {
	w.uint64(uint64(len(past)))
	for _, l := range past {
		w.time(l.Start)
		w.floats(l.Announced, l.Before, l.Most)
		w.uint64(uint64(l.Peak))
		w.flag(l.Came)
	}
}

func (r *reader) lifts() (past []Lift) {
	for n := r.int(mostLifts); n > 0 && r.good(); n-- {
		l := Lift{Start: r.time(), Announced: r.float(0, largest), Before: r.float(0, largest), Most: r.float(0, largest)}
		l.Peak, l.Came = time.Duration(r.int(int(tallied))), r.flag()
		r.check(len(past) == 0 || past[len(past)-1].Start.Before(l.Start))
		past = append(past, l)
	}
	return past
}

func (w *writer) tally(t *tally) {
	w.text(t.class)
	w.time(t.start)
	w.uint64(uint64(t.length))
	w.floats(t.announced, t.before, t.most)
	w.uint64(uint64(t.peak))
	w.uint64(uint64(t.seen))
	w.flag(t.done)
}

func (r *reader) tally(t *tally) {
	t.class, t.start, t.length = r.text(), r.time(), time.Duration(r.uint64())
	t.announced, t.before, t.most = r.float(0, largest), r.float(0, largest), r.float(0, largest)
	t.peak, t.seen, t.done = time.Duration(r.int(int(tallied))), r.int(mostMinutes), r.flag()
}

func (w *writer) coverage(c *Coverage, b *bets) {
	for i := range c.looked {
		w.singles(c.looked[i])
		w.singles(c.held[i][:]...)
		w.uint64(uint64(b[i].due))
		w.singles(b[i].most[:]...)
	}
}

func (r *reader) coverage(c *Coverage, b *bets) {
	for i := range c.looked {
		c.looked[i] = r.single(mostLooks, false)
		for j := range c.held[i] {
			c.held[i][j] = r.single(c.looked[i], false)
		}
		b[i].due = int64(r.uint64())
		r.singles(b[i].most[:], false)
	}
}
