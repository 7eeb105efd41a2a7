package forecast

import (
	"math"
	"math/bits"
	"slices"
)

// misses is the distribution of what a regression missed: a histogram for each
// level it expected and each class of how restive the series was. Older misses
// count for less, half after memory.
//
// A distribution is made of the misses at the level in question and, until there
// are enough, of those at levels and classes ever farther away, which count for
// less. It is a weighted empirical distribution, nothing is taken to be normal:
// the tail is what was seen, and a little of a prior.
type misses struct {
	index [restiveClasses][errorLevels]uint8 // into rows, plus 1; 0 is none
	rows  []errorRow
	// counts are those of all rows, bin after bin, but for bins in which nothing
	// ever fell: most of most rows are such.
	counts []float32
}

// errorRow is a histogram.
type errorRow struct {
	used  uint64 // a bit for each bin in which something fell
	from  int32  // where its counts begin
	total float32
}

const (
	errorLevels = 40
	levelWidth  = 0.3 // of the logarithm
	// enough misses, of a minute each, make a distribution.
	enough = 500
)

// What misses count at other levels and in other classes.
const (
	levelFade = 0.25 // the next level; ever less, but no less than
	farLevel  = 0.018
	classFade = 0.15
)

// nearest lists the classes by how much alike a series is in them.
//
//nolint:gochecknoglobals // a table, never written
var nearest = [restiveClasses][restiveClasses]int{{0, 1, 2, 3}, {1, 0, 2, 3}, {2, 1, 3, 0}, {3, 2, 1, 0}}

// The prior is what misses look like before any was seen: those of a random walk
// of 5 % in the first minute.
const (
	priorDeviationOfLog = 0.05
	priorMisses         = 0.5
)

//nolint:gochecknoglobals // computed once, never written
var (
	missBins     = newBins()
	levelWeights = weightsOfLevels()
	priors       = priorsOfAheads()
)

func weightsOfLevels() (weights [errorLevels]float64) {
	for d := range weights {
		weights[d] = max(math.Pow(levelFade, float64(d*d)*0.72), farLevel*math.Exp(-float64(d)/2))
	}
	return weights
}

// prior counts misses that were not seen.
type prior struct {
	counts [errorBins]float64
	total  float64
}

// normalPrior makes one that counts as so many misses of a normal distribution.
func normalPrior(deviation, count float64) (p prior) {
	below := 0.0
	for j := range p.counts {
		upTo := 0.5 * math.Erfc(-missBins.edge[j+1]/deviation/math.Sqrt2)
		p.counts[j] = count * (upTo - below)
		below = upTo
	}
	p.total = count
	return p
}

// priorsOfAheads are the priors for each of aheads.
func priorsOfAheads() (priors [len(aheads)]prior) {
	for i, minutes := range aheads {
		priors[i] = normalPrior(priorDeviationOfLog*math.Sqrt(float64(minutes)), priorMisses)
	}
	return priors
}

func levelOf(expected float64) int { return min(max(int(expected/levelWidth), 0), errorLevels-1) }

// add takes a miss in, of a regression that expected a level while the series was
// of a class; weight is what it counts.
func (e *misses) add(expected float64, class int8, missed, weight float64) {
	e.count(int(class), levelOf(expected), missBins.of(missed), float32(weight))
}

func (e *misses) count(class, level, bin int, weight float32) {
	i := int(e.index[class][level]) - 1
	if i < 0 {
		i = len(e.rows)
		e.rows = append(roomFor(e.rows), errorRow{from: int32(len(e.counts))})
		e.index[class][level] = uint8(i + 1)
	}
	row := &e.rows[i]
	at := int(row.from) + bits.OnesCount64(row.used&(1<<bin-1))
	if row.used&(1<<bin) == 0 {
		e.counts = slices.Insert(roomFor(e.counts), at, 0)
		row.used |= 1 << bin
		for j := i + 1; j < len(e.rows); j++ {
			e.rows[j].from++
		}
	}
	e.counts[at] += weight
	row.total += weight
}

// roomFor makes room for one more, and for few after it: there are thousands of
// series.
func roomFor[T any](all []T) []T {
	const few = 16
	if len(all) < cap(all) {
		return all
	}
	return append(make([]T, 0, len(all)+few), all...)
}

// scale makes all that was seen count so many times as much.
func (e *misses) scale(by float32) {
	for i := range e.counts {
		e.counts[i] *= by
	}
	for i := range e.rows {
		row := &e.rows[i]
		row.total = 0
		for _, n := range e.counts[row.from:][:bits.OnesCount64(row.used)] {
			row.total += n
		}
	}
}

// shift moves what was learned to the levels it has in another unit.
func (e *misses) shift(by float64) {
	var moved misses
	for class := range e.index {
		for level, i := range e.index[class] {
			if i == 0 {
				continue
			}
			to := levelOf(max(0, (float64(level)+0.5)*levelWidth+by))
			row := e.rows[i-1]
			for at := row.from; row.used != 0; at++ {
				moved.count(class, to, bits.TrailingZeros64(row.used), e.counts[at])
				row.used &= row.used - 1
			}
		}
	}
	*e = moved
}

// quantiles are those of the misses of a regression that expects a level; weight
// is what a miss of now counts.
func (e *misses) quantiles(expected float64, class int8, p *prior, weight float64) (out [len(quantiles)]float64) {
	mixed := p.counts
	total := p.total + e.mix(expected, class, weight, &mixed)
	sum, j := 0.0, 0
	for i, n := range mixed {
		for j < len(quantiles) && n > 0 && sum+n >= quantiles[j]*total {
			within := (quantiles[j]*total - sum) / n
			out[j] = missBins.edge[i] + within*(missBins.edge[i+1]-missBins.edge[i])
			j++
		}
		sum += n
	}
	for ; j < len(quantiles); j++ { // rounding may leave the last
		out[j] = out[max(j-1, 0)]
	}
	return out
}

// mix adds up the misses that count, in those of now.
func (e *misses) mix(expected float64, class int8, weight float64, mixed *[errorBins]float64) (total float64) {
	level := levelOf(expected)
	alike := 1 / weight
	for _, c := range nearest[class] {
		for d := 0; d < errorLevels && total < enough; d++ {
			total += e.blend(c, level-d, alike*levelWeights[d], mixed)
			if d > 0 {
				total += e.blend(c, level+d, alike*levelWeights[d], mixed)
			}
		}
		alike *= classFade
	}
	return total
}

func (e *misses) blend(class, level int, weight float64, mixed *[errorBins]float64) float64 {
	if level < 0 || level >= errorLevels || e.index[class][level] == 0 {
		return 0
	}
	row := e.rows[e.index[class][level]-1]
	for at := row.from; row.used != 0; at++ {
		mixed[bits.TrailingZeros64(row.used)] += weight * float64(e.counts[at])
		row.used &= row.used - 1
	}
	return weight * float64(row.total)
}
