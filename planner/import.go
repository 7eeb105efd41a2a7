package planner

import (
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
	"github.com/headstart-scaler/headstart/store"
)

// Upload is a file with events that somebody wants to be in the schedule.
type Upload struct {
	Name string
	Data []byte
	// Zone of times that name none, DateOrder and Columns are what the uploader
	// said of the file: see intake.Options.
	Zone      *time.Location
	DateOrder intake.DateOrder
	Columns   map[string]string
	// Replace removes all other events that take place within the range alone.
	// Nil merges: events of the file are added, or go in the place of those with
	// their ids.
	Replace *Range
	// Expected is the version the change is based on (0 where there is none
	// yet); nil is whichever is current when the file is read.
	Expected *int64
	// DryRun shows what would change, and changes nothing.
	DryRun bool
	// RemoveMany allows a change that removes much of the schedule.
	RemoveMany bool
	By         Person
}

// Range is from one instant until another, which is not part of it.
type Range struct{ From, To time.Time }

// Person is who asks for something, and why.
type Person struct {
	Author, Reason string
	// Key makes it safe to ask twice; empty is none.
	Key string
}

// Import is what became of an Upload.
type Import struct {
	// Read is what the file holds, and what is wrong with it. Errors block it.
	Read intake.Result
	// Base is the version the file was compared with.
	Base store.Version
	// Diff is what the file changes there.
	Diff Diff
	// Applied is the version it became; its number is 0 where nothing was
	// applied: the file has errors, changes nothing, or it was a dry run.
	Applied store.Version
}

// Diff is what a change does to a schedule, in the order of events' ids.
type Diff struct {
	Added, Changed, Removed []Line
}

// Len is the number of events that change.
func (d Diff) Len() int { return len(d.Added) + len(d.Changed) + len(d.Removed) }

// Line is what becomes of one event.
type Line struct {
	// Before is nil where it is added, After where it is removed.
	Before, After *calendar.Event
	// Fields that change, by the template's columns.
	Fields []string
	// Next are the first occurrences from now on, of After, or of Before where
	// it is removed.
	Next []calendar.Occurrence
	// Replicas are the workloads whose plan it changes, at the first of Next.
	Replicas []Replicas
}

// Replicas is what a change does to the plan of a workload while an event
// takes place, by what the workload needs now.
type Replicas struct {
	Workload      string // NAMESPACE/NAME
	Before, After int
}
