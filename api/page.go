package api

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// The number of things in a page.
const (
	pageDefault = 100
	pageMost    = 1000
)

// pageSize is how many things a page has.
func pageSize(asked int32) (int, error) {
	switch {
	case asked == 0:
		return pageDefault, nil
	case asked < 0 || asked > pageMost:
		return 0, badRequest(fmt.Sprintf("page_size=%d is out of range.", asked), fmt.Sprintf("Write a whole number from 1 to %d.", pageMost))
	default:
		return int(asked), nil
	}
}

// separator stands between the parts of a token; no ID has it.
const separator = "\x00"

// token is a place in a list: opaque, and fit for a URL.
func token(list string, parts ...string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(list + separator + strings.Join(parts, separator)))
}

// parseToken is the inverse of token; nil is the beginning of the list.
func parseToken(text, list string, parts int) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if found := strings.Split(string(raw), separator); err == nil && len(found) == parts+1 && found[0] == list {
		return found[1:], nil
	}
	return nil, damaged()
}

func damaged() error {
	return badRequest("The page_token is damaged, or of another list.", "Use next_page_token of the page before with the same request, or leave it out to start over.")
}

// numberToken reads a token with one number; 0 is the beginning.
func numberToken(text, list string) (int64, error) {
	parts, err := parseToken(text, list, 1)
	if err != nil || parts == nil {
		return 0, err
	}
	n, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || n < 1 {
		return 0, damaged()
	}
	return n, nil
}

// trimmed cuts what was read to a page, one more having been asked for to see
// whether there is a next one.
func trimmed[T any](list []T, size int) (page []T, more bool) {
	if len(list) > size {
		return list[:size], true
	}
	return list, false
}
