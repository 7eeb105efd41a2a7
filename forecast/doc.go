// Package forecast says what we expect: quantile paths of a signal over a
// horizon.
//
// What enters: a signal.Series and the instant to look from. What leaves: a
// Path, whose quantiles are ordered and whose values are finite and not
// negative, whatever the series held.
//
// What it refuses to do: it does not decide, it does not smooth peaks away,
// and it never reads anything after the instant it is asked at. The package is
// pure: no I/O, no clock, no goroutine.
package forecast
