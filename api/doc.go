// Package api serves the schedule, the overrides, the decisions and the audit
// log to people and programs: as gRPC, and as JSON and files over HTTP, from
// the one definition in proto/headstart/v1.
//
// What enters: requests, each with who asks; conditions it is made under (the
// version it is based on, a key that makes it safe to repeat). What leaves:
// what the planner, the pipeline and the store say, and every refusal as a
// problem (RFC 9457) or a gRPC status that says what to do about it.
//
// What it refuses to do: it keeps nothing and decides nothing; it takes no
// change from somebody it cannot tell from a passer-by, none without a name,
// and no file beyond 32 MiB; and it believes no header about where a request
// comes from.
package api
