package forecast

import "math"

const (
	// errorBins are equally wide on asinh(miss / finest): from half a per cent where misses
	// are small to a third where they are a factor of e and more.
	errorBins  = 48
	finest     = 0.02
	widestMiss = 6.0 // of the logarithm, either way
)

// bins are the intervals that misses are counted in.
type bins struct {
	edge [errorBins + 1]float64
	// first is a bin for each sixteenth part of a power of two of 1 + |miss|/finest,
	// for a miss above 0: it, or the one above it, is that of all misses therein.
	first [binParts * (binPowers + 1)]int8
}

const (
	binParts  = 16
	binPowers = 8 // 2^8·finest is less than widestMiss, and 2^9·finest more
)

func newBins() (b bins) {
	for i := range b.edge {
		b.edge[i] = finest * math.Sinh((float64(i)/errorBins*2-1)*math.Asinh(widestMiss/finest))
	}
	bin := errorBins / 2
	for i := range b.first {
		least := finest * (math.Ldexp(1+float64(i%binParts)/binParts, i/binParts) - 1)
		for bin < errorBins-1 && b.edge[bin+1] <= least {
			bin++
		}
		b.first[i] = int8(bin)
	}
	return b
}

// of is the bin of a miss.
func (b *bins) of(missed float64) int {
	bits := math.Float64bits(1 + min(math.Abs(missed), widestMiss)*(1/finest))
	part := bits>>(52-4) - 1023*binParts
	bin := int(b.first[min(part, uint64(len(b.first)-1))])
	if bin < errorBins-1 && math.Abs(missed) >= b.edge[bin+1] {
		bin++
	}
	if missed < 0 {
		return errorBins - 1 - bin
	}
	return bin
}
