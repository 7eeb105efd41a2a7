package workload

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// PolicyFacts is what a lint has to know of a policy.
type PolicyFacts struct {
	Name     string
	Min, Max int32
	// Overshoot says that the policy itself answers past the HPA's deadband.
	Overshoot bool
	Mode      string
}

// Policies looks a policy up by its name.
type Policies interface {
	Policy(name string) (PolicyFacts, bool)
	// Names lists all policies, for "did you mean".
	Names() []string
}

// Lint says what keeps KEDA and the HPA from following the plan for a
// ScaledObject. It returns nothing for one without a trigger of ours.
// Findings are in the order of rules, and for each rule in that of triggers.
func Lint(so ScaledObject, policies Policies) []Finding {
	if len(so.Triggers) == 0 {
		return nil
	}
	l := lint{so: so}
	l.findings = append(l.findings, so.Malformed...)
	for _, t := range so.Triggers {
		l.trigger(t, policies)
	}
	l.object()
	l.behavior()
	for _, p := range l.inForce {
		l.bounds(p)
	}
	return l.findings
}

// lint gathers the findings of one ScaledObject.
type lint struct {
	so       ScaledObject
	findings []Finding
	inForce  []PolicyFacts // the policies its triggers name, overridden
}

func (l *lint) errorf(code, field, fix, format string, args ...any) {
	l.findings = append(l.findings, Finding{
		Severity: Error, Code: code, Field: field, Message: fmt.Sprintf(format, args...), Fix: fix,
	})
}

func (l *lint) warnf(code, field, fix, format string, args ...any) {
	l.findings = append(l.findings, Finding{
		Severity: Warning, Code: code, Field: field, Message: fmt.Sprintf(format, args...), Fix: fix,
	})
}

// trigger lints one trigger by itself.
func (l *lint) trigger(t TriggerFacts, policies Policies) {
	field := fmt.Sprintf("spec.triggers[%d]", t.Index)
	if !isExternal(t.Type) {
		l.errorf("trigger-type", field+".type", "did you mean "+Nearest(t.Type, externalTypes())+"?",
			"KEDA has no trigger type %.40q, and this one names a policy and our address", t.Type)
	}
	if t.MetricType != averageValue {
		l.errorf("metric-type", field+".metricType", "write metricType: AverageValue, or leave it out",
			"with %s the HPA multiplies the answer by the ready pods: 10 replicas wanted at 10 ready pods become 100", t.MetricType)
	}
	if t.Type == typeExternal && l.so.MinReplicas == 0 {
		l.warnf("trigger-type", field+".type", "write type: external-push",
			"external wakes a workload at zero only at KEDA's next poll, up to %s late", seconds(l.so.PollingInterval))
	}
	if t.UseCachedMetrics {
		l.warnf("cached-metrics", field+".useCachedMetrics", "remove it: our answers come from memory and cost nothing",
			"the HPA would get answers up to %s old", seconds(l.so.PollingInterval))
	}
	parsed, err := ParseTrigger(l.so.ID, t.Metadata)
	if err != nil {
		l.metadata(field, err)
		return
	}
	l.policy(field, parsed, policies)
}

func (l *lint) metadata(field string, err error) {
	var wrong *MetadataError
	if !errors.As(err, &wrong) {
		l.errorf("metadata", field+".metadata", "", "%v", err)
		return
	}
	path := field + ".metadata"
	if key := strings.Trim(wrong.Key, `"`); key != "" {
		path += "." + key
	}
	l.errorf("metadata", path, wrong.Fix, "%s %s", strings.Trim(wrong.Key, `"`), wrong.Reason)
}

// policy finds the trigger's policy and puts the trigger's overrides on it.
func (l *lint) policy(field string, t Trigger, policies Policies) {
	at := field + ".metadata.policy"
	if slices.ContainsFunc(l.inForce, func(p PolicyFacts) bool { return p.Name == t.Policy }) {
		l.errorf("duplicate-policy", at, "keep one of the two triggers",
			"an earlier trigger already has policy %s: both have the metric %s and the HPA takes the larger answer", t.Policy, MetricName(t.Policy))
		return
	}
	p, ok := policies.Policy(t.Policy)
	if !ok {
		fix := "add a Policy of this name"
		if near := Nearest(t.Policy, policies.Names()); near != "" {
			fix = "did you mean " + near + "?"
		}
		l.errorf("unknown-policy", at, fix, "there is no policy %s: KEDA gets an error and replicas freeze", t.Policy)
		return
	}
	if t.Min.Set {
		p.Min = t.Min.Value
	}
	if t.Max.Set {
		p.Max = t.Max.Value
	}
	if t.Mode != "" {
		p.Mode = t.Mode
	}
	if p.Min > p.Max {
		l.errorf("metadata", field+".metadata", "override both, or neither",
			"with the trigger's overrides minReplicas %d is above maxReplicas %d", p.Min, p.Max)
	}
	l.inForce = append(l.inForce, p)
}
