package scenario

import (
	"testing"
	"time"
)

func TestQuantileIsAValueThatWasMeasured(t *testing.T) {
	s := Stage{Name: "boot"}
	if s.Quantile(0.5) != 0 {
		t.Error("nothing measured has a quantile")
	}
	for i := range 20 {
		s.Took = append(s.Took, time.Duration(20-i)*time.Second)
	}
	for q, want := range map[float64]time.Duration{0: time.Second, 0.05: time.Second, 0.5: 10 * time.Second, 0.95: 19 * time.Second, 1: 20 * time.Second} {
		if got := s.Quantile(q); got != want {
			t.Errorf("quantile %g is %s, want %s", q, got, want)
		}
	}
}

func TestStagesLeaveOutWhatHasNotHappened(t *testing.T) {
	var l stages
	begin := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	l.add("pull", begin, begin.Add(20*time.Second))
	l.add("pull", begin, time.Time{})
	l.add("start", time.Time{}, begin)
	if len(l) != 1 || len(l[0].Took) != 1 || l[0].Took[0] != 20*time.Second {
		t.Errorf("stages are %v", l)
	}
}
