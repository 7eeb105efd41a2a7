package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// resolvedLimit bounds how many triggers' policies are kept: metadata comes
// from the network, and each other override is another trigger.
const resolvedLimit = 40_000

// namesShown is how many known names an error lists.
const namesShown = 12

// Policies is one configuration's policies and the triggers it binds to them.
// It is immutable; a reload makes a new one.
type Policies struct {
	// ReactiveOnly is the global kill switch: decide without a forecast. It is
	// set before the policies are given to a Pipeline, and not after.
	ReactiveOnly bool

	hash     string
	byName   map[string]*decision.Policy
	names    []string // in order
	bindings []workload.Trigger
	// longestLead is how far ahead of an event any policy looks, less a tick.
	longestLead time.Duration

	mu       sync.RWMutex
	resolved map[workload.Trigger]*decision.Policy // a cache of resolve
}

// NewPolicies returns the policies of the configuration that hash names.
// Bindings are triggers that are decided whether KEDA asks for them or not;
// equal ones count once. It panics when two policies have the same name.
func NewPolicies(hash string, policies []decision.Policy, bindings []workload.Trigger) *Policies {
	p := &Policies{
		hash:     hash,
		byName:   make(map[string]*decision.Policy, len(policies)),
		resolved: make(map[workload.Trigger]*decision.Policy),
	}
	for _, policy := range policies {
		if _, twice := p.byName[policy.Name]; twice {
			panic(fmt.Sprintf("pipeline: two policies named %s", policy.Name))
		}
		p.byName[policy.Name] = &policy
		p.longestLead = max(p.longestLead, policy.EventLead(0))
	}
	p.names = slices.Sorted(maps.Keys(p.byName))
	seen := make(map[workload.Trigger]bool, len(bindings))
	for _, t := range bindings {
		if !seen[t] {
			seen[t] = true
			p.bindings = append(p.bindings, t)
		}
	}
	return p
}

// Hash names the configuration.
func (p *Policies) Hash() string { return p.hash }

// Names are the policies' names, sorted.
func (p *Policies) Names() []string { return slices.Clone(p.names) }

// Bindings are the triggers the configuration binds, each once.
func (p *Policies) Bindings() []workload.Trigger { return slices.Clone(p.bindings) }

// Policy returns the policy of that name. It is not to be changed.
func (p *Policies) Policy(name string) (*decision.Policy, bool) {
	policy, ok := p.byName[name]
	return policy, ok
}

// Effective returns the trigger's policy with its overrides applied and the
// variables ${namespace} and ${name} of its queries replaced. The error names
// what cannot be applied, and the repair.
func (p *Policies) Effective(t workload.Trigger) (decision.Policy, error) {
	policy, err := p.resolve(t)
	if err != nil {
		return decision.Policy{}, err
	}
	return *policy, nil
}

// resolve is Effective, remembered and shared: what it returns is not to be
// changed. It does not allocate for a trigger it has met.
func (p *Policies) resolve(t workload.Trigger) (*decision.Policy, error) {
	p.mu.RLock()
	policy, met := p.resolved[t]
	p.mu.RUnlock()
	if met {
		return policy, nil
	}
	policy, err := p.derive(t)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.resolved) >= resolvedLimit {
		for any := range p.resolved {
			delete(p.resolved, any)
			break
		}
	}
	p.resolved[t] = policy
	return policy, nil
}

func (p *Policies) derive(t workload.Trigger) (*decision.Policy, error) {
	if !workload.IsDNSLabel(t.Workload.Namespace) || !workload.IsDNSSubdomain(t.Workload.Name) {
		return nil, fmt.Errorf("no ScaledObject can have namespace %.64q and name %.64q: write those of the ScaledObject",
			t.Workload.Namespace, t.Workload.Name)
	}
	base, ok := p.byName[t.Policy]
	if !ok {
		return nil, fmt.Errorf("%s: %s", t.Workload, p.unknown(t.Policy))
	}
	policy, err := override(base, t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.Workload, err)
	}
	return policy, nil
}

// unknown says that there is no such policy, and which one was likely meant.
func (p *Policies) unknown(name string) string {
	text := fmt.Sprintf("policy %.64q does not exist", name)
	if near := workload.Nearest(name, p.names); near != "" {
		text += ": did you mean " + near + "?"
	}
	if len(p.names) == 0 {
		return text + ": the configuration has no policy: add one of that name"
	}
	return text + " known policies: " + listed(p.names)
}

// listed joins names, the first few of them when there are many.
func listed(names []string) string {
	if more := len(names) - namesShown; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:namesShown], ", "), more)
	}
	return strings.Join(names, ", ")
}
