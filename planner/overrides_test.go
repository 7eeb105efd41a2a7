package planner_test

import (
	"errors"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/planner"
	"github.com/headstart-scaler/headstart/store"
)

// floor is an order for a workload, without a time.
func floor(workload string) store.Override {
	return store.Override{Workload: workload, Kind: store.Floor, Replicas: 5, Author: "ana", Reason: "test"}
}

// ordered is an override as it is asked for.
type ordered struct {
	start, end time.Time
	lasts      time.Duration
}

func (o ordered) create(t *testing.T, p *planner.Planner) (store.Override, error) {
	t.Helper()
	made := floor("shop/api")
	made.Start, made.End = o.start, o.end
	return p.Create(t.Context(), made, o.lasts, "k")
}

// An override for what can be no workload would hold for nothing: it is refused,
// and is not in the store.
func TestAnOverrideForNoWorkloadIsRefused(t *testing.T) {
	for name, valid := range map[string]bool{
		"shop/api": true, "shop/api.v2": true, "a.b/x": false, "shop": false, "shop/": false, "/api": false, "shop/api/x": false, "shop/-api": false, "shop/api..v2": false, "": false, "A/x": false,
	} {
		p := plan(t, planner.Options{})
		_, err := p.Create(t.Context(), floor(name), time.Hour, "")
		kept, unread := p.Overrides(t.Context(), 0, 10)
		if unread != nil || (len(kept) > 0) != valid || errors.Is(err, store.ErrInvalid) == valid {
			t.Errorf("%q: %v, and %d overrides in the store (%v)", name, err, len(kept), unread)
		}
		if fields := store.FieldErrors(err); !valid && (len(fields) != 1 || fields[0].Field != "workload" || fields[0].Found != name || fields[0].Fix == "") {
			t.Errorf("%q is refused with %+v", name, fields)
		}
	}
}

// What is repeated with its key some minutes later is the same override, and
// another request is not answered by it.
func TestAnOverrideThatIsRepeatedIsTheSame(t *testing.T) {
	at := func(hours int) time.Time { return now.Add(time.Duration(hours) * time.Hour) }
	for name, c := range map[string]struct {
		asked      ordered
		start, end time.Time
		others     []ordered
	}{
		"for an hour": {
			ordered{lasts: time.Hour},
			now, at(1),
			[]ordered{{lasts: 2 * time.Hour}, {end: at(1)}, {start: now, lasts: time.Hour}},
		},
		"for an hour from a start on": {
			ordered{start: at(2), lasts: time.Hour},
			at(2), at(3),
			[]ordered{{start: at(2), lasts: 2 * time.Hour}, {start: at(3), lasts: time.Hour}, {start: at(2), end: at(4)}},
		},
		"until an end": {
			ordered{end: at(5)},
			now, at(5),
			[]ordered{{end: at(6)}, {lasts: 5 * time.Hour}},
		},
		"from a start until an end": {
			ordered{start: at(2), end: at(5)},
			at(2), at(5),
			[]ordered{{start: at(2), end: at(6)}, {start: at(3), end: at(5)}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			clock := now
			p := planner.New(planner.Options{Store: open(t), Now: func() time.Time { return clock }}, planner.Pinned{})
			first, err := c.asked.create(t, p)
			if err != nil || !first.Start.Equal(c.start) || !first.End.Equal(c.end) {
				t.Fatalf("made from %v to %v, want %v to %v: %v", first.Start, first.End, c.start, c.end, err)
			}
			clock = clock.Add(10 * time.Minute)
			again, err := c.asked.create(t, p)
			if err != nil || again.ID != first.ID || !again.End.Equal(first.End) {
				t.Errorf("repeated as override %d until %v, want %d until %v: %v", again.ID, again.End, first.ID, first.End, err)
			}
			refusesOthers(t, p, c.others)
		})
	}
}

func refusesOthers(t *testing.T, p *planner.Planner, others []ordered) {
	t.Helper()
	for _, other := range others {
		if o, err := other.create(t, p); !errors.Is(err, store.ErrKeyReused) {
			t.Errorf("%+v with the same key is answered with override %d: %v", other, o.ID, err)
		}
	}
}

func TestAllThatIsWrongWithAnOverrideIsSaidAtOnce(t *testing.T) {
	for _, name := range []string{"a.b/x", "a"} {
		o := floor(name)
		o.Kind = "flor"
		_, err := plan(t, planner.Options{}).Create(t.Context(), o, time.Hour, "")
		if fields := store.FieldErrors(err); len(fields) != 2 || fields[0].Field != "workload" || fields[1].Field != "kind" {
			t.Errorf("%q: refused with %+v, want workload and kind", name, fields)
		}
	}
}
