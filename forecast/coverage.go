package forecast

import (
	"math"
	"time"
)

// Coverage is how often values were at or under what had been expected, as told
// before they came: each quantile is to hold as often as it says. It is that of
// the series itself, while no event is near, and of the last days: what was a week
// ago counts half. The zero Coverage has seen nothing.
type Coverage struct {
	looked [len(coveredAheads)]float32
	held   [len(coveredAheads)][len(coveredQuantiles)]float32
}

// Covered is the coverage of one quantile.
type Covered struct {
	// Ahead is how long before they came values were expected.
	Ahead time.Duration
	// Quantile is the share that should have been at or under what was expected, and
	// Share the one that was.
	Quantile, Share float64
}

// coveredAheads are those of aheads that are looked at, by their index: 5 and 11
// minutes, between which replicas come with their nodes.
//
//nolint:gochecknoglobals // a table, never written
var coveredAheads = [...]int{2, 4}

// coveredQuantiles are those that are looked at, by their index in quantiles.
//
//nolint:gochecknoglobals // a table, never written
var coveredQuantiles = [...]int{0, 2, 3, 5}

const (
	// coveredEvery is of how many minutes one is looked at, a power of two, in turn as
	// those that are learned from: it costs as much as to learn a minute.
	coveredEvery = 16
	// coveredKeep is 2^(−coveredEvery/memory), and mostLooks more than what such a
	// sum comes to.
	coveredKeep = 0.99890037
	mostLooks   = 1000
	// fewestLooks tell something of a quantile of 0.9.
	fewestLooks = 30
	// rounded is by what a value that is exactly what was expected may be above it.
	rounded = 1e-5
)

// All calls yield for each quantile at each time ahead, until it returns false. It
// calls it for none before there is half a day of them.
func (c Coverage) All(yield func(Covered) bool) {
	for i, a := range coveredAheads {
		if c.looked[i] < fewestLooks {
			continue
		}
		for j, q := range coveredQuantiles {
			if !yield(Covered{time.Duration(aheads[a]) * every, quantiles[q], float64(c.held[i][j] / c.looked[i])}) {
				return
			}
		}
	}
}

// Coverage returns how well the quantiles held so far.
func (l *Learner) Coverage() Coverage { return l.coverage }

// bets are what is expected of minutes to come: one for each of coveredAheads.
type bets [len(coveredAheads)]struct {
	due  int64 // the minute
	most [len(coveredQuantiles)]float32
}

// count takes in a value that was expected with quantiles.
func (c *Coverage) count(i int, most *[len(coveredQuantiles)]float32, value float32) {
	c.looked[i] = c.looked[i]*coveredKeep + 1
	for j, q := range most {
		c.held[i][j] *= coveredKeep
		if value <= q+rounded {
			c.held[i][j]++
		}
	}
}

// bet compares this minute with what was expected of it, where it was one of those
// that are looked at, and notes what is expected from it.
func (l *Learner) bet(now *origin) {
	if l.uplift.near() || l.learned < leastLearned {
		return
	}
	for i, a := range coveredAheads {
		b := &l.bets[i]
		if b.due == now.minute {
			l.coverage.count(i, &b.most, now.now[0])
		}
		expected := float64(now.expected[a])
		if b.due > now.minute || turn(now.minute+int64(aheads[a]), coveredEvery) != 0 || math.IsNaN(expected) {
			continue
		}
		missed := l.missed[a].quantiles(expected, now.class, &priors[a], l.weight)
		b.due = now.minute + int64(aheads[a])
		for j, q := range coveredQuantiles {
			b.most[j] = float32(max(0, expected+missed[q]))
		}
	}
}
