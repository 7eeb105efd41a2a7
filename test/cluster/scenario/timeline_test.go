package scenario

import (
	"testing"
	"time"
)

func TestTimelineShowsChangesAndRemarks(t *testing.T) {
	var l Timeline
	calm := State{Demand: "150/s", Answer: "3", Desired: "3", Asked: 3, Ready: 3, Nodes: 2}
	surge := State{Demand: "5000/s", Answer: "100", Desired: "3", Asked: 3, Ready: 3, Nodes: 2}
	l.Add(0, calm)
	l.Add(time.Second, calm)
	l.Remark(1500*time.Millisecond, "the tournament begins")
	l.Add(2*time.Second, calm) // as before the remark
	l.Add(3*time.Second, surge)
	want := `  time  demand  answer  HPA  asked  ready  nodes
  0.0s   150/s       3    3      3      3      2
  1.5s                                            the tournament begins
  3.0s  5000/s     100    3      3      3      2`
	if got := l.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
