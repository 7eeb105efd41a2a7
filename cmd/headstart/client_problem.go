package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// apiError is an RFC 9457 answer of the server.
type apiError struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	// Repair says what to do about it.
	Repair string `json:"repair"`
	// Choices are the decisions that a question could have meant.
	Choices []struct{ Policy, Overrides string } `json:"choices"`
}

// is compares the kind of problem, the last part of its type.
func (e apiError) is(kind string) bool { return strings.HasSuffix(e.Type, ":"+kind) }

// Error says what was found, and the repair below it.
func (e apiError) Error() string {
	text := e.Title
	if e.Detail != "" {
		text = e.Detail
	}
	if e.Repair != "" {
		text += "\n" + e.Repair
	}
	return printableLines(text)
}

// problem is an answer that is not the one asked for, as an error. Where the
// repair is a flag of this command, it is named.
func (c *client) problem(status string, body []byte) error {
	var p apiError
	if err := json.Unmarshal(body, &p); err != nil || p.Title == "" {
		return fmt.Errorf("%s answered %s: is this a Headstart server?", printable(c.server), printable(status))
	}
	if p.is("removes-many") {
		p.Repair = "If that is meant, say so: --remove-many"
	}
	return p
}
