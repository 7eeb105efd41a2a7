// Package store says what must last: the versions of the schedule, the
// overrides, and the audit log of who changed what and why. Beside it is kept
// what machines learned, which they could learn again.
//
// What enters: a Proposal, an Override, an Expiry or an Entry, each with who
// asks and, if the caller wants to repeat it safely, a Key. What leaves: a
// Version, an Override or a Record, and the errors callers branch on. The
// rules, what is valid and what follows from what, are here; adapters
// (store/sqlite, store/redis) make each operation one atomic step and add only
// their technology. A schedule is bytes to this package.
//
// Both adapters have these methods, which storetest holds them to:
//
//	Apply(ctx, Proposal) (Version, error)               a new version of the schedule, or a rollback
//	Current(ctx) (Version, error)                       the zero Version when there is none yet
//	Document(ctx, number) ([]byte, error)
//	History(ctx, before, limit) ([]Version, error)      newest first
//	PutOverride(ctx, Override, Key) (Override, error)
//	ExpireOverride(ctx, Expiry) (Override, error)
//	ActiveOverrides(ctx, at) ([]Override, error)        by id
//	Overrides(ctx, before, limit) ([]Override, error)   newest first
//	Note(ctx, Entry, Key) (Record, error)               what others did, such as the kill switch
//	Records(ctx, after, limit) ([]Record, error)        oldest first
//	Head(ctx) (Checkpoint, error)
//	Watch(ctx) <-chan struct{}                          told within a second that somebody changed something
//	Remember(ctx, []Memory) error                       what machines learned, in place of what they knew
//	Recall(ctx, keys) ([]Memory, error)                 in the order of the keys, without those not known
//	Findings() []Finding                                what an operator should know
//	Close() error
//
// What is acknowledged lasts: when an operation returns without an error it is
// on disk, as far as the technology was set up to promise that (Findings says
// where it was not). An operation that returns an error changed nothing, with
// the one exception of ErrInDoubt. Each operation that changes something adds
// exactly one Record to the audit log in the same step.
//
// Remember is not one of them: it changes nothing that people gave, nobody asks
// for it, and so it adds no Record and tells no Watch. What it acknowledged is
// whole or as it was before when a process is killed; when a machine fails, the
// last of it may be lost. What is not renewed for MemoryLife is forgotten. Recall
// gives what is sound; where something is damaged, it does so with ErrCorrupt.
//
// What it refuses to do: it opens no file and no connection, it reads no
// clock, it does not read a schedule, it takes no change without the version
// it was based on, and it never removes a version, an override or a record.
package store
