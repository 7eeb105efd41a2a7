package storetest

import (
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/store"
)

// Each operation, repeated with its key: the same answer, and nothing new.
func tryKeys(t *testing.T, place Place) {
	clock := NewClock()
	s, ctx := place(t, clock.Now), t.Context()
	p := Proposal(0, "one")
	p.Key = Key("apply", "one")
	o, x := Override(clock.Now()), store.Expiry{ID: 1, By: "oncall", Key: Key("expire", "1")}
	note := store.Entry{Actor: "oncall", Verb: "killswitch.on", Object: "killswitch", Reason: "odd numbers"}
	for _, c := range []struct {
		name string
		do   func(Store) (any, error)
	}{
		{"apply", func(s Store) (any, error) { return s.Apply(ctx, p) }},
		{"put", func(s Store) (any, error) { return s.PutOverride(ctx, o, Key("put", "1")) }},
		{"expire", func(s Store) (any, error) { return s.ExpireOverride(ctx, x) }},
		{"note", func(s Store) (any, error) { return s.Note(ctx, note, Key("note", "on")) }},
	} {
		first := must(c.do(s))(t)
		same := unchanged(t, s)
		clock.Move(time.Minute)
		wantEqual(t, c.name+" again", must(c.do(s))(t), first)
		wantEqual(t, c.name+" again elsewhere", must(c.do(place(t, clock.Now)))(t), first)
		same()
	}
	// Put again, now that it was expired: the answer of then.
	again := must(s.PutOverride(ctx, o, Key("put", "1")))(t)
	wantEqual(t, "expired", again.ExpiredBy, "")
	VerifyAll(t, s)
}

func tryKeyReused(t *testing.T, place Place) {
	clock := NewClock()
	s, ctx := place(t, clock.Now), t.Context()
	p := Proposal(0, "one")
	p.Key = Key("k", "one")
	must(s.Apply(ctx, p))(t)
	same := unchanged(t, s)
	other := Proposal(1, "two")
	other.Key = Key("k", "two")
	_, err := s.Apply(ctx, other)
	wantErr(t, err, store.ErrKeyReused)
	// The same request's digest, but another operation.
	_, err = s.PutOverride(ctx, Override(clock.Now()), Key("k", "one"))
	wantErr(t, err, store.ErrKeyReused)
	_, err = s.Note(ctx, store.Entry{Actor: "a", Verb: "b", Object: "c"}, Key("k", "one"))
	wantErr(t, err, store.ErrKeyReused)
	_, err = s.Note(ctx, store.Entry{Actor: "a", Verb: "b", Object: "c"}, store.Key{Value: "k"})
	wantErr(t, err, store.ErrInvalid)
	same()
}

// A request that was refused may be repaired and repeated under its key.
func tryKeyOfRefused(t *testing.T, place Place) {
	s, ctx := place(t, NewClock().Now), t.Context()
	p := Proposal(7, "one")
	p.Key = Key("k", "based on 7")
	_, err := s.Apply(ctx, p)
	wantErr(t, err, store.ErrConflict)
	p.Expected, p.Key = 0, Key("k", "based on 0")
	wantEqual(t, "number", must(s.Apply(ctx, p))(t).Number, 1)
}

// A client that lost its patience asks again while the first request is under
// way: one change, one answer.
func tryKeyByMany(t *testing.T, place Place) {
	const many = 12
	clock := NewClock()
	stores, ctx := []Store{place(t, clock.Now), place(t, clock.Now)}, t.Context()
	p := Proposal(0, "one")
	p.Key = Key("k", "one")
	versions, list := make([]store.Version, many), make([]store.Override, many)
	for _, err := range atOnce(many, func(i int) (err error) {
		if versions[i], err = stores[i%2].Apply(ctx, p); err != nil {
			return err
		}
		list[i], err = stores[i%2].PutOverride(ctx, Override(clock.Now()), Key("o", "one"))
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	for i := range many {
		wantEqual(t, "version", versions[i], must(stores[0].Current(ctx))(t))
		wantEqual(t, "override", list[i], list[0])
	}
	wantEqual(t, "records", must(stores[0].Head(ctx))(t).Seq, 2)
	VerifyAll(t, stores[0])
}

func tryKeyLife(t *testing.T, place Place) {
	clock := NewClock()
	s, ctx := place(t, clock.Now), t.Context()
	entry := store.Entry{Actor: "oncall", Verb: "killswitch.on", Object: "killswitch"}
	first := must(s.Note(ctx, entry, Key("k", "on")))(t)
	clock.Move(store.KeyLife)
	must(s.Note(ctx, entry, Key("another", "on")))(t) // which may forget old ones
	wantEqual(t, "after 24 h", must(s.Note(ctx, entry, Key("k", "on")))(t), first)
	clock.Move(1)
	wantEqual(t, "later", must(s.Note(ctx, entry, Key("k", "off")))(t).Seq, 3)
}
