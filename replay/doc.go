// Package replay plays a recorded trace through autoscalers on a simulated
// cluster, and says what each would have missed and cost.
//
// What enters: a Trace of demand with its gaps, the events that were announced,
// a Cluster with its lead times, and autoscalers: Headstart by the same
// pipeline and decisions that run in production, the peers it is compared with,
// an oracle, and one that knows the future but lives in the same cluster. What
// leaves: a Report of Figures, and, where asked for, every step.
//
// What it refuses to do: it reads no clock and opens no file, it shows no
// autoscaler anything of the future (but those whose point that is), it never
// interpolates between two values, and it never scores a step at which nothing
// was measured. The same input gives the same report, whatever runs beside.
package replay
