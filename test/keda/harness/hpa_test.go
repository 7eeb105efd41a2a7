package harness

import "testing"

func TestHPAFollowsKubernetesArithmetic(t *testing.T) {
	active := func(value, target float64) Answer { return Answer{Value: value, Target: target, Active: true} }
	for _, c := range []struct {
		name    string
		hpa     HPA
		answer  Answer
		current int
		want    int
	}{
		{"KEDA's end-to-end case 10 of 10", HPA{Min: 1, Max: 2, Tolerance: 0.1}, active(10, 10), 0, 1},
		{"KEDA's end-to-end case 20 of 10", HPA{Min: 1, Max: 2, Tolerance: 0.1}, active(20, 10), 1, 2},
		{"KEDA's end-to-end case inactive", HPA{Min: 1, Max: 2, Tolerance: 0.1}, Answer{Target: 10}, 2, 0},
		{"KEDA's float case 22.222 of 6.111", HPA{Min: 1, Max: 3, Tolerance: 0.1}, active(22.222, 6.111), 1, 3},
		{"part of a replica is a replica", HPA{Min: 1, Max: 9}, active(2.001, 1), 1, 3},
		{"20 to 22 lies in the deadband", HPA{Min: 1, Max: 100, Tolerance: 0.1}, active(22, 1), 20, 20},
		{"20 to 23 lies beyond it", HPA{Min: 1, Max: 100, Tolerance: 0.1}, active(23, 1), 20, 23},
		{"tolerance 0 moves by one", HPA{Min: 1, Max: 200}, active(101, 1), 100, 101},
		{"never above max", HPA{Min: 1, Max: 10}, active(50, 1), 1, 10},
		{"never below min while active", HPA{Min: 3, Max: 10}, active(1, 1), 5, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.hpa.Replicas(c.answer, c.current); got != c.want {
				t.Errorf("Replicas(%+v, %d) = %d, want %d", c.answer, c.current, got, c.want)
			}
		})
	}
}
