package storetest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/store"
)

// Write changes a store in every way, over and over, and writes a line for
// each change that was acknowledged, until an error or the context's end. It
// is what gets killed.
func Write(ctx context.Context, s Store, acknowledged io.Writer, seed uint64) error {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // chance, not a secret
	for ctx.Err() == nil {
		if err := writeOnce(ctx, s, acknowledged, random); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func writeOnce(ctx context.Context, s Store, acknowledged io.Writer, random *rand.Rand) error {
	current, err := s.Current(ctx)
	if err != nil {
		return err
	}
	p := Proposal(current.Number, fmt.Sprintf("%d of %d", current.Number+1, random.Uint64()))
	if random.IntN(20) == 0 { // many pages
		noise := make([]byte, 200_000)
		for i := range noise {
			noise[i] = byte(random.Uint32())
		}
		p.Document = noise
	}
	v, err := s.Apply(ctx, p)
	if errors.Is(err, store.ErrConflict) {
		return nil // another writer was faster
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(acknowledged, "version %d %s\n", v.Number, v.Digest()) //nolint:errcheck // who reads it checks
	o, err := s.PutOverride(ctx, Override(time.Now()), store.Key{})
	if err != nil {
		return err
	}
	fmt.Fprintf(acknowledged, "override %d %s\n", o.ID, o.Digest()) //nolint:errcheck // who reads it checks
	o, err = s.ExpireOverride(ctx, store.Expiry{ID: o.ID, By: "lea"})
	if err != nil {
		return err
	}
	fmt.Fprintf(acknowledged, "expired %d %s\n", o.ID, o.Digest()) //nolint:errcheck // who reads it checks
	r, err := s.Note(ctx, store.Entry{Actor: "a", Verb: "b", Object: "c"}, store.Key{})
	if err != nil {
		return err
	}
	fmt.Fprintf(acknowledged, "record %d %s\n", r.Seq, r.Hash) //nolint:errcheck // who reads it checks
	return learnOnce(ctx, s, random)
}

// learnOnce renews what is remembered, in many pages. Nothing is acknowledged: a
// machine that fails may lose it.
func learnOnce(ctx context.Context, s Store, random *rand.Rand) error {
	list := make([]store.Memory, sealedKeys)
	for i := range list {
		noise := make([]byte, 30_000)
		for j := range noise {
			noise[j] = byte(random.Uint32())
		}
		list[i] = sealed(fmt.Sprint("learned ", i), noise)
	}
	return s.Remember(ctx, list)
}

// Survivors checks a store after each time its writer was killed.
type Survivors struct {
	Acknowledged, Unacknowledged int // changes, in all rounds
	Learned                      int // memories that were there

	head store.Checkpoint // of the round before
}

// Check fails when something acknowledged is missing, something else is half
// there, or the audit log does not follow from what it was.
func (v *Survivors) Check(t *testing.T, s Store, acknowledged []byte) {
	t.Helper()
	ctx := t.Context()
	v.Learned += CheckMemories(t, s)
	log := store.AllRecords(v.head.Seq, func(after int64, limit int) ([]store.Record, error) { return s.Records(ctx, after, limit) })
	head := must(s.Head(ctx))(t)
	if head == v.head && len(acknowledged) == 0 {
		return // killed before it did anything
	}
	if err := store.Verify(log, []store.Checkpoint{v.head, head}); err != nil {
		t.Error(err)
	}
	is := make(map[string]string) // what is there, in the words of the lines
	for r, err := range log {
		if err != nil {
			t.Fatal(err)
		}
		v.Unacknowledged++
		v.head = r.Checkpoint()
		is[fmt.Sprintf("record %d", r.Seq)] = r.Hash.String()
		is[whole(t, s, r)] = r.After.String()
	}
	lines := bufio.NewScanner(bytes.NewReader(acknowledged))
	for lines.Scan() {
		at := strings.LastIndexByte(lines.Text(), ' ')
		if what, digest := lines.Text()[:at], lines.Text()[at+1:]; len(digest) == 64 && is[what] != digest {
			t.Errorf("%s was acknowledged and is lost: there is %q", lines.Text(), is[what])
		}
		v.Acknowledged++
		v.Unacknowledged--
	}
}

// whole checks that all of what a record says is there, and names it.
func whole(t *testing.T, s Store, r store.Record) string {
	t.Helper()
	var number int64
	var object, rest string
	fmt.Sscanf(strings.Replace(r.Object, "/", " ", 1), "%s %d %s", &object, &number, &rest) //nolint:errcheck // an object without a number has none
	switch r.Verb {
	case store.VerbApply:
		list := must(s.History(t.Context(), number+1, 1))(t)
		if len(list) != 1 || list[0].Digest() != r.After {
			t.Errorf("record %d says version %d, and there is %+v", r.Seq, number, list)
			return ""
		}
		if got := store.Sum(must(s.Document(t.Context(), number))(t)); got != list[0].Hash {
			t.Errorf("version %d has another document", number)
		}
		return fmt.Sprintf("version %d", number)
	case store.VerbOverride, store.VerbExpire:
		list := must(s.Overrides(t.Context(), number+1, 1))(t)
		if len(list) != 1 {
			t.Errorf("record %d says override %d, and there is none", r.Seq, number)
			return ""
		}
		o := list[0]
		if r.Verb == store.VerbExpire {
			if o.Digest() != r.After {
				t.Errorf("record %d says override %d was expired, and there is %+v", r.Seq, number, o)
			}
			return fmt.Sprintf("expired %d", number)
		}
		o.ExpiredAt, o.ExpiredBy, o.ExpireReason = time.Time{}, "", ""
		if o.Digest() != r.After {
			t.Errorf("record %d says override %d, and there is %+v", r.Seq, number, o)
		}
		return fmt.Sprintf("override %d", number)
	}
	return ""
}
