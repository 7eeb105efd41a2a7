// Package pipeline runs one tick: read the signals, forecast, decide, publish.
//
// What enters: the sources, a set of valid policies, the triggers in use and
// what an observer knows of their scale targets. What leaves: an immutable
// Snapshot with an outcome per trigger, at every tick.
//
// What it refuses to do: it computes no replica count of its own (package
// decision does), it never waits for a source that is already late, and it
// never stacks a tick on one that still runs.
package pipeline
