package calendar

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Clash is two events that take place at once on what may be one workload, and
// what each rule of overlap would make of them.
type Clash struct {
	// First and Second are the earliest such occurrences, in order of Start.
	First, Second Occurrence
	// Times is how often the two events meet.
	Times int
	// Effect is that of both as their classes have it.
	Effect Effect
	// Max, Add and Multiply are what there would be if both combined so.
	Max, Add, Multiply Effect
}

// Between is while both take place.
func (c Clash) Between() (from, to time.Time) {
	if c.First.End.Before(c.Second.End) {
		return c.Second.Start, c.First.End
	}
	return c.Second.Start, c.Second.End
}

// looksPerOccurrence bounds what Clashes compares, on average. As many
// occurrences of one scope are compared each with each, however they lie.
const looksPerOccurrence = 512

// Clashes returns the pairs of events whose windows overlap and whose scopes
// meet, in the order in which they first do: one Clash for each pair, up to a
// limit. Ramps are left out, as the fall of one event under the rise of the
// next is what ramps are for; so is an event that overlaps itself.
//
// The work is n log n in the occurrences, as the comparisons for each are
// bounded. Where that bound or the limit is reached, more is true: there may be
// others, and Times may be too low.
func Clashes(occurrences []Occurrence, limit int) (clashes []Clash, more bool) {
	s := sweep{
		limit:  limit,
		looks:  looksPerOccurrence * (len(occurrences) + 1),
		groups: map[string]*group{},
		pairs:  map[[2]*Event]int{},
	}
	ordered := make([]*Occurrence, len(occurrences))
	for i := range occurrences {
		ordered[i] = &occurrences[i]
	}
	slices.SortFunc(ordered, byStart)
	for _, o := range ordered {
		if !s.pass(o) {
			return s.clashes, true
		}
	}
	return s.clashes, s.more
}

func byStart(a, b *Occurrence) int {
	return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End), cmp.Compare(a.Event.ID, b.Event.ID))
}

// sweep is the state of Clashes: occurrences pass in the order of their starts.
// Those that have not ended wait in groups of one scope each, so that scopes
// are compared and not occurrences.
type sweep struct {
	limit, looks int
	groups       map[string]*group
	active       []*group // those with somebody waiting, in order of arrival
	clashes      []Clash
	pairs        map[[2]*Event]int // index in clashes
	more         bool
}

// group is the occurrences of one scope that have not ended yet.
type group struct {
	scope   scopeKeys
	size    int // values that the scope names
	waiting []*Occurrence
}

// pass compares an occurrence with those that wait, and reports whether there
// was time to.
func (s *sweep) pass(o *Occurrence) bool {
	own := s.group(o.Event.Scope)
	s.active = slices.DeleteFunc(s.active, func(g *group) bool {
		s.looks -= 1 + g.size
		if !own.scope.meet(g.scope) {
			return false // it is cleared when somebody asks for it
		}
		g.waiting = slices.DeleteFunc(g.waiting, func(w *Occurrence) bool { return !w.End.After(o.Start) })
		s.looks -= len(g.waiting)
		for _, w := range g.waiting {
			s.meet(w, o)
		}
		return len(g.waiting) == 0
	})
	if len(own.waiting) == 0 {
		s.active = append(s.active, own)
	}
	own.waiting = append(own.waiting, o)
	return s.looks > 0
}

func (s *sweep) meet(first, second *Occurrence) {
	if first.Event == second.Event {
		return
	}
	pair := [2]*Event{first.Event, second.Event}
	if pair[1].ID < pair[0].ID {
		pair[0], pair[1] = pair[1], pair[0]
	}
	if i, known := s.pairs[pair]; known {
		s.clashes[i].Times++
		return
	}
	if len(s.clashes) >= s.limit {
		s.more = true
		return
	}
	s.pairs[pair] = len(s.clashes)
	s.clashes = append(s.clashes, clash(*first, *second))
}

func clash(first, second Occurrence) Clash {
	as := func(overlap Overlap) Effect {
		a, b := first, second
		a.Class.Overlap, b.Class.Overlap = overlap, overlap
		return EffectAt([]Occurrence{a, b}, second.Start)
	}
	return Clash{
		First: first, Second: second, Times: 1,
		Effect: EffectAt([]Occurrence{first, second}, second.Start),
		Max:    as(Max), Add: as(Add), Multiply: as(Multiply),
	}
}

func (s *sweep) group(scope Scope) *group {
	keys := scope.keys()
	name := keys.name()
	g, ok := s.groups[name]
	if !ok {
		g = &group{scope: keys}
		for _, k := range keys {
			g.size += len(k.Values)
		}
		s.groups[name] = g
	}
	return g
}

// scopeKeys are the labels that a scope asks for, with values as a label can
// have them, in order.
type scopeKeys []Requirement

func (s Scope) keys() scopeKeys {
	keys := make(scopeKeys, 0, 3+len(s.Workloads))
	add := func(key string, values []string) {
		folded := make([]string, len(values))
		for i, v := range values {
			folded[i] = fold(v)
		}
		slices.Sort(folded)
		keys = append(keys, Requirement{key, slices.Compact(folded)})
	}
	for _, named := range [...]Requirement{{LabelBrand, s.Brands}, {LabelMarket, s.Markets}, {LabelRegion, s.Regions}} {
		if !everyone(named.Values) {
			add(named.Key, named.Values)
		}
	}
	for _, r := range s.Workloads {
		add(r.Key, r.Values)
	}
	return keys
}

// name is the same for scopes that ask for the same.
func (k scopeKeys) name() string { return Selector(k).String() }

// meet reports whether a workload may be in both scopes: there is none where
// they name disjoint brands, markets, regions or values of one label. Workloads
// that belong to Every brand are left out of this: with them, all would meet.
func (k scopeKeys) meet(o scopeKeys) bool {
	for _, a := range k {
		for _, b := range o {
			if a.Key == b.Key && disjoint(a.Values, b.Values) {
				return false
			}
		}
	}
	return true
}

// disjoint reports whether two ordered lists have nothing in common.
func disjoint(a, b []string) bool {
	for len(a) > 0 && len(b) > 0 {
		switch strings.Compare(a[0], b[0]) {
		case 0:
			return false
		case -1:
			a = a[1:]
		default:
			b = b[1:]
		}
	}
	return true
}
