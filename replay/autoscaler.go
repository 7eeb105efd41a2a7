package replay

import "time"

// Autoscaler is asked once a step what to have. It is used by one goroutine.
type Autoscaler interface {
	Ask(Sight) Wish
}

// Sight is what an autoscaler sees at a step.
type Sight struct {
	Step int
	At   time.Time
	// Value of the signal, in the trace's unit: the last good one while Fresh is
	// false, because nothing was measured.
	Value float64
	Fresh bool
	// Asked is what it asked for last, of which Ready replicas serve.
	Asked, Ready int
}

// Wish is what an autoscaler wants: replicas, and room for more on nodes that
// are up.
type Wish struct {
	Replicas, Warm int
}

// Contender is an autoscaler by name, made anew for each play.
type Contender struct {
	Name string
	// Utilisation is the part of a replica's capacity that a peer fills; 0 where
	// that means nothing.
	Utilisation float64
	New         func(*Play) (Autoscaler, error)
}

// Forecasting is an Autoscaler that says what it expects.
type Forecasting interface {
	Autoscaler
	// Expected returns what the last Ask took demand to be, in replicas, after so
	// many steps: in the middle, and at the quantile that it is ready for. Not ok
	// where nothing is expected.
	Expected() (ahead int, middle, upper float64, ok bool)
	// Quantile is that of upper.
	Quantile() float64
}
