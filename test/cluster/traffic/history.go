package traffic

import (
	"sort"
	"time"
)

// history is what a value was from each change on, oldest first.
type history []change

type change struct {
	at    time.Time
	value float64
	there bool // false from the moment it was dropped
}

// add notes a change. The API knows milliseconds, so a change counts from the
// beginning of its own: a query right after it finds it. A wall clock that is
// set back must not reorder the past.
func (h history) add(at time.Time, value float64, there bool) history {
	at = at.Truncate(time.Millisecond)
	if last := len(h) - 1; last >= 0 && at.Before(h[last].at) {
		at = h[last].at
	}
	return append(h, change{at, value, there})
}

// at is what was true at an instant; nothing was before the first change.
func (h history) at(t time.Time) (float64, bool) {
	after := sort.Search(len(h), func(i int) bool { return h[i].at.After(t) })
	if after == 0 || !h[after-1].there {
		return 0, false
	}
	return h[after-1].value, true
}
