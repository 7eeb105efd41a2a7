package scenario

import "testing"

func TestSamplesAreReadFromText(t *testing.T) {
	const text = `# HELP up Whether it is.
up{job="a",why="it \"is\", really"} 1
up{job="b"} 0
up_total{job="a"} 7
bare 2.5e+06
up{job="c"} not a number
`
	up := samplesOf(text, "up")
	if len(up) != 2 || up[0].Value != 1 || up[1].Value != 0 || up[0].Labels["why"] != `it \"is\", really` {
		t.Errorf("samples of up: %v", up)
	}
	if bare := samplesOf(text, "bare"); len(bare) != 1 || bare[0].Value != 2.5e6 {
		t.Errorf("samples of bare: %v", bare)
	}
	if !up[0].has(map[string]string{"job": "a"}) || up[0].has(map[string]string{"job": "b"}) {
		t.Error("a sample has labels that it has not, or has not what it has")
	}
}
