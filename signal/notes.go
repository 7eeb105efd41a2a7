package signal

import (
	"fmt"
	"strings"
)

// noteKind is one thing a person should know of a reading.
type noteKind int

// The notes, in the order a reading gives them.
const (
	noteUnread noteKind = iota
	noteRecreated
	noteBack
	noteGone
	noteHeld
	noteAhead
	noteAheadStart
	noteAheadEnd
	noteDeleted
	noteExcluded
	noteStuck
	noteDropped
	noteFromStart
	noteFromSeen
	noteKinds
)

// named is how many partitions a text names before it only counts them.
const named = 5

// text says what a note means; the partitions it is about follow it.
func (k noteKind) text() string {
	switch k {
	case noteUnread:
		return "not read this time, their last lag is counted"
	case noteRecreated:
		return "topic recreated or truncated, the log end fell"
	case noteBack:
		return "the group's offset was moved back"
	case noteGone:
		return "the group's commits are gone (expired, or the group or topic was deleted)"
	case noteHeld:
		return "arrivals cannot be told across this, their last rate is held"
	case noteAhead:
		return "committed beyond the log end (a leader that is behind, or a truncated or recreated topic), their last lag is counted"
	case noteAheadStart:
		return "committed beyond the log end (truncated or recreated topic), counted from the log start (earliest)"
	case noteAheadEnd:
		return "committed beyond the log end (truncated or recreated topic), only what arrived since is counted (latest)"
	case noteDeleted:
		return "retention deleted messages before the group read them, counted from the log start"
	case noteExcluded:
		return "excluded, lag that nobody consumes"
	case noteStuck:
		return "not excluded although it stands still, because nothing in the group moves (it hangs, or commits rarely)"
	case noteDropped:
		return "no longer among the group's partitions"
	case noteFromStart:
		return "never committed, counted from the log start (earliest)"
	case noteFromSeen:
		return "never committed, counted from the log end first seen (latest)"
	case noteKinds:
	}
	return ""
}

// notes collects the partitions each note is about.
type notes [noteKinds][]string

func (n *notes) add(k noteKind, format string, args ...any) {
	n[k] = append(n[k], fmt.Sprintf(format, args...))
}

// list returns one sentence for each kind that occurred.
func (n *notes) list() []string {
	var texts []string
	for k, items := range n {
		if len(items) > 0 {
			texts = append(texts, noteKind(k).text()+": "+enumerate(items))
		}
	}
	return texts
}

// enumerate joins items and counts those past the first few.
func enumerate(items []string) string {
	if len(items) <= named {
		return strings.Join(items, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(items[:named], ", "), len(items)-named)
}
