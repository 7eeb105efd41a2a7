package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/store"
)

func tryEmpty(t *testing.T, place Place) {
	s := place(t, NewClock().Now)
	ctx := t.Context()
	wantEqual(t, "current", must(s.Current(ctx))(t), store.Version{})
	wantEqual(t, "head", must(s.Head(ctx))(t), store.Checkpoint{})
	wantEqual(t, "history", len(must(s.History(ctx, 0, 0))(t)), 0)
	wantEqual(t, "overrides", len(must(s.Overrides(ctx, 0, 0))(t)), 0)
	wantEqual(t, "records", len(must(s.Records(ctx, 0, 0))(t)), 0)
	for _, number := range []int64{-1, 0, 1} {
		_, err := s.Document(ctx, number)
		wantErr(t, err, store.ErrNotFound)
	}
	VerifyAll(t, s)
}

func tryApply(t *testing.T, place Place) {
	clock := NewClock()
	s, ctx := place(t, clock.Now), t.Context()
	first := must(s.Apply(ctx, Proposal(0, "one")))(t)
	wantEqual(t, "first version", first, store.Version{
		Number: 1, At: clock.Now(), Author: "mia@example.com", Reason: "spring", Origin: "spring.xlsx",
		FileSHA256: store.Sum([]byte("file of one")), Hash: store.Sum([]byte("one")), Events: 3,
	})
	clock.Move(time.Minute)
	bare := store.Proposal{Expected: 1, Document: []byte("two"), Author: "ci"}
	second := must(s.Apply(ctx, bare))(t)
	wantEqual(t, "second version", second, store.Version{Number: 2, At: clock.Now(), Author: "ci", Hash: store.Sum([]byte("two"))})
	third := must(s.Apply(ctx, Proposal(2, "one")))(t) // a document may come again
	other := place(t, clock.Now)
	for name, s := range map[string]Store{"same": s, "another process": other} {
		wantEqual(t, name+": current", must(s.Current(ctx))(t), third)
		wantEqual(t, name+": history", must(s.History(ctx, 0, 0))(t), []store.Version{third, second, first})
		for number, want := range map[int64]string{1: "one", 2: "two", 3: "one"} {
			wantEqual(t, fmt.Sprintf("%s: document %d", name, number), string(must(s.Document(ctx, number))(t)), want)
		}
		_, err := s.Document(ctx, 4)
		wantErr(t, err, store.ErrNotFound)
		VerifyAll(t, s)
	}
}

func tryConflict(t *testing.T, place Place) {
	s, ctx := place(t, NewClock().Now), t.Context()
	_, err := s.Apply(ctx, Proposal(1, "based on nothing"))
	wantErr(t, err, store.ErrConflict)
	first := must(s.Apply(ctx, Proposal(0, "one")))(t)
	same := unchanged(t, s)
	for _, expected := range []int64{0, 2, 1 << 53} {
		_, err := s.Apply(ctx, Proposal(expected, "two"))
		var conflict *store.ConflictError
		if !errors.As(err, &conflict) {
			t.Fatalf("expected %d: got error %v, want a ConflictError", expected, err)
		}
		wantEqual(t, "conflict", *conflict, store.ConflictError{Expected: expected, Current: first})
	}
	same()
	must(s.Apply(ctx, Proposal(1, "two")))(t)
}

// Many propose at once, in two processes, each what nobody else does: one
// wins, and all others hear who.
func tryManyApply(t *testing.T, place Place) {
	const many, rounds = 12, 5
	clock := NewClock()
	stores, ctx := []Store{place(t, clock.Now), place(t, clock.Now)}, t.Context()
	for round := range int64(rounds) {
		won := make([]store.Version, many)
		errs := atOnce(many, func(i int) (err error) {
			won[i], err = stores[i%2].Apply(ctx, Proposal(round, fmt.Sprintf("round %d by %d", round, i)))
			return err
		})
		winner := store.Version{}
		for i, err := range errs {
			if err != nil {
				wantErr(t, err, store.ErrConflict)
				continue
			}
			if winner.Number != 0 {
				t.Fatalf("round %d has two winners", round)
			}
			winner = won[i]
		}
		wantEqual(t, "current", must(stores[0].Current(ctx))(t), winner)
		wantEqual(t, "number", winner.Number, round+1)
		wantEqual(t, "document", store.Sum(must(stores[1].Document(ctx, winner.Number))(t)), winner.Hash)
	}
	VerifyAll(t, stores[1])
}

func atOnce(many int, do func(int) error) []error {
	errs := make([]error, many)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

func tryRollback(t *testing.T, place Place) {
	s, ctx := place(t, NewClock().Now), t.Context()
	first := must(s.Apply(ctx, Proposal(0, "one")))(t)
	must(s.Apply(ctx, Proposal(1, "two")))(t)
	back := store.Proposal{Expected: 2, Document: must(s.Document(ctx, 1))(t), Events: first.Events, Author: "oncall", RolledBackTo: 1}

	same := unchanged(t, s)
	wrong := back
	wrong.RolledBackTo = 2
	_, err := s.Apply(ctx, wrong)
	wantErr(t, err, store.ErrInvalid)
	wrong = back
	wrong.Events++
	_, err = s.Apply(ctx, wrong)
	wantErr(t, err, store.ErrInvalid)
	for _, none := range []int64{3, 99} {
		wrong = back
		wrong.RolledBackTo = none
		_, err = s.Apply(ctx, wrong)
		wantErr(t, err, store.ErrNotFound)
	}
	same()

	third := must(s.Apply(ctx, back))(t)
	wantEqual(t, "rolled back to", third.RolledBackTo, 1)
	wantEqual(t, "hash", third.Hash, first.Hash)
	wantEqual(t, "document", string(must(s.Document(ctx, 3))(t)), "one")
	last := must(s.Records(ctx, 2, 0))(t)
	wantEqual(t, "verb", last[0].Verb, store.VerbRollback)
	VerifyAll(t, s)
}

func tryInvalidProposals(t *testing.T, place Place) {
	s, ctx := place(t, NewClock().Now), t.Context()
	same := unchanged(t, s)
	for field, spoil := range map[string]func(*store.Proposal){
		"expected":     func(p *store.Proposal) { p.Expected = -1 },
		"document":     func(p *store.Proposal) { p.Document = nil },
		"events":       func(p *store.Proposal) { p.Events = -1 },
		"author":       func(p *store.Proposal) { p.Author = " " },
		"reason":       func(p *store.Proposal) { p.Reason = "a\xff" },
		"origin":       func(p *store.Proposal) { p.Origin = strings.Repeat("x", 4097) },
		"rolledBackTo": func(p *store.Proposal) { p.RolledBackTo = -1 },
		"key":          func(p *store.Proposal) { p.Key = store.Key{Value: "without a request"} },
	} {
		p := Proposal(0, "one")
		spoil(&p)
		_, err := s.Apply(ctx, p)
		wantErr(t, err, store.ErrInvalid)
		if all := store.FieldErrors(err); len(all) != 1 || all[0].Field != field {
			t.Errorf("%s: got field errors %v", field, all)
		}
	}
	same()
}

// Documents near the limit, of the kind that packs well and of the kind that
// does not.
func tryLarge(t *testing.T, place Place) {
	s, ctx := place(t, NewClock().Now), t.Context()
	size := store.MaxDocument
	if testing.Short() {
		size = 4 << 20
	}
	noise := make([]byte, size)
	source := rand.NewChaCha8([32]byte{4})
	source.Read(noise) //nolint:errcheck // never fails
	for i, document := range [][]byte{bytes.Repeat([]byte(`{"id":"sat-20"}`+"\n"), size/16), noise} {
		p := store.Proposal{Expected: int64(i), Document: document, Author: "ci"}
		must(s.Apply(ctx, p))(t)
		if !bytes.Equal(must(s.Document(ctx, int64(i+1)))(t), document) {
			t.Errorf("document %d is another one", i+1)
		}
	}
	same := unchanged(t, s)
	_, err := s.Apply(ctx, store.Proposal{Expected: 2, Document: make([]byte, store.MaxDocument+1), Author: "ci"})
	wantErr(t, err, store.ErrInvalid)
	same()
}
