package forecast

// ridge is a linear regression that is learned one sample at a time and forgets:
// least squares over all samples, which count for less the older they are, with
// a prior as ridge regression has (Hoerl and Kennard, Technometrics 12, 1970).
//
//	(Σ n·x·xᵀ + 1)·w = Σ n·x·y + w₀
//
// The sums are kept, as they stay sound however long they grow, and solved for w
// now and then: as soon as a sixteenth more is known or mostUnsolved samples came,
// and after two while the series is restive. An error of more than 1 on the
// logarithm, a factor of e, counts as 1: one spike does not turn it.
type ridge struct {
	weight features
	square [nFeatures * (nFeatures + 1) / 2]float64 // upper triangle, row by row
	pull   features
	seen   float64 // samples since the last solution
	after  float64 // so many samples the next one is due
}

const (
	mostMiss = 1.0
	// leastKnown is what is taken to be known of a weight in a direction in which
	// nothing is seen any more: that it stays as it is.
	leastKnown = 0.2
	// mostUnsolved is how many samples w lags behind at most.
	mostUnsolved = 32
	// eagerUnsolved is how many it does while the series is restive.
	eagerUnsolved = 2
)

// newRidge expects the middle between the last sample and the last five minutes'
// mean.
func newRidge() (r ridge) {
	r.weight[1], r.weight[2] = 0.5, 0.5
	r.pull = r.weight
	for i := range nFeatures {
		r.square[diagonal(i)] = 1
	}
	return r
}

// diagonal is where the upper triangle keeps the row i, from its diagonal on.
func diagonal(i int) int { return i * (2*nFeatures + 1 - i) / 2 }

func (r *ridge) expect(x *features) (y float64) {
	for i, v := range x {
		y += v * r.weight[i]
	}
	return y
}

// within is what is expected, not further than a factor of e from all that it is
// told from: while little is known of a season, weights may be wild.
func (r *ridge) within(x *features) (y float64) {
	least, most := x[1], x[1]
	for _, v := range [...]float64{x[2], x[3], x[4], x[5], x[4] + x[7], x[4] + x[9]} {
		if v < least {
			least = v
		} else if v > most {
			most = v
		}
	}
	return min(max(r.expect(x), 0, least-mostMiss), most+mostMiss)
}

// learn takes in what came of x; weight is what it counts, and eager that the
// series is restive.
func (r *ridge) learn(x *features, y, weight float64, eager bool) {
	expected := r.expect(x)
	y = expected + min(max(y-expected, -mostMiss), mostMiss)
	at := 0
	for i, v := range x {
		v *= weight
		r.pull[i] += v * y
		rest := x[i:]
		row := r.square[at:][:len(rest)]
		for j, w := range rest {
			row[j] += v * w
		}
		at += len(rest)
	}
	if r.seen++; r.seen > r.after || eager && r.seen >= eagerUnsolved {
		r.solve(weight)
		r.after = min(r.after+r.seen/16, mostUnsolved)
		r.seen = 0
	}
}

// solve finds w by an LDLᵀ decomposition. What is at least known of every
// direction keeps the matrix far from singular.
func (r *ridge) solve(weight float64) {
	least := leastKnown * weight
	var l [nFeatures][nFeatures]float64 // columns of L times D, from the diagonal on
	var one, w features                 // 1/D, and what is left of the right side
	at := 0
	for k := range l {
		column := l[k][k:]
		at += copy(column, r.square[at:])
		column[0] += least
		w[k] = r.pull[k] + least*r.weight[k]
	}
	for k := range l {
		if l[k][k] < least/2 {
			return // rounding made it no sum of squares any more
		}
		one[k] = 1 / l[k][k]
		for i := k + 1; i < nFeatures; i++ {
			by := l[k][i] * one[k]
			row, from := l[i][i:], l[k][i:]
			for j := range row {
				row[j] -= by * from[j]
			}
			w[i] -= by * w[k]
		}
	}
	for k := nFeatures - 1; k >= 0; k-- {
		rest := 0.0
		for i := k + 1; i < nFeatures; i++ {
			rest += l[k][i] * w[i]
		}
		w[k] = (w[k] - rest) * one[k]
	}
	r.weight = w
}

// scale makes all that was seen count so many times as much.
func (r *ridge) scale(by float64) {
	for i := range r.square {
		r.square[i] *= by
	}
	for i := range r.pull {
		r.pull[i] *= by
	}
}
