package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// conditions are what the headers of a request over HTTP say: the version it is
// based on, and the key that makes it safe to repeat.
type conditions struct {
	expected *int64
	key      string
}

// conditionsKey is under which a request over HTTP has its conditions.
type conditionsKey struct{}

// parseConditions reads If-Match and Idempotency-Key.
func parseConditions(h http.Header) (conditions, error) {
	var c conditions
	match, err := single(h, "If-Match")
	if err != nil {
		return c, err
	}
	if match != "" {
		n, err := parseETag(match)
		if err != nil {
			return c, err
		}
		c.expected = &n
	}
	key, err := single(h, "Idempotency-Key")
	if err != nil {
		return c, err
	}
	// The draft has a string in quotes; everybody leaves them out.
	if len(key) > 1 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	if len(h.Values("Idempotency-Key")) > 0 && key == "" {
		return c, badRequest("The Idempotency-Key is empty.", "Choose one, such as a UUID, or leave the header out.")
	}
	c.key = key
	return c, nil
}

func single(h http.Header, name string) (string, error) {
	values := h.Values(name)
	if len(values) > 1 {
		return "", badRequest(fmt.Sprintf("%s is given %d times.", name, len(values)), "Give it once.")
	}
	if len(values) == 0 {
		return "", nil
	}
	return strings.TrimSpace(values[0]), nil
}

// etag is a version's number as HTTP has it.
func etag(version int64) string { return strconv.Quote(strconv.FormatInt(version, 10)) }

func parseETag(text string) (int64, error) {
	const repair = `Send the ETag of GET /api/v1/schedule, such as If-Match: "7", or "0" where there is no version yet.`
	switch {
	case text == "*":
		return 0, badRequest("If-Match: * would change whatever is current.", repair)
	case strings.HasPrefix(text, "W/"):
		return 0, badRequest("If-Match compares strongly, and the ETag is a weak one.", repair)
	}
	digits := strings.TrimSuffix(strings.TrimPrefix(text, `"`), `"`)
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || etag(n) != text || n < 0 {
		return 0, badRequest(fmt.Sprintf("If-Match: %.64s names no version of the schedule.", text), repair)
	}
	return n, nil
}

// conditionsFrom are the conditions of a request: those of its headers, or those
// that it says itself.
func conditionsFrom(ctx context.Context, said *int32, key string) (conditions, error) {
	c, _ := ctx.Value(conditionsKey{}).(conditions)
	if said != nil {
		n := int64(*said)
		if c.expected != nil && *c.expected != n {
			return c, badRequest("If-Match and expected_version name two versions.", "Send one of them.")
		}
		if n < 0 {
			return c, invalid("expected_version", strconv.FormatInt(n, 10), "the number of a version, or 0 where there is none yet")
		}
		c.expected = &n
	}
	if key != "" {
		if c.key != "" && c.key != key {
			return c, badRequest("Idempotency-Key and idempotency_key differ.", "Send one of them.")
		}
		c.key = key
	}
	return c, nil
}

// conflicted turns a conflict into the failure of the condition that the
// request made: 412 and not 409.
func conflicted(err error, c conditions) error {
	f := asFault(err)
	if f.kind == "conflict" && c.expected != nil {
		f.Status = http.StatusPreconditionFailed
	}
	return f
}

// unversioned returns a fault for a condition on something that has no version.
func (c conditions) unversioned() error {
	if c.expected != nil {
		return badRequest("If-Match is about the schedule, and overrides have no version.", "Leave it out.")
	}
	return nil
}
