package workload

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// KEDA's defaults (apis/keda/v1alpha1, v2.21).
const (
	defaultMaxReplicas     = 100
	defaultPollingInterval = 30 * time.Second
	defaultCooldown        = 300 * time.Second
)

// DecodeScaledObject reads the facts from a ScaledObject as generic YAML or
// JSON: maps with string keys, slices, strings, booleans and numbers. It never
// fails: a field of an odd type is read as missing and listed in Malformed.
func DecodeScaledObject(object map[string]any) ScaledObject {
	so := ScaledObject{
		MaxReplicas:     defaultMaxReplicas,
		PollingInterval: defaultPollingInterval,
		Cooldown:        defaultCooldown,
	}
	root := fields{of: object, bad: &so.Malformed}
	meta := root.sub("metadata")
	so.ID = ID{Namespace: meta.text("namespace"), Name: meta.text("name")}
	so.Labels, so.Annotations = meta.texts("labels"), meta.texts("annotations")

	spec := root.sub("spec")
	target := spec.sub("scaleTargetRef")
	so.Target = ScaleTarget{
		APIVersion: target.text("apiVersion"), Kind: target.text("kind"), Name: target.text("name"),
	}
	spec.number("minReplicaCount", &so.MinReplicas)
	spec.number("maxReplicaCount", &so.MaxReplicas)
	so.IdleReplicas.Set = spec.number("idleReplicaCount", &so.IdleReplicas.Value)
	spec.seconds("pollingInterval", &so.PollingInterval)
	spec.seconds("cooldownPeriod", &so.Cooldown)
	so.Fallback = decodeFallback(spec)
	advanced := spec.sub("advanced")
	so.Formula = advanced.sub("scalingModifiers").text("formula")
	so.Behavior = decodeBehavior(advanced.sub("horizontalPodAutoscalerConfig"))
	decodeTriggers(spec, &so)
	return so
}

func decodeFallback(spec fields) Fallback {
	f := spec.sub("fallback")
	out := Fallback{Set: f.of != nil, Behavior: f.text("behavior")}
	f.number("failureThreshold", &out.FailureThreshold)
	f.number("replicas", &out.Replicas)
	if out.Set && out.Behavior == "" {
		out.Behavior = "static"
	}
	return out
}

func decodeBehavior(config fields) Behavior {
	b := config.sub("behavior")
	return Behavior{
		Set:  b.of != nil,
		Up:   decodeRules(b.sub("scaleUp"), 0),
		Down: decodeRules(b.sub("scaleDown"), 300*time.Second),
	}
}

func decodeRules(f fields, window time.Duration) ScalingRules {
	out := ScalingRules{Set: f.of != nil, Tolerance: -1, Stabilization: window, Select: f.text("selectPolicy")}
	if out.Select == "" {
		out.Select = "Max"
	}
	f.quantity("tolerance", &out.Tolerance)
	f.seconds("stabilizationWindowSeconds", &out.Stabilization)
	for i, item := range f.list("policies") {
		p, ok := f.item("policies", i, item)
		if !ok {
			continue
		}
		policy := ScalingPolicy{Type: p.text("type")}
		p.number("value", &policy.Value)
		p.seconds("periodSeconds", &policy.Period)
		out.Policies = append(out.Policies, policy)
	}
	return out
}

func decodeTriggers(spec fields, so *ScaledObject) {
	for i, item := range spec.list("triggers") {
		f, ok := spec.item("triggers", i, item)
		if !ok {
			so.Others++
			continue
		}
		if !isOurs(item) {
			so.Others++
			continue
		}
		t := TriggerFacts{
			Index: i, Type: f.text("type"), Name: f.text("name"), MetricType: f.text("metricType"),
			UseCachedMetrics: f.flag("useCachedMetrics"), Metadata: f.texts("metadata"),
		}
		if t.MetricType == "" {
			t.MetricType = averageValue
		}
		so.Triggers = append(so.Triggers, t)
	}
}

// isOurs recognises a trigger that points at Headstart: it names a policy, or
// at least our address. Other external scalers have neither. One whose type is
// a slip of the pen needs both.
func isOurs(item any) bool {
	trigger, _ := item.(map[string]any)
	kind, _ := trigger["type"].(string)
	metadata, _ := trigger["metadata"].(map[string]any)
	_, policy := metadata[keyPolicy]
	address, addressed := metadata[keyScalerAddress].(string)
	if !isExternal(kind) {
		return policy && addressed && Nearest(kind, externalTypes()) != ""
	}
	return policy || strings.Contains(address, "headstart")
}

func isExternal(kind string) bool { return kind == typeExternal || kind == typeExternalPush }

func externalTypes() []string { return []string{typeExternal, typeExternalPush} }

// fields reads one mapping of a ScaledObject and notes what is malformed.
type fields struct {
	of   map[string]any // nil when the mapping is missing
	path string
	bad  *[]Finding
}

func (f fields) at(name string) string {
	if f.path == "" {
		return name
	}
	return f.path + "." + name
}

func (f fields) malformed(path, want string, found any) {
	*f.bad = append(*f.bad, Finding{
		Severity: Error, Code: "malformed", Field: path,
		Message: fmt.Sprintf("found %s, which KEDA does not accept here", describe(found)),
		Fix:     "write " + want,
	})
}

func (f fields) sub(name string) fields {
	out := fields{path: f.at(name), bad: f.bad}
	switch v := f.of[name].(type) {
	case nil:
	case map[string]any:
		if v == nil {
			v = map[string]any{}
		}
		out.of = v
	default:
		f.malformed(out.path, "a mapping", v)
	}
	return out
}

func (f fields) list(name string) []any {
	switch v := f.of[name].(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		f.malformed(f.at(name), "a list", v)
		return nil
	}
}

func (f fields) item(name string, i int, item any) (fields, bool) {
	path := fmt.Sprintf("%s[%d]", f.at(name), i)
	v, ok := item.(map[string]any)
	if !ok {
		f.malformed(path, "a mapping", item)
	}
	return fields{of: v, path: path, bad: f.bad}, ok
}

func (f fields) text(name string) string {
	switch v := f.of[name].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		f.malformed(f.at(name), "a text in quotes", v)
		return ""
	}
}

func (f fields) texts(name string) map[string]string {
	sub := f.sub(name)
	if sub.of == nil {
		return nil
	}
	out := make(map[string]string, len(sub.of))
	for _, key := range sortedKeys(sub.of) {
		if s, ok := sub.of[key].(string); ok {
			out[key] = s
			continue
		}
		f.malformed(sub.at(key), "a text in quotes", sub.of[key])
	}
	return out
}

func (f fields) flag(name string) bool {
	switch v := f.of[name].(type) {
	case nil:
		return false
	case bool:
		return v
	default:
		f.malformed(f.at(name), "true or false", v)
		return false
	}
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
