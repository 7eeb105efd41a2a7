// Package rig runs programs beside tests: the real parts of a suite, and
// Headstart's own binary as users run it.
//
// What enters: a program, its arguments, and a check that says when it is
// ready. What leaves: a running process on free loopback ports, which ends
// with the test binary however that ends, and its log.
//
// What it refuses to do: it fakes nothing, and it waits by polling, never by
// sleeping for a guess. A missing program is an error, not a skip: whoever
// runs a suite decides what it runs on.
package rig
