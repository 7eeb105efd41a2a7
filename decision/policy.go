package decision

import (
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// Replicas is a number of replicas of a workload.
type Replicas int32

// Mode says how much of the plan KEDA is told.
type Mode string

// The modes. In Shadow KEDA gets the policy's floor, so that beside other
// triggers nothing changes; in Advise it gets the reactive answer (no
// forecast); in Enforce it gets the plan. All three record the whole plan.
const (
	Shadow  Mode = "shadow"
	Advise  Mode = "advise"
	Enforce Mode = "enforce"
)

// Policy is what an SRE configured for a workload. It is a value made by
// package config, which refuses whatever is invalid; Decide does not check it
// again. All fields are read-only after that.
type Policy struct {
	Name   string
	Mode   Mode
	Labels map[string]string // what the workload is: brand, market, region, …

	Min, Max Replicas
	Signals  []Signal

	// PeakShare is the workload's part of the peaks that events name, in
	// (0, 1]: not all of a platform's requests reach it.
	PeakShare float64
	// Quantile of the forecast to be ready for, in (0, 1).
	Quantile float64
	// MissPrice is what a missed replica-hour of work costs against an hour of a
	// replica's part of a node; 0 where the policy fixes the quantile instead.
	MissPrice float64
	// PodLead is the time from asking for a replica until it is Ready, where
	// there is room for it.
	PodLead time.Duration
	// Nodes are what it runs on.
	Nodes Nodes
	// HoldFor is how long the last good value of a signal stands in for a
	// missing one before the workload is called stale.
	HoldFor time.Duration

	ScaleIn   ScaleIn
	Actuation Actuation
	// ConnectionBudget bounds the connections all replicas open toward
	// something they share, such as a database; zero means none.
	ConnectionBudget ConnectionBudget
}

// Nodes are what a workload runs on. The zero Nodes are not known: replicas are
// then asked for one by one, as if there were always room.
type Nodes struct {
	// Replicas of the workload that fit on a node.
	Replicas Replicas
	// Lead is the time from asking for a node until pods can start on it.
	Lead time.Duration
	// Fill asks for as many replicas as fit on the nodes that are kept: the room
	// is paid for, and a replica that runs is ready sooner than one that would
	// have to start. Otherwise that room is held warm.
	Fill bool
}

// Signal is one measured reason to have replicas.
type Signal struct {
	Name   string
	Kind   signal.Kind
	Source string // name of the source that answers Query
	Query  signal.Query
	React  signal.Reactions

	// Activation: at or below this value the signal alone does not keep a
	// workload with Min 0 from scaling to zero. In the signal's unit.
	Activation float64

	// Capacity of one replica. Unused for Latency.
	Capacity Capacity
	// Drain applies to Backlog.
	Drain Drain
	// Objective applies to Latency: the value not to exceed.
	Objective time.Duration
}

// Capacity is what one replica carries at its objective: requests or messages
// per second, or connections.
type Capacity struct {
	// PerReplica is the configured number, and the prior when Learn is set.
	PerReplica float64
	// Learn lets measured behaviour replace PerReplica once there is
	// confidence, inside [Least, Most].
	Learn       bool
	Least, Most float64
}

// Drain says how a backlog is worked off.
type Drain struct {
	// Deadline within which backlog and what arrives meanwhile is consumed.
	Deadline time.Duration
	// Rebalance is how long nobody consumes after the number of consumers
	// changed.
	Rebalance time.Duration
	// Cap bounds replicas by partitions.
	Cap PartitionCap
	// Even rounds up to a divisor of the number of partitions, so that each
	// consumer has equally many.
	Even bool
}

// PartitionCap says which partitions bound the number of consumers.
type PartitionCap string

// The caps. A consumer without a partition is idle.
const (
	CapAll     PartitionCap = "partitions"          // at most one replica per partition
	CapWithLag PartitionCap = "partitions-with-lag" // at most one per partition that has messages waiting
	CapNone    PartitionCap = "none"                // idle consumers are wanted
)

// ScaleIn limits how capacity is taken away.
type ScaleIn struct {
	// Stabilization: the answer is never below the largest plan of this last
	// while.
	Stabilization time.Duration
	// DrainPerMinute bounds how many replicas leave in a minute, for
	// long-lived connections; zero means no bound.
	DrainPerMinute Replicas
}

// Actuation says how KEDA's HPA will treat the answer.
type Actuation struct {
	// Tolerance is the HPA's deadband for scaling up as a ratio: 0.1 unless
	// behavior.scaleUp.tolerance says otherwise. Zero means every answer
	// moves.
	Tolerance float64
	// FromCluster lets the ScaledObject's own tolerance, where it can be
	// read, replace Tolerance.
	FromCluster bool
	// Sync is the time from one question of the HPA to the next: an answer may
	// wait for as long before anything is made of it.
	Sync time.Duration
	// Overshoot answers just beyond the deadband where the plan lies inside
	// it; otherwise a shortfall up to Tolerance is accepted.
	Overshoot bool
}

// ConnectionBudget is a ceiling from a shared downstream.
type ConnectionBudget struct {
	Total      int // connections the downstream can take
	PerReplica int // connections one replica opens
	Reserve    int // connections kept for others
}

// Limit is the most replicas the budget allows, and false when there is none.
func (b ConnectionBudget) Limit() (Replicas, bool) {
	if b.PerReplica <= 0 {
		return 0, false
	}
	return Replicas(max(0, b.Total-b.Reserve) / b.PerReplica), true
}
