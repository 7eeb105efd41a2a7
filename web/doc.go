// Package web is Headstart's HTTP face: probes, the read-only API and the
// pages on-call opens to learn "why 42?".
//
// What enters: GET requests, the latest snapshot, the state of the
// configuration and a ledger of earlier decisions. What leaves: JSON, plain
// text and HTML of what was decided, and problems (RFC 9457) that name the
// place and the repair.
//
// What it refuses to do: it decides nothing and computes no replica count, it
// changes nothing, it waits for no backend, and it runs no script in the
// browser.
package web
