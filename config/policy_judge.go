package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/config/internal/shape"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// DefaultMissPrice is what a missed replica-hour of work costs against an
// hour of a replica, where a policy does not say.
const DefaultMissPrice = 100

// defaultTolerance is the HPA's own deadband
// (--horizontal-pod-autoscaler-tolerance).
const defaultTolerance = 0.1

// QuantileOf is the newsvendor's critical ratio: with a miss costing price
// times what an idle replica costs, expected cost is least when the chance of
// not missing is price/(price+1) (Arrow, Harris and Marschak, Optimal
// Inventory Policy, 1951).
func QuantileOf(missPrice float64) float64 { return missPrice / (missPrice + 1) }

// policy judges a Policy document. Its values are valid only when nothing was
// refused.
func (j *judge) policy(in shape.Policy, sources sourceTable) (decision.Policy, []workload.Trigger) {
	spec := in.Spec
	out := decision.Policy{
		Name: in.Metadata.Name, Mode: decision.Mode(spec.Mode), Labels: in.Metadata.Labels,
		Min: decision.Replicas(spec.MinReplicas), Max: decision.Replicas(spec.MaxReplicas),
		PeakShare: spec.PeakShare, PodLead: spec.PodLead.Duration, HoldFor: spec.HoldFor.Duration,
		ScaleIn:   decision.ScaleIn{Stabilization: stabilization(spec), DrainPerMinute: decision.Replicas(spec.ScaleIn.DrainPerMinute)},
		Actuation: actuation(spec.Actuation),
	}
	out.Quantile, out.MissPrice = j.certainty(spec)
	if spec.Nodes != nil {
		out.Nodes = j.nodes(*spec.Nodes, spec)
	}
	j.label("metadata.name", in.Metadata.Name)
	j.labels(in.Metadata.Labels)
	j.bounds(spec)
	j.between("spec.podLead", out.PodLead, 0, time.Hour)
	j.between("spec.actuation.syncPeriod", out.Actuation.Sync, 0, 10*time.Minute)
	j.between("spec.holdFor", out.HoldFor, 0, time.Hour)
	j.between("spec.scaleIn.stabilization", out.ScaleIn.Stabilization, 0, 24*time.Hour)
	if spec.ConnectionBudget != nil {
		out.ConnectionBudget = j.budget(*spec.ConnectionBudget, out.Min)
	}
	out.Signals = j.signals(spec, sources)
	return out, j.bindings(in)
}

// certainty is the quantile to be ready for, and the price it follows from; 0
// where the policy fixes the quantile instead.
func (j *judge) certainty(spec shape.PolicySpec) (quantile, missPrice float64) {
	switch {
	case spec.Quantile != nil && spec.MissPrice != nil:
		j.refuse("spec.quantile", "is written beside missPrice", "Keep one of them: missPrice p means quantile p/(p+1).")
		return 0, 0
	case spec.Quantile != nil:
		return *spec.Quantile, 0
	case spec.MissPrice != nil:
		return QuantileOf(*spec.MissPrice), *spec.MissPrice
	default:
		return QuantileOf(DefaultMissPrice), DefaultMissPrice
	}
}

// nodes judges what a workload runs on. Nodes that nothing prices are known and
// no more: events are prepared for by their lead.
func (j *judge) nodes(in shape.Nodes, spec shape.PolicySpec) decision.Nodes {
	const path = "spec.nodes"
	j.between(path+".lead", in.Lead.Duration, 0, time.Hour)
	switch {
	case spec.Quantile != nil:
		j.warn(path, "are not priced beside a fixed quantile: no room is kept on them", "Write missPrice instead of quantile, or remove nodes.")
	case !slices.ContainsFunc(spec.Signals, carried):
		j.warn(path, "are not priced: only signals of type rate and connections say what a node would carry", "Remove nodes.")
	}
	return decision.Nodes{Replicas: decision.Replicas(in.ReplicasPerNode), Lead: in.Lead.Duration, Fill: in.Fill}
}

// carried reports whether a signal says what a node would carry.
func carried(s shape.Signal) bool {
	return s.Type == string(signal.Rate) || s.Type == string(signal.Connections)
}

// defaultStabilization is the HPA's own
// (--horizontal-pod-autoscaler-downscale-stabilization).
const defaultStabilization = 5 * time.Minute

// stabilization is short where nodes decide how long capacity is kept.
func stabilization(spec shape.PolicySpec) time.Duration {
	backlog := func(s shape.Signal) bool { return s.Type == string(signal.Backlog) }
	switch {
	case spec.ScaleIn.Stabilization != nil:
		return spec.ScaleIn.Stabilization.Duration
	case spec.Nodes != nil && spec.Quantile == nil && !slices.ContainsFunc(spec.Signals, backlog):
		return decision.PricedStabilization
	default:
		return defaultStabilization
	}
}

func actuation(in shape.Actuation) decision.Actuation {
	out := decision.Actuation{Tolerance: in.Tolerance.Ratio, FromCluster: in.Tolerance.Auto, Sync: in.SyncPeriod.Duration, Overshoot: in.OnDeadband == "overshoot"}
	if in.Tolerance.Auto {
		out.Tolerance = defaultTolerance
	}
	return out
}

func (j *judge) bounds(spec shape.PolicySpec) {
	if spec.MinReplicas > spec.MaxReplicas && j.fine("spec.minReplicas", "spec.maxReplicas") {
		at := "spec.minReplicas"
		if !j.doc.Has(at) {
			at = "spec.maxReplicas"
		}
		j.refuse(at, fmt.Sprintf("minReplicas %d is above maxReplicas %d", spec.MinReplicas, spec.MaxReplicas), "Write minReplicas ≤ maxReplicas.")
	}
}

func (j *judge) budget(in shape.ConnectionBudget, least decision.Replicas) decision.ConnectionBudget {
	const path = "spec.connectionBudget"
	out := decision.ConnectionBudget(in)
	if !j.fine(path, "spec.minReplicas") {
		return out
	}
	limit, _ := out.Limit()
	switch {
	case in.Reserve >= in.Total:
		j.refuse(path+".reserve", fmt.Sprintf("%d of %d connections are kept for others", in.Reserve, in.Total), "Write a reserve below the total.")
	case limit < max(1, least):
		j.refuse(path, fmt.Sprintf("allows %d replicas, (%d − %d) / %d, and minReplicas is %d", limit, in.Total, in.Reserve, in.PerReplica, least), "Raise the total, or lower perReplica, reserve or minReplicas.")
	}
	return out
}

var labelValue = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$`)

// labels holds to Kubernetes' rules, so that labels of objects compare.
func (j *judge) labels(labels map[string]string) {
	const longest = 63
	for name, value := range labels {
		prefix, local, prefixed := strings.Cut(name, "/")
		if !prefixed {
			local = name
		}
		at := "metadata.labels." + name
		if (prefixed && !workload.IsDNSSubdomain(prefix)) || local == "" || len(local) > longest || !labelValue.MatchString(local) {
			j.refuse(at, "is not the name of a label", "Write letters, digits, '-', '_' and '.', at most 63.")
		}
		if len(value) > longest || !labelValue.MatchString(value) {
			j.refuse(at, fmt.Sprintf("found %.80q", value), "Write letters, digits, '-', '_' and '.', at most 63, with a letter or digit at both ends.")
		}
	}
}

func (j *judge) bindings(in shape.Policy) []workload.Trigger {
	var out []workload.Trigger
	seen := map[string]bool{}
	for i, text := range in.Spec.Workloads {
		path := fmt.Sprintf("spec.workloads[%d]", i)
		namespace, name, _ := strings.Cut(text, "/")
		if !workload.IsDNSLabel(namespace) || !workload.IsDNSSubdomain(name) {
			j.refuse(path, fmt.Sprintf("found %.80q", text), "Write NAMESPACE/NAME of a ScaledObject, such as demo/deposits.")
			continue
		}
		if seen[text] {
			j.refuse(path, text+" is written twice", "Keep one.")
		}
		seen[text] = true
		out = append(out, workload.Trigger{Workload: workload.ID{Namespace: namespace, Name: name}, Policy: in.Metadata.Name})
	}
	return out
}
