package signal

// Kind is what a signal measures, and so how replicas follow from it.
type Kind string

// The kinds of signal, with the unit of their values.
const (
	Rate        Kind = "rate"        // work arriving, 1/s
	Backlog     Kind = "backlog"     // work waiting, messages
	Latency     Kind = "latency"     // response time at the objective's percentile, seconds
	Connections Kind = "connections" // open connections or sessions, count
)

// Kinds lists every kind, in the order documentation names them.
func Kinds() []Kind { return []Kind{Rate, Backlog, Latency, Connections} }

// Unit returns the unit of a value of this kind as people write it.
func (k Kind) Unit() string {
	switch k {
	case Rate:
		return "/s"
	case Backlog:
		return " messages"
	case Latency:
		return " s"
	case Connections:
		return " connections"
	default:
		return ""
	}
}
