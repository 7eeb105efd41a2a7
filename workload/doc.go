// Package workload names what is scaled: the scale target of one ScaledObject,
// the trigger that points at us, and what is right or wrong with both.
//
// What enters: KEDA's trigger metadata, ScaledObjects as decoded YAML or JSON.
// What leaves: a valid Trigger, a ScaledObject's facts, and Findings that name
// the place and the repair.
//
// What it refuses to do: it reads no file and no cluster; it never fills in a
// missing answer with a guess. The package is pure.
package workload
