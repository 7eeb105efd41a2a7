package forecast

// restive follows how much a series misses what is expected of it, lately and as
// a rule.
type restive struct {
	lately, usually float64
}

const (
	// restiveAhead is for how many minutes ahead misses are followed: it is one of
	// aheads.
	restiveAhead = 2
	// The classes a series can be in, from calm to wild.
	restiveClasses = 4
	restiveClass   = 3 // from this one on it is restive
	// Misses count less after 15 minutes and after a day, by the factor e: shares
	// of the newest are 1 − e^(−1/15) and 1 − e^(−1/1440).
	latelyShare  = 0.0644930149683822
	usuallyShare = 0.0006942033737078750
)

func (r *restive) add(missed float64) {
	r.lately += (missed - r.lately) * latelyShare
	r.usually += (missed - r.usually) * usuallyShare
}

func (r *restive) class() int8 {
	switch {
	case r.lately > 3*r.usually:
		return 3
	case r.lately > 1.5*r.usually:
		return 2
	case r.lately > 0.7*r.usually:
		return 1
	default:
		return 0
	}
}
