package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/workload"
)

// catalog is a snapshot's entries in the order pages list them. It is
// immutable.
type catalog struct {
	snapshot *pipeline.Snapshot
	entries  []*pipeline.Entry // by position
}

// position orders entries by namespace, name, policy and overrides, and tells
// any two of a snapshot apart.
type position struct{ namespace, name, policy, overrides string }

func positionOf(t workload.Trigger) position {
	return position{t.Workload.Namespace, t.Workload.Name, t.Policy, overridesKey(t.Overrides)}
}

func (p position) compare(o position) int {
	return cmp.Or(
		strings.Compare(p.namespace, o.namespace), strings.Compare(p.name, o.name),
		strings.Compare(p.policy, o.policy), strings.Compare(p.overrides, o.overrides),
	)
}

// overridesKey is the overrides' text, without making one for the many
// triggers that have none.
func overridesKey(o workload.Overrides) string {
	if o == (workload.Overrides{}) {
		return ""
	}
	return o.String()
}

func newCatalog(s *pipeline.Snapshot) *catalog {
	c := &catalog{snapshot: s, entries: make([]*pipeline.Entry, 0, s.Len())}
	s.All(func(e *pipeline.Entry) bool {
		c.entries = append(c.entries, e)
		return true
	})
	slices.SortFunc(c.entries, func(a, b *pipeline.Entry) int {
		return positionOf(a.Trigger).compare(positionOf(b.Trigger))
	})
	return c
}

// after returns the index of the first entry behind the position.
func (c *catalog) after(p position) int {
	i, found := slices.BinarySearchFunc(c.entries, p, func(e *pipeline.Entry, p position) int {
		return positionOf(e.Trigger).compare(p)
	})
	if found {
		i++
	}
	return i
}

// of returns the entries of one workload.
func (c *catalog) of(id workload.ID) []*pipeline.Entry {
	start := c.after(position{namespace: id.Namespace, name: id.Name})
	end := start
	for end < len(c.entries) && c.entries[end].Trigger.Workload == id {
		end++
	}
	return c.entries[start:end]
}

// namespaces lists each namespace once, in order.
func (c *catalog) namespaces() []string {
	var names []string
	for _, e := range c.entries {
		if ns := e.Trigger.Workload.Namespace; len(names) == 0 || names[len(names)-1] != ns {
			names = append(names, ns)
		}
	}
	return names
}

// shelf keeps the catalog of the latest snapshot, so that ten thousand
// entries are sorted once a tick and only when somebody looks.
type shelf struct {
	mu   sync.Mutex
	last *catalog
}

func (s *shelf) catalog(snapshot *pipeline.Snapshot) *catalog {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil || s.last.snapshot != snapshot {
		s.last = newCatalog(snapshot)
	}
	return s.last
}

// page is a part of a catalog.
type page struct {
	entries []*pipeline.Entry
	// next is where the following page starts; empty at the end.
	next string
}

// page returns at most limit entries behind the token's position, of one
// namespace unless it is empty. A token stays good when workloads come and
// go.
func (c *catalog) page(namespace string, from position, limit int) page {
	if from.compare(position{namespace: namespace}) < 0 {
		from = position{namespace: namespace}
	}
	start := c.after(from)
	end := start
	for end < len(c.entries) && end-start < limit && c.inside(end, namespace) {
		end++
	}
	p := page{entries: c.entries[start:end]}
	if end > start && end < len(c.entries) && c.inside(end, namespace) {
		p.next = positionOf(c.entries[end-1].Trigger).token()
	}
	return p
}

func (c *catalog) inside(i int, namespace string) bool {
	return namespace == "" || c.entries[i].Trigger.Workload.Namespace == namespace
}

// quantity writes "1 workload" and "2 workloads".
func quantity(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
