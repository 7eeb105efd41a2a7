package web

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// separator stands between the parts of a token; no name has it.
const separator = "\x00"

// token is the position as a page token: opaque, and fit for a URL.
func (p position) token() string {
	text := strings.Join([]string{p.namespace, p.name, p.policy, p.overrides}, separator)
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// parseToken is the inverse of token. The empty token is before everything.
func parseToken(token string) (position, error) {
	if token == "" {
		return position{}, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return position{}, fmt.Errorf("decode page token: %w", err)
	}
	parts := strings.Split(string(text), separator)
	if len(parts) != 4 {
		return position{}, fmt.Errorf("page token has %d parts, want 4", len(parts))
	}
	return position{parts[0], parts[1], parts[2], parts[3]}, nil
}
