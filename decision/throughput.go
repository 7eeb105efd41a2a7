package decision

import (
	"math"
	"time"
)

// Throughput is what has been seen of a consumer group while it had more to do
// than it could: what one consumer gets through, and whether more of them got
// more done. It is a value: observe returns a new one.
type Throughput struct {
	Weight  float64 `json:"w,omitempty"`
	Mean    float64 `json:"mean,omitempty"` // messages per second and consumer
	Squares float64 `json:"sq,omitempty"`   // mean of squares

	// Now is what the group gets through with as many consumers as it has,
	// Before what it did with the number it had before.
	Now    Plateau `json:"now,omitzero"`
	Before Plateau `json:"before,omitzero"`
}

// Plateau is a group's consumption at one number of consumers.
type Plateau struct {
	Consumers int       `json:"n,omitempty"`
	Since     time.Time `json:"since,omitzero"`
	Total     float64   `json:"total,omitempty"` // messages per second, a mean over recent readings
	Readings  float64   `json:"readings,omitempty"`
}

const (
	throughputMemory = 120.0 // readings that count; older ones fade
	throughputEnough = 12.0
	plateauMemory    = 12.0
	plateauEnough    = 4.0
	// expectedGain is the share of the gain that more consumers promised below
	// which they count as no help: Flink's autoscaler draws the line there.
	expectedGain = 0.1
)

// observe adds one reading of a saturated group. What is read within settling
// after the number of consumers changed says nothing: they rebalance.
func (t Throughput) observe(at time.Time, consumers int, total float64, settling time.Duration) Throughput {
	if consumers <= 0 || total <= 0 || math.IsNaN(total) || math.IsInf(total, 0) {
		return t
	}
	if consumers != t.Now.Consumers {
		if t.Now.Readings >= plateauEnough {
			t.Before = t.Now
		}
		t.Now = Plateau{Consumers: consumers, Since: at}
	}
	if t.Before.Consumers > 0 && at.Sub(t.Now.Since) < settling {
		return t
	}
	t.Now.Readings = min(t.Now.Readings+1, plateauMemory)
	t.Now.Total += (total - t.Now.Total) / t.Now.Readings
	if t.ineffective() {
		return t // something else bounds the group: it says nothing of a consumer
	}
	w := min(t.Weight+1, throughputMemory)
	each := total / float64(consumers)
	t.Weight, t.Mean, t.Squares = w, t.Mean+(each-t.Mean)/w, t.Squares+(each*each-t.Squares)/w
	return t
}

// ineffective reports whether the last consumers that joined got nothing more
// done.
func (t Throughput) ineffective() bool {
	if t.Before.Consumers == 0 || t.Now.Consumers <= t.Before.Consumers || t.Now.Readings < plateauEnough {
		return false
	}
	promised := t.Before.Total * float64(t.Now.Consumers-t.Before.Consumers) / float64(t.Before.Consumers)
	return t.Now.Total < t.Before.Total+expectedGain*promised
}

func (t Throughput) doubt(share float64) Throughput {
	t.Weight *= share
	t.Now, t.Before = Plateau{}, Plateau{}
	return t
}

func (t Throughput) learned() Learned {
	if t.Weight == 0 || t.Mean <= 0 {
		return Learned{}
	}
	spread := math.Sqrt(max(0, t.Squares-t.Mean*t.Mean)) / t.Mean
	return Learned{
		Capacity:   t.Mean,
		Confidence: min(1, t.Weight/throughputEnough) * max(0, 1-spread/2),
		Limit:      true,
	}
}
