package forecast

import "math"

// blend weighs what two others expect against what is expected without them: a
// small ridge that starts from given weights and moves slowly, as events are few.
// What it expects is never outside all of them.
type blend struct {
	weight blendInput
	doubt  [blendInputs][blendInputs]float64
}

// blendInput is 1, and by how much a rise and a level are above what is expected
// without an event.
type blendInput [blendInputs]float64

const (
	blendInputs = 3
	blendDoubt  = 0.2
)

func newBlend() (b blend) {
	b.weight = blendInput{0, 0.4, 0.4}
	for i := range b.doubt {
		b.doubt[i][i] = blendDoubt
	}
	return b
}

// expect is by how much a value is above what is expected without an event.
func (b *blend) expect(x *blendInput) (above float64) {
	for i, v := range x {
		above += v * b.weight[i]
	}
	return min(max(above, min(x[1], x[2], 0)), max(x[1], x[2], 0))
}

// learn takes in by how much one was.
func (b *blend) learn(x *blendInput, above float64) {
	const keep = 1 / growth
	var pull blendInput
	scale, expected := float64(keep), 0.0
	for i := range pull {
		for j, v := range x {
			pull[i] += b.doubt[i][j] * v
		}
		scale += pull[i] * x[i]
		expected += x[i] * b.weight[i]
	}
	miss := min(max(above-expected, -mostMiss), mostMiss)
	for i, p := range pull {
		b.weight[i] += p / scale * miss
		for j, q := range pull {
			b.doubt[i][j] = (b.doubt[i][j] - p*q/scale) / keep
		}
	}
	b.bound()
}

// bound keeps doubt from growing beyond what it was at first, in a direction in
// which nothing is seen any more: what was learned long ago is not thrown away at
// the first event of another kind.
func (b *blend) bound() {
	for i := range b.doubt {
		if b.doubt[i][i] <= blendDoubt {
			continue
		}
		by := math.Sqrt(blendDoubt / b.doubt[i][i])
		for j := range b.doubt {
			b.doubt[i][j] *= by
			b.doubt[j][i] *= by
		}
	}
}
