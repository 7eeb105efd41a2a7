package replay

import "math"

// recorder keeps the steps of a run.
type recorder struct {
	Run
	says Forecasting
}

func newRecorder(name string, scaler Autoscaler, n int) *recorder {
	r := &recorder{Run: Run{Autoscaler: name, Steps: make([]Moment, n)}}
	if says, ok := scaler.(Forecasting); ok {
		r.says = says
		r.Middle, r.Upper = unknown(n), unknown(n)
	}
	return r
}

func unknown(n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(math.NaN())
	}
	return out
}

func (r *recorder) take(i int, f *fleet) {
	r.Steps[i] = Moment{Desired: int32(f.wish.Replicas), Ready: int32(f.ready), Warm: int32(f.wish.Warm), Nodes: int32(f.nodeCount)}
	if r.says == nil {
		return
	}
	if ahead, middle, upper, ok := r.says.Expected(); ok && i+ahead < len(r.Middle) {
		r.Middle[i+ahead], r.Upper[i+ahead] = float32(middle), float32(upper)
	}
}
