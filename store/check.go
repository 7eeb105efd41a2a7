package store

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of what is stored: what is longer is a slip of the pen.
const (
	longestText = 4096
	longestKey  = 255
)

// check collects what is wrong with a request.
type check struct{ all []error }

func (c *check) wrong(field string, found any, fix string) {
	c.all = append(c.all, FieldError{field, shown(fmt.Sprint(found)), fix})
}

// text holds a text to what every form of it can carry: JSON would replace
// bytes that are no UTF-8, and the audit log's hashes would not fit any more.
func (c *check) text(field, s string) {
	switch {
	case len(s) > longestText:
		c.wrong(field, s, fmt.Sprintf("at most %d bytes", longestText))
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		c.wrong(field, s, "text in UTF-8, without NUL")
	}
}

func (c *check) required(field, s string) {
	if strings.TrimSpace(s) == "" {
		c.wrong(field, s, "say it: every change is traceable")
		return
	}
	c.text(field, s)
}

func (c *check) between(field string, n, least, most int) {
	if n < least || n > most {
		c.wrong(field, n, fmt.Sprintf("%d to %d", least, most))
	}
}

// instant holds a time to what nanoseconds in 64 bits can carry, and to sense.
func (c *check) instant(field string, t time.Time) {
	if t.Year() < 2000 || t.Year() > 2200 {
		c.wrong(field, t.Format(time.RFC3339), "an instant in the years 2000 to 2200")
	}
}

func (c *check) key(k Key) {
	switch {
	case k.Value == "":
		return
	case len(k.Value) > longestKey || !utf8.ValidString(k.Value):
		c.wrong("key", k.Value, fmt.Sprintf("at most %d bytes of UTF-8", longestKey))
	case k.Request.IsZero():
		c.wrong("key", k.Value, "give the digest of the request with it")
	}
}

func (c *check) err(doing string) error {
	if len(c.all) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, errors.Join(c.all...))
}

// shown is a text that fits into a message.
func shown(s string) string {
	const most = 80
	if len(s) <= most {
		return strings.ToValidUTF8(s, "�")
	}
	return strings.ToValidUTF8(s[:most], "�") + "…"
}
