// Package backtest says how good forecasts of quantiles are, by asking for them
// again and again along a recorded trace and holding them against what came.
//
// What enters: a Trace with its gaps, a Model, and Options that say where it is
// asked, how far ahead and for which quantiles. What leaves: a Result with the
// mean pinball loss and the coverage of each quantile, horizon by horizon, and
// reference models to hold it against: the value a day or a week ago, the last
// value, and what Headstart expects.
//
// What it refuses to do: it shows no model a value before that value has ended,
// it scores nothing in a gap, it interpolates nothing, and it reads no clock
// but one it is given. The same input gives the same scores.
package backtest
