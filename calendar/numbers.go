package calendar

// numbers are those a part of a rule names: from 1 on, or from the end.
type numbers struct {
	up, down []uint64 // a bit for each
}

// numbersOf adds shift to each, for those that count from 0.
func numbersOf(list []int, shift int) numbers {
	var n numbers
	for _, i := range list {
		n.add(i + shift)
	}
	return n
}

// add does not change what a copy of the numbers holds.
func (n *numbers) add(i int) {
	bits := &n.up
	if i < 0 {
		bits, i = &n.down, -i
	}
	grown := make([]uint64, max(len(*bits), i/64+1))
	copy(grown, *bits)
	grown[i/64] |= 1 << (i % 64)
	*bits = grown
}

func (n *numbers) none() bool { return len(n.up) == 0 && len(n.down) == 0 }

// has reports whether the ith of so many is named.
func (n *numbers) has(i, of int) bool { return bit(n.up, i) || bit(n.down, of+1-i) }

func bit(bits []uint64, i int) bool { return i/64 < len(bits) && bits[i/64]>>(i%64)&1 == 1 }
