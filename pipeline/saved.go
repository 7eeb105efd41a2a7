package pipeline

import (
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// Saved is what has to outlive the process for one trigger. Its JSON form can
// be stored and given to Restore.
type Saved struct {
	Trigger workload.Trigger `json:"trigger"`
	// Measured says of each signal, by name, what its memory is of.
	Measured map[string]string `json:"measured"`
	State    decision.State    `json:"state"`
}

// State exports the state of every trigger in use, in no order, and what was
// restored and not claimed yet.
func (p *Pipeline) State() []Saved {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Saved, 0, len(p.active)+len(p.restored))
	for _, t := range p.active {
		if t.policy != nil {
			out = append(out, Saved{Trigger: t.trigger, Measured: measured(t.policy), State: t.state})
		}
	}
	for _, s := range p.restored {
		out = append(out, s)
	}
	return out
}

// Restore gives triggers the state they once had, as they come into use. It
// has no effect on those already decided for. States nobody claims within
// ForgetAfter are dropped.
func (p *Pipeline) Restore(states []Saved) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.restored = make(map[workload.Trigger]Saved, len(states))
	for _, s := range states {
		p.restored[s.Trigger] = s
	}
	for _, t := range p.active {
		if t.policy != nil {
			delete(p.restored, t.trigger)
		}
	}
	p.restoredAt = p.now()
}

func (p *Pipeline) expireRestored(now time.Time) {
	if len(p.restored) > 0 && now.Sub(p.restoredAt) > p.options.ForgetAfter {
		p.restored = nil
	}
}
