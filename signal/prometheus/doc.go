// Package prometheus reads signals from anything that speaks Prometheus' HTTP
// API: Prometheus, Thanos, Mimir, VictoriaMetrics.
//
// What enters: PromQL expressions that yield one number. What leaves: a
// reading for each, or the samples of its past. An answer that is not one
// finite, non-negative number is a named condition with a reason that says
// what was found and how to repair it.
//
// What it refuses to do: it never turns a missing or malformed answer into 0,
// it never adds up several series on its own, it never reads an answer larger
// than agreed into memory, and it follows no redirects, so that credentials
// reach only the host they were given for.
//
// # Staleness
//
// An instant query is answered with the instant it was evaluated at, not with
// the instants of the samples it used. What can be seen from that is an old
// answer: one served from a cache, or by a server whose clock is behind; it is
// Stale beyond Config.StaleAfter. A target that is no longer scraped shows
// otherwise: Prometheus drops its series after a lookback of 5 minutes at the
// latest, and the query then is Empty. Who needs to know sooner writes it into
// the query, since only timestamp() tells the age of a sample:
//
//	sum(rate(http_requests_total[2m]))
//	  and on() (time() - max(timestamp(http_requests_total)) < 60)
//
// is Empty when the newest sample is a minute old.
//
// # Partial answers
//
// Thanos answers with a warning instead of an error when a store is missing,
// and the number is then too low. Ask it not to in the address:
// http://thanos-query:9090/?partial_response=false. Warnings are logged at
// debug level.
package prometheus
