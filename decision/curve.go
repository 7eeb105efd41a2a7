package decision

import (
	"math"
	"slices"
	"time"
)

// Curve is what has been learned of latency against load: for each load per
// replica, how often the objective was met. It weighs what it saw with a
// half-life, so that an application that changes is learned anew. It is a
// value: observe returns a new one.
type Curve struct {
	At      time.Time `json:"at,omitzero"`
	Buckets []Bucket  `json:"buckets,omitempty"` // in order of Index
}

// Bucket counts what was seen at loads around bucketRatio^Index.
type Bucket struct {
	Index   int     `json:"i"`
	Weight  float64 `json:"w"`  // readings
	Over    float64 `json:"o"`  // of these, over the objective
	Sum     float64 `json:"s"`  // of strain: latency ÷ objective
	Squares float64 `json:"sq"` // of strain²
}

// Learned is a capacity read off a curve.
type Learned struct {
	Capacity float64
	// Confidence from 0 to 1.
	Confidence float64
	// Limit is true when the load beyond which the objective fails was seen;
	// otherwise Capacity is only the largest load that was seen to be safe.
	Limit bool
}

const (
	bucketRatio   = 1.05
	curveHalfLife = 3 * 24 * time.Hour
	curveDecayed  = 10 * time.Minute // how often decay is applied
	mostBuckets   = 96

	trusted = 0.8 // confidence from which a learned capacity is used

	tolerated   = 0.10 // share of readings over the objective that still counts as safe
	enoughBelow = 30   // readings at safe loads that make them certain
	enoughAbove = 10   // readings beyond the limit that make it certain
	enoughSafe  = 60   // readings at the highest safe load, when no limit was seen
)

// observe adds one reading: a load per replica and the strain it came with.
func (c Curve) observe(at time.Time, load, strain float64) Curve {
	if load <= 0 || math.IsInf(load, 0) || math.IsNaN(load) || math.IsNaN(strain) || math.IsInf(strain, 0) {
		return c
	}
	c = c.decay(at)
	buckets := slices.Clone(c.Buckets)
	index := int(math.Round(math.Log(load) / math.Log(bucketRatio)))
	i, found := slices.BinarySearchFunc(buckets, index, func(b Bucket, x int) int { return b.Index - x })
	if !found {
		buckets = slices.Insert(buckets, i, Bucket{Index: index})
	}
	b := &buckets[i]
	b.Weight++
	b.Sum += strain
	b.Squares += strain * strain
	if strain > 1 {
		b.Over++
	}
	return Curve{At: c.At, Buckets: dropLightest(buckets, index)}
}

// dropLightest keeps the curve bounded; it never drops the bucket just seen.
func dropLightest(buckets []Bucket, keep int) []Bucket {
	if len(buckets) <= mostBuckets {
		return buckets
	}
	lightest := -1
	for i, b := range buckets {
		if b.Index != keep && (lightest < 0 || b.Weight < buckets[lightest].Weight) {
			lightest = i
		}
	}
	return slices.Delete(buckets, lightest, lightest+1)
}

func (c Curve) decay(at time.Time) Curve {
	if c.At.IsZero() {
		c.At = at
	}
	age := at.Sub(c.At)
	if age < curveDecayed {
		return c
	}
	return Curve{At: at, Buckets: c.scaled(math.Exp2(-age.Hours() / curveHalfLife.Hours()))}
}

// doubt weakens what was learned to a share of its weight: other code may
// behave otherwise.
func (c Curve) doubt(share float64) Curve {
	return Curve{At: c.At, Buckets: c.scaled(share)}
}

func (c Curve) scaled(f float64) []Bucket {
	buckets := make([]Bucket, 0, len(c.Buckets))
	for _, b := range c.Buckets {
		b.Weight, b.Over, b.Sum, b.Squares = b.Weight*f, b.Over*f, b.Sum*f, b.Squares*f
		if b.Weight > 0.01 {
			buckets = append(buckets, b)
		}
	}
	return buckets
}

// block is a run of buckets over which the isotonic fit is level.
type block struct {
	weight, over, sum float64
	top               int // largest bucket index
}

// learned reads the capacity off the curve: the largest load up to which the
// isotonic fit of "over the objective" stays tolerated. Isotonic because more
// load never makes latency better; pool-adjacent-violators (Barlow et al.,
// 1972) computes it. Where latency does not follow load, a capacity read off
// it would be noise: confidence is multiplied by the correlation of the fit.
func (c Curve) learned() Learned {
	blocks := c.isotonic()
	safe, below, above := -1, 0.0, 0.0
	for i, b := range blocks {
		if b.over <= tolerated*b.weight {
			safe, below = i, below+b.weight
		} else {
			above += b.weight
		}
	}
	if safe < 0 {
		return Learned{}
	}
	l := Learned{Capacity: math.Pow(bucketRatio, float64(blocks[safe].top)), Limit: above > 0}
	if l.Limit {
		l.Confidence = min(1, below/enoughBelow) * min(1, above/enoughAbove) * c.correlation()
		return l
	}
	l.Confidence = min(1, c.weightNear(blocks[safe].top)/enoughSafe)
	return l
}

func (c Curve) isotonic() []block {
	blocks := make([]block, 0, len(c.Buckets))
	for _, b := range c.Buckets {
		blocks = append(blocks, block{b.Weight, b.Over, b.Sum, b.Index})
		for n := len(blocks); n > 1 && blocks[n-2].over*blocks[n-1].weight >= blocks[n-1].over*blocks[n-2].weight; n = len(blocks) {
			last := blocks[n-1]
			blocks = blocks[:n-1]
			into := &blocks[n-2]
			into.weight += last.weight
			into.over += last.over
			into.sum += last.sum
			into.top = last.top
		}
	}
	return blocks
}

// correlation is the correlation ratio of strain on load: the square root of
// the share of its variance that load explains.
func (c Curve) correlation() float64 {
	var weight, sum, squares float64
	for _, b := range c.Buckets {
		weight, sum, squares = weight+b.Weight, sum+b.Sum, squares+b.Squares
	}
	if weight == 0 {
		return 0
	}
	mean := sum / weight
	total := squares - weight*mean*mean
	if total <= 0 {
		return 0
	}
	between := 0.0
	for _, b := range c.Buckets {
		if b.Weight > 0 {
			off := b.Sum/b.Weight - mean
			between += b.Weight * off * off
		}
	}
	return math.Sqrt(min(1, between/total))
}

// weightNear is how much was seen within a fifth below a load.
func (c Curve) weightNear(top int) float64 {
	const fifth = 4 // buckets: 1.05⁴ ≈ 1.22
	weight := 0.0
	for _, b := range c.Buckets {
		if b.Index <= top && b.Index > top-fifth {
			weight += b.Weight
		}
	}
	return weight
}
