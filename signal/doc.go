// Package signal says what is happening: measured series and what one tick
// read of them.
//
// What enters: the answers of sources (a query's value, a consumer group's
// offsets), each stamped with the instant it was true. What leaves: a Reading
// with a named Condition, a Series with its gaps kept, a Backlog with rates.
//
// What it refuses to do: it never invents a value. A missing, doubtful or late
// answer is a Condition, never a zero; a gap stays a gap and is not
// interpolated. The package is pure: no I/O, no clock, no goroutine.
package signal
