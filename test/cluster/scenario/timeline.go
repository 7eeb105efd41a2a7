package scenario

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// State is what a timeline shows of one instant.
type State struct {
	Demand  string // what the scenario asks of the workload
	Answer  string // what Headstart answers, or why it does not
	Desired string // status.desiredReplicas of the HPA; – where there is none
	Asked   int    // spec.replicas of the target
	Ready   int    // status.readyReplicas
	Nodes   int    // nodes that are Ready; negative where nobody has looked yet
}

// row is a line of a timeline: a state that is new, or a remark.
type row struct {
	at     time.Duration
	state  State
	remark string
}

// Timeline is what happened, in the order it did. It may be written from many
// goroutines.
type Timeline struct {
	mu   sync.Mutex
	rows []row
}

// Add records the state at a time after the begin, where it is new.
func (l *Timeline) Add(at time.Duration, s State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, before := range slices.Backward(l.rows) {
		if before.remark == "" {
			if before.state == s {
				return
			}
			break
		}
	}
	l.rows = append(l.rows, row{at: at, state: s})
}

// Remark records what the scenario did or saw.
func (l *Timeline) Remark(at time.Duration, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows = append(l.rows, row{at: at, remark: text})
}

// String is the timeline as a person reads it.
func (l *Timeline) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	cells(w, "time", "demand", "answer", "HPA", "asked", "ready", "nodes", "")
	for i, r := range l.rows {
		if l.passing(i) {
			continue
		}
		at := fmt.Sprintf("%.1fs", r.at.Seconds())
		if r.remark != "" {
			cells(w, at, "", "", "", "", "", "", "  "+r.remark)
			continue
		}
		s := r.state
		cells(w, at, s.Demand, s.Answer, s.Desired, fmt.Sprint(s.Asked), fmt.Sprint(s.Ready), known(s.Nodes), "")
	}
	_ = w.Flush() // a strings.Builder takes everything
	lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// passing reports whether a row says no more than that pods become Ready one
// after the other, within a second.
func (l *Timeline) passing(i int) bool {
	if i == 0 || i == len(l.rows)-1 {
		return false
	}
	before, row, after := l.rows[i-1], l.rows[i], l.rows[i+1]
	if before.remark+row.remark+after.remark != "" || after.at-before.at > time.Second {
		return false
	}
	onlyReady := func(a, b State) bool {
		a.Ready = b.Ready
		return a == b
	}
	return onlyReady(before.state, row.state) && onlyReady(row.state, after.state)
}

func known(n int) string {
	if n < 0 {
		return "–"
	}
	return fmt.Sprint(n)
}

// cells writes a line; the last cell, a remark, is not aligned.
func cells(w *tabwriter.Writer, cell ...string) {
	_, _ = fmt.Fprintln(w, strings.Join(cell[:len(cell)-1], "\t")+"\t"+cell[len(cell)-1]) // into a strings.Builder
}
