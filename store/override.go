package store

import (
	"fmt"
	"strings"
	"time"
)

// Kind is what an override does to its workload.
type Kind string

// The kinds of override.
const (
	Floor          Kind = "floor"           // at least Replicas
	Ceiling        Kind = "ceiling"         // at most Replicas
	Fixed          Kind = "fixed"           // exactly Replicas
	IgnoreSchedule Kind = "ignore-schedule" // as if there were no events
	IgnoreForecast Kind = "ignore-forecast" // as if there were no forecast: reactive only
)

// Override is what a person decided for a workload, for a time. It ends by
// itself.
type Override struct {
	ID           int64     `json:"id"`       // 1, 2, …: given by the store
	Workload     string    `json:"workload"` // namespace/name
	Kind         Kind      `json:"kind"`
	Replicas     int       `json:"replicas,omitzero"` // of Floor, Ceiling and Fixed
	Start        time.Time `json:"start"`
	End          time.Time `json:"end"` // the first instant without it
	Author       string    `json:"author"`
	Reason       string    `json:"reason"`
	ExpiredAt    time.Time `json:"expiredAt,omitzero"` // when it was ended early
	ExpiredBy    string    `json:"expiredBy,omitempty"`
	ExpireReason string    `json:"expireReason,omitempty"`
}

// LongestOverride is how long an override may be: what must hold for longer
// belongs into the policy.
const LongestOverride = 366 * 24 * time.Hour

const mostReplicas = 1_000_000

// ActiveAt reports whether an override holds at an instant.
func (o Override) ActiveAt(at time.Time) bool { return !at.Before(o.Start) && at.Before(o.Over()) }

// Over is the first instant without the override: its end, or when it was
// expired. One that was expired before its start never holds.
func (o Override) Over() time.Time {
	if !o.ExpiredAt.IsZero() && o.ExpiredAt.Before(o.End) {
		return o.ExpiredAt
	}
	return o.End
}

// Validate returns all that is wrong with an override somebody wants to
// create, as FieldErrors.
func (o Override) Validate() error {
	var c check
	if o.ID != 0 {
		c.wrong("id", o.ID, "leave it out: the store numbers overrides")
	}
	if !workloadName(o.Workload) {
		c.wrong("workload", o.Workload, "namespace/name of a ScaledObject")
	}
	o.validateKind(&c)
	c.instant("start", o.Start)
	c.instant("end", o.End)
	switch length := o.End.Sub(o.Start); {
	case length <= 0:
		c.wrong("end", o.End.UTC().Format(time.RFC3339), "an end after the start")
	case length > LongestOverride:
		c.wrong("end", o.End.UTC().Format(time.RFC3339), "an end within 366 days of the start: what holds longer belongs into the policy")
	}
	c.required("author", o.Author)
	c.required("reason", o.Reason)
	if !o.ExpiredAt.IsZero() || o.ExpiredBy != "" || o.ExpireReason != "" {
		c.wrong("expiredAt", o.ExpiredAt, "leave it out: an override is expired after it was created")
	}
	return c.err("create an override")
}

func (o Override) validateKind(c *check) {
	switch o.Kind {
	case Floor:
		c.between("replicas", o.Replicas, 1, mostReplicas)
	case Ceiling, Fixed: // 0 is an answer: somebody wants it off
		c.between("replicas", o.Replicas, 0, mostReplicas)
	case IgnoreSchedule, IgnoreForecast:
		if o.Replicas != 0 {
			c.wrong("replicas", o.Replicas, fmt.Sprintf("leave it out: %s names no number", o.Kind))
		}
	default:
		c.wrong("kind", o.Kind, "floor, ceiling, fixed, ignore-schedule or ignore-forecast")
	}
}

// Created returns a valid override as it is stored under a number, and the
// audit log's entry about it. One that is over before it begins is a
// FieldError.
func (o Override) Created(id int64, now time.Time) (Override, Entry, error) {
	if !o.End.After(now) {
		return Override{}, Entry{}, fmt.Errorf("create an override: %w",
			FieldError{"end", o.End.UTC().Format(time.RFC3339), "an end after now, " + now.UTC().Format(time.RFC3339)})
	}
	o.ID, o.Start, o.End = id, Instant(o.Start), Instant(o.End)
	return o, Entry{Actor: o.Author, Verb: VerbOverride, Object: o.object(), After: o.Digest(), Reason: o.Reason}, nil
}

// Expiry is somebody's wish that an override ends now.
type Expiry struct {
	ID     int64
	By     string
	Reason string
	Key    Key
}

// Validate returns all that is wrong with an expiry, as FieldErrors.
func (x Expiry) Validate() error {
	var c check
	if x.ID < 1 {
		c.wrong("id", x.ID, "the number of an override")
	}
	c.required("by", x.By)
	c.text("reason", x.Reason)
	c.key(x.Key)
	return c.err("expire an override")
}

// Of returns the override ended, and the audit log's entry about it; ErrEnded
// when it is over already.
func (x Expiry) Of(o Override, now time.Time) (Override, Entry, error) {
	if !o.Over().After(now) || !o.ExpiredAt.IsZero() {
		return Override{}, Entry{}, fmt.Errorf("expire override %d: %w at %s", o.ID, ErrEnded, o.Over().Format(time.RFC3339))
	}
	before := o.Digest()
	o.ExpiredAt, o.ExpiredBy, o.ExpireReason = Instant(now), x.By, x.Reason
	return o, Entry{Actor: x.By, Verb: VerbExpire, Object: o.object(), Before: before, After: o.Digest(), Reason: x.Reason}, nil
}

func (o Override) object() string { return fmt.Sprintf("override/%d %s", o.ID, o.Workload) }

// Digest is the digest of all an override says.
func (o Override) Digest() Digest {
	c := encode("headstart override 1")
	c.number(o.ID)
	c.text(o.Workload)
	c.text(string(o.Kind))
	c.number(int64(o.Replicas))
	c.instant(o.Start)
	c.instant(o.End)
	c.text(o.Author)
	c.text(o.Reason)
	c.instant(o.ExpiredAt)
	c.text(o.ExpiredBy)
	c.text(o.ExpireReason)
	return c.done()
}

// workloadName reports whether a text is namespace/name as Kubernetes allows
// them: letters of a domain name.
func workloadName(s string) bool {
	namespace, name, found := strings.Cut(s, "/")
	return found && domainName(namespace, 63) && domainName(name, 253)
}

func domainName(s string, longest int) bool {
	if s == "" || len(s) > longest || strings.Trim(s, "-.") != s {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.' {
			return false
		}
	}
	return true
}
