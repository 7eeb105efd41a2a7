// Package decision says what to do now: how many replicas to ask for, and why.
//
// Need is a function of time. Each signal of a Policy says how many replicas
// it takes to carry what is measured and what is forecast until a replica
// asked for now could be ready; the largest is the need. Guards then bound it,
// each a named Step, and the list of steps is the explanation.
//
// What enters: a Policy (valid by construction), the State left by the last
// decision and an Input that holds the instant, the readings, the forecast
// paths and what is known of the scale target. What leaves: the next State
// and an Outcome. The same Policy, State and Input give the same result.
//
// What it refuses to do: it reads no clock and no network, it never takes
// missing data for zero, and it never removes capacity on data it does not
// have.
package decision
