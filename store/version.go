package store

import (
	"fmt"
	"time"
)

// Version is one state the schedule had, from the moment it was applied until
// the next one was.
type Version struct {
	Number       int64     `json:"number"` // 1, 2, …
	At           time.Time `json:"at"`     // by the clock of the process that applied it
	Author       string    `json:"author"`
	Reason       string    `json:"reason,omitempty"`
	Origin       string    `json:"origin,omitempty"`      // name of the file it came from
	FileSHA256   Digest    `json:"fileSHA256,omitzero"`   // of that file
	Hash         Digest    `json:"hash"`                  // of the document
	Events       int       `json:"events"`                // in the document
	RolledBackTo int64     `json:"rolledBackTo,omitzero"` // the version whose document this is, 0 when it is new
}

// Digest is the digest of all a version says, the document by its hash. The
// zero Version, which is none, has none.
func (v Version) Digest() Digest {
	if v.Number == 0 {
		return Digest{}
	}
	c := encode("headstart schedule version 1")
	c.number(v.Number)
	c.instant(v.At)
	c.text(v.Author)
	c.text(v.Reason)
	c.text(v.Origin)
	c.digest(v.FileSHA256)
	c.digest(v.Hash)
	c.number(int64(v.Events))
	c.number(v.RolledBackTo)
	return c.done()
}

// Proposal is a schedule that somebody wants to be the next version.
type Proposal struct {
	Expected     int64  // number of the version it is based on; 0 when there was none
	Document     []byte // the schedule; not changed after
	Events       int    // in it
	Author       string
	Reason       string
	Origin       string // name of the file it came from
	FileSHA256   Digest // of that file
	RolledBackTo int64  // not 0: the document is that of this version again
	Key          Key
}

// MaxDocument is the most bytes a schedule may have.
const MaxDocument = 64 << 20

// Validate returns all that is wrong with a proposal, as FieldErrors.
func (p Proposal) Validate() error {
	var c check
	if p.Expected < 0 {
		c.wrong("expected", p.Expected, "name the version the change is based on, 0 when there was none")
	}
	if len(p.Document) == 0 {
		c.wrong("document", "", "give the schedule; one without events is a document too")
	}
	if len(p.Document) > MaxDocument {
		c.wrong("document", fmt.Sprintf("%d bytes", len(p.Document)), fmt.Sprintf("at most %d bytes", MaxDocument))
	}
	if p.Events < 0 {
		c.wrong("events", p.Events, "the number of events in the document")
	}
	if p.RolledBackTo < 0 {
		c.wrong("rolledBackTo", p.RolledBackTo, "the number of an earlier version, or 0")
	}
	c.required("author", p.Author)
	c.text("reason", p.Reason)
	c.text("origin", p.Origin)
	c.key(p.Key)
	return c.err("propose a schedule")
}

// Draft is a valid Proposal with its document's hash, which takes a while to
// make and is made before anything is locked.
type Draft struct {
	Proposal

	Hash Digest
}

// Draft validates a proposal and hashes its document.
func (p Proposal) Draft() (Draft, error) {
	if err := p.Validate(); err != nil {
		return Draft{}, err
	}
	return Draft{p, Sum(p.Document)}, nil
}

// On returns the version a draft makes when current is the current one, and
// the audit log's entry about it. A draft that is based on another version is
// a *ConflictError.
func (d Draft) On(current Version, now time.Time) (Version, Entry, error) {
	if d.Expected != current.Number {
		return Version{}, Entry{}, &ConflictError{Expected: d.Expected, Current: current}
	}
	v := Version{
		Number: current.Number + 1, At: Instant(now),
		Author: d.Author, Reason: d.Reason, Origin: d.Origin, FileSHA256: d.FileSHA256,
		Hash: d.Hash, Events: d.Events, RolledBackTo: d.RolledBackTo,
	}
	e := Entry{
		Actor: v.Author, Verb: VerbApply, Object: fmt.Sprintf("schedule/%d", v.Number),
		Before: current.Digest(), After: v.Digest(), Reason: v.Reason,
	}
	if d.RolledBackTo != 0 {
		e.Verb = VerbRollback
	}
	return v, e, nil
}

// CheckRollback reports a draft that claims to be the document of an earlier
// version and is not. Old is the version that RolledBackTo names.
func (d Draft) CheckRollback(old Version) error {
	var c check
	if d.Hash != old.Hash {
		c.wrong("document", d.Hash, fmt.Sprintf("a rollback brings the document of version %d, %s", old.Number, old.Hash))
	}
	if d.Events != old.Events {
		c.wrong("events", d.Events, fmt.Sprintf("version %d has %d", old.Number, old.Events))
	}
	return c.err("roll the schedule back")
}
