package pipeline

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// longestGroup is more than any consumer group has in practice.
const longestGroup = 253

// override returns base as a trigger wants it: base itself when the trigger
// changes nothing.
func override(base *decision.Policy, t workload.Trigger) (*decision.Policy, error) {
	if t.Overrides == (workload.Overrides{}) && !slices.ContainsFunc(base.Signals, hasVariable) {
		return base, nil
	}
	p := *base
	p.Signals = slices.Clone(base.Signals)
	if err := overrideBounds(&p, t); err != nil {
		return nil, err
	}
	if err := overrideGroup(&p, t); err != nil {
		return nil, err
	}
	for i := range p.Signals {
		query, err := expand(p.Signals[i].Query, t.Workload)
		if err != nil {
			return nil, fmt.Errorf("policy %s, signal %s: %w", p.Name, p.Signals[i].Name, err)
		}
		p.Signals[i].Query = query
	}
	return &p, nil
}

func overrideBounds(p *decision.Policy, t workload.Trigger) error {
	switch mode := decision.Mode(t.Mode); mode {
	case "":
	case decision.Shadow, decision.Advise, decision.Enforce:
		p.Mode = mode
	default:
		return fmt.Errorf("trigger metadata mode: found %.64q: write shadow, advise or enforce", t.Mode)
	}
	if t.Min.Set {
		if t.Min.Value < 0 {
			return fmt.Errorf("trigger metadata minReplicas: found %d: write 0 or more", t.Min.Value)
		}
		p.Min = decision.Replicas(t.Min.Value)
	}
	if t.Max.Set {
		if t.Max.Value < 1 {
			return fmt.Errorf("trigger metadata maxReplicas: found %d: write 1 or more", t.Max.Value)
		}
		p.Max = decision.Replicas(t.Max.Value)
	}
	if p.Min > p.Max {
		return fmt.Errorf("minReplicas %d (of %s) is above maxReplicas %d (of %s): raise maxReplicas or lower minReplicas",
			p.Min, origin(t.Min, p), p.Max, origin(t.Max, p))
	}
	return nil
}

func origin(o workload.Override, p *decision.Policy) string {
	if o.Set {
		return "the trigger's metadata"
	}
	return "policy " + p.Name
}

// overrideGroup replaces group and topic of the policy's only backlog.
func overrideGroup(p *decision.Policy, t workload.Trigger) error {
	if t.ConsumerGroup == "" && t.Topic == "" {
		return nil
	}
	key := "consumerGroup"
	if t.ConsumerGroup == "" {
		key = "topic"
	}
	var found []int
	var names []string
	for i, s := range p.Signals {
		if _, isGroup := s.Query.(signal.ConsumerGroup); isGroup {
			found, names = append(found, i), append(names, s.Name)
		}
	}
	switch {
	case len(found) == 0:
		return fmt.Errorf("trigger metadata %s: policy %s reads no consumer group: leave the key out or name a policy with a kafka backlog", key, p.Name)
	case len(found) > 1:
		return fmt.Errorf("trigger metadata %s: policy %s reads %d consumer groups (%s) and the key cannot say which: write ${name} into the policy's queries or use a policy with one",
			key, p.Name, len(found), listed(names))
	case len(t.ConsumerGroup) > longestGroup:
		return fmt.Errorf("trigger metadata consumerGroup: found %d bytes: write the consumers' group.id, at most %d", len(t.ConsumerGroup), longestGroup)
	case t.Topic != "" && !workload.IsTopic(t.Topic):
		return fmt.Errorf("trigger metadata topic: found %.64q, which no topic can be called: write one topic", t.Topic)
	}
	s := &p.Signals[found[0]]
	group, isGroup := s.Query.(signal.ConsumerGroup)
	if !isGroup {
		return nil
	}
	if t.ConsumerGroup != "" {
		group.Group = t.ConsumerGroup
	}
	if t.Topic != "" {
		group.Topics, group.Pattern = t.Topic, ""
	}
	s.Query = group
	return nil
}

func hasVariable(s decision.Signal) bool {
	switch q := s.Query.(type) {
	case signal.Expression:
		return strings.Contains(q.PromQL, "${")
	case signal.ConsumerGroup:
		return strings.Contains(q.Group, "${") || strings.Contains(q.Topics, "${") || strings.Contains(q.Pattern, "${")
	default:
		return false
	}
}

// expand replaces ${namespace} and ${name}. Both are DNS names, so that they
// cannot end a string in PromQL; in a pattern their dots are escaped.
func expand(q signal.Query, id workload.ID) (signal.Query, error) {
	plain := strings.NewReplacer("${namespace}", id.Namespace, "${name}", id.Name)
	switch q := q.(type) {
	case signal.Expression:
		q.PromQL = plain.Replace(q.PromQL)
		return q, leftover(q.PromQL)
	case signal.ConsumerGroup:
		quoted := strings.NewReplacer("${namespace}", regexp.QuoteMeta(id.Namespace), "${name}", regexp.QuoteMeta(id.Name))
		q.Group, q.Topics, q.Pattern = plain.Replace(q.Group), plain.Replace(q.Topics), quoted.Replace(q.Pattern)
		return q, leftover(q.Group + " " + q.Topics + " " + q.Pattern)
	default:
		return q, nil
	}
}

func leftover(text string) error {
	_, rest, found := strings.Cut(text, "${")
	if !found {
		return nil
	}
	name, _, _ := strings.Cut(rest, "}")
	return fmt.Errorf("unknown variable ${%.32s}: write ${namespace} or ${name}", name)
}
