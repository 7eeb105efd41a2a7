// Package redis keeps what must last in Redis, for any number of replicas of
// Headstart: one server, one behind Sentinel, or a Cluster.
//
// What enters and leaves is package store's. All keys have one hash tag and so
// live in one slot: a change is one Lua script on one node. The script compares
// the head, a small value that every change replaces, with the one the change
// was worked out from; if another change came between, nothing is written and
// the change is worked out anew. A script, not WATCH and MULTI, because it
// needs no connection of its own, is one round trip, and can tell a change that
// was made from one that was not when an acknowledgement got lost and it is
// sent again.
//
// How long a change lasts is the server's setting: Findings says where an
// acknowledged one can be lost. With appendonly yes and appendfsync always none
// is while the disk lives; with Replicas none is in a failover to one of them.
//
// What it refuses to do: it trusts no expiry and no eviction with anything but
// the answers kept for idempotency keys and what machines learned, and it reads
// from no replica, which could be behind.
package redis
