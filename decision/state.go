package decision

import (
	"slices"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// State is what one decision leaves for the next. It is a value: Decide never
// changes the one it is given, and its JSON form can be saved and replayed.
// The zero State has decided nothing yet.
type State struct {
	// Decided says that At and Asked are set: the last answer and its instant.
	Decided bool      `json:"decided,omitempty"`
	At      time.Time `json:"at,omitzero"`
	Asked   Replicas  `json:"asked,omitempty"`
	// Warm is for how many replicas more room was asked for with that answer.
	Warm Replicas `json:"warm,omitempty"`
	// RaisedAt is when the answer last grew: replicas may still be starting.
	RaisedAt time.Time `json:"raised_at,omitzero"`

	// Met says that the cluster has told the number of replicas before.
	Met bool `json:"met,omitempty"`

	Signals []Memory `json:"signals,omitempty"`
	// Recent holds the plans that scale-in stabilisation looks back on,
	// oldest first, only those no later plan exceeded.
	Recent []Recommendation `json:"recent,omitempty"`
	// Beside is the same of the need that is not followed.
	Beside []Recommendation `json:"beside,omitempty"`
	// Leaving is the credit of DrainPerMinute not used yet, in replicas.
	Leaving float64 `json:"leaving,omitempty"`
	Trial   Trial   `json:"trial,omitzero"`
}

// Recommendation is a plan at an instant.
type Recommendation struct {
	At       time.Time `json:"at"`
	Replicas Replicas  `json:"replicas"`
}

// Memory is what is remembered of one signal.
type Memory struct {
	Name string `json:"name"`
	// Seen says that Value was measured, at At.
	Seen  bool                 `json:"seen,omitempty"`
	At    time.Time            `json:"at,omitzero"`
	Value float64              `json:"value,omitempty"`
	Group *signal.GroupBacklog `json:"group,omitempty"`

	// Usual is the demand without what events add to it, as of UsualAt: the
	// value of a Rate or Connections, what arrives at a Backlog.
	Usual   float64   `json:"usual,omitempty"`
	UsualAt time.Time `json:"usual_at,omitzero"`

	Curve      Curve      `json:"curve,omitzero"`
	Throughput Throughput `json:"throughput,omitzero"`
	Episode    Episode    `json:"episode,omitzero"`
}

// recall returns the memories in the order of the policy's signals, forgetting
// what the policy no longer names.
func (s State) recall(signals []Signal) []Memory {
	memories := make([]Memory, len(signals))
	for i, sig := range signals {
		if i < len(s.Signals) && s.Signals[i].Name == sig.Name {
			memories[i] = s.Signals[i]
			continue
		}
		memories[i].Name = sig.Name
		if j := slices.IndexFunc(s.Signals, func(m Memory) bool { return m.Name == sig.Name }); j >= 0 {
			memories[i] = s.Signals[j]
		}
	}
	return memories
}

// remember adds a plan and drops those it exceeds or that are older than
// window.
func remember(recent []Recommendation, now Recommendation, window time.Duration) []Recommendation {
	kept := make([]Recommendation, 0, len(recent)+1)
	for _, r := range recent {
		if r.Replicas > now.Replicas && now.At.Sub(r.At) < window {
			kept = append(kept, r)
		}
	}
	return append(kept, now)
}
