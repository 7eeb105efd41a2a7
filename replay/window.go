package replay

// window is the largest of the last numbers, so many steps of them.
type window struct {
	length int
	queue  []entry // falling; each is larger than all that came after it
	head   int
}

type entry struct{ step, value int }

func newWindow(length int) *window { return &window{length: max(1, length)} }

// add takes in the number of a step, and returns the largest of the window that
// ends with it. Steps rise.
func (w *window) add(step, value int) int {
	for len(w.queue) > w.head && w.queue[len(w.queue)-1].value <= value {
		w.queue = w.queue[:len(w.queue)-1]
	}
	w.queue = append(w.queue, entry{step, value})
	for w.queue[w.head].step <= step-w.length {
		w.head++
	}
	if w.head > 1024 && w.head > len(w.queue)/2 {
		w.queue, w.head = append(w.queue[:0], w.queue[w.head:]...), 0
	}
	return w.queue[w.head].value
}
