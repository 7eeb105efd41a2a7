package store

import (
	"errors"
	"fmt"
)

// What callers branch on. All but ErrInDoubt mean that nothing was changed.
var (
	// ErrConflict: the proposal was based on another version than the current
	// one. The error is a *ConflictError.
	ErrConflict = errors.New("the schedule has changed since")
	// ErrKeyReused: the idempotency key was used before, for another request.
	ErrKeyReused = errors.New("this idempotency key belongs to another request")
	// ErrNotFound: there is no such version or override.
	ErrNotFound = errors.New("not found")
	// ErrEnded: the override is over, or was expired before.
	ErrEnded = errors.New("the override has ended already")
	// ErrInvalid: the request says something it must not. The error holds
	// FieldErrors.
	ErrInvalid = errors.New("invalid")
	// ErrFull: the disk, or the memory a server may use, is full.
	ErrFull = errors.New("the store is full")
	// ErrReadOnly: the store may be read but not written.
	ErrReadOnly = errors.New("the store is read-only")
	// ErrGone: a file of the store was removed or replaced while it was open.
	ErrGone = errors.New("a file of the store is gone")
	// ErrUnavailable: the store cannot be reached or is busy. Try again.
	ErrUnavailable = errors.New("the store is unavailable")
	// ErrInDoubt: the change was sent and its acknowledgement was lost. It may
	// have been made or not: repeat it with the same idempotency key.
	ErrInDoubt = errors.New("it is not known whether the change was made")
	// ErrCorrupt: what is stored is not what was written.
	ErrCorrupt = errors.New("the store is corrupt")
	// ErrNewer: the store was written by a newer program.
	ErrNewer = errors.New("the store was written by a newer version of Headstart")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("the store is closed")
)

// ConflictError is an ErrConflict, with the version that is current instead.
type ConflictError struct {
	Expected int64
	Current  Version
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%v: the change is based on version %d, and version %d is current: read it, and propose again",
		ErrConflict, e.Expected, e.Current.Number)
}

// Is makes errors.Is(err, ErrConflict) true.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// FieldError is what is wrong with a field of a request, and what to say
// instead. It is an ErrInvalid.
type FieldError struct {
	Field string
	Found string
	Fix   string
}

func (e FieldError) Error() string { return fmt.Sprintf("%s is %q: %s", e.Field, e.Found, e.Fix) }

// Is makes errors.Is(err, ErrInvalid) true.
func (e FieldError) Is(target error) bool { return target == ErrInvalid }

// Finding is what an operator should know about a store that works: how an
// acknowledged change could be lost, or be read by somebody else.
type Finding struct {
	Code string // for machines: "redis-fsync-everysec"
	Text string // what it means, and what to change
}

// FieldErrors returns all the FieldErrors in an error.
func FieldErrors(err error) []FieldError {
	switch e := err.(type) { //nolint:errorlint // the tree is walked here
	case nil:
		return nil
	case FieldError:
		return []FieldError{e}
	case interface{ Unwrap() error }:
		return FieldErrors(e.Unwrap())
	case interface{ Unwrap() []error }:
		var all []FieldError
		for _, one := range e.Unwrap() {
			all = append(all, FieldErrors(one)...)
		}
		return all
	}
	return nil
}
