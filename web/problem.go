package web

import (
	"errors"
	"fmt"
	"net/http"
)

// problem is an answer that is not the one asked for, as RFC 9457 has it. It
// is an error, so that handlers return it.
type problem struct {
	// Type is the stable name of the kind of problem, for programs.
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Detail says what was found where; Repair what to do about it.
	Detail string `json:"detail"`
	Repair string `json:"repair"`
	// Choices are the answers a request could have meant.
	Choices []choice `json:"choices,omitempty"`
}

// choice is one of several answers to a request that did not say which.
type choice struct {
	Policy    string `json:"policy"`
	Overrides string `json:"overrides,omitempty"`
	Href      string `json:"href"`
}

// Error is the problem in one line.
func (p *problem) Error() string { return fmt.Sprintf("%s: %s: %s", p.Title, p.Detail, p.Repair) }

func newProblem(status int, kind, title, detail, repair string) *problem {
	return &problem{Type: "urn:headstart:problem:" + kind, Title: title, Status: status, Detail: detail, Repair: repair}
}

// asProblem is err itself when it is a problem, and otherwise one that keeps
// err's text, which may name what a reader is not to know, to the log.
func asProblem(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	return newProblem(http.StatusInternalServerError, "internal", "Internal fault",
		"Headstart could not make this answer.", "See this replica's log for the fault; decisions and KEDA are not affected.")
}

func noSnapshot() *problem {
	return newProblem(http.StatusServiceUnavailable, "no-snapshot", "Nothing decided yet",
		"This replica has not finished its first tick.", "Ask again in a few seconds; if it lasts, see /readyz and this replica's log.")
}
