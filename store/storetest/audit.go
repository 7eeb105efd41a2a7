package storetest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/store"
)

func tryAudit(t *testing.T, place Place) {
	clock := NewClock()
	s, ctx := place(t, clock.Now), t.Context()
	entry := store.Entry{
		Actor: "oncall", Verb: "killswitch.on", Object: "killswitch",
		Before: store.Sum([]byte("off")), After: store.Sum([]byte("on")), Reason: "odd numbers",
	}
	first := must(s.Note(ctx, entry, store.Key{}))(t)
	wantEqual(t, "entry", first.Entry, entry)
	wantEqual(t, "at", first.At, clock.Now())
	wantEqual(t, "first has none before it", first.Prev, store.Digest{})
	second := must(s.Note(ctx, store.Entry{Actor: "a", Verb: "b", Object: "c"}, store.Key{}))(t)
	wantEqual(t, "second follows", second.Prev, first.Hash)
	read := must(s.Records(ctx, 0, 0))(t)
	wantEqual(t, "records", read, []store.Record{first, second})
	wantEqual(t, "head", must(s.Head(ctx))(t), second.Checkpoint())
	for _, r := range read { // through the export and back
		line := must(r.AppendLine(nil))(t)
		wantEqual(t, "parsed", must(store.ParseRecord(bytes.TrimSpace(line)))(t), r)
	}
	same := unchanged(t, s)
	for _, bad := range []store.Entry{{Verb: "b", Object: "c"}, {Actor: "a", Object: "c"}, {Actor: "a", Verb: "b"}} {
		_, err := s.Note(ctx, bad, store.Key{})
		wantErr(t, err, store.ErrInvalid)
	}
	same()
	VerifyAll(t, s)
}

// All kinds of changes at once, in two processes: one chain, without a gap.
func tryAuditByMany(t *testing.T, place Place) {
	const many = 12
	clock := NewClock()
	stores, ctx := []Store{place(t, clock.Now), place(t, clock.Now)}, t.Context()
	for _, err := range atOnce(many, func(i int) error {
		s := stores[i%2]
		if _, err := s.Note(ctx, store.Entry{Actor: "a", Verb: "b", Object: fmt.Sprint(i)}, store.Key{}); err != nil {
			return err
		}
		o, err := s.PutOverride(ctx, Override(clock.Now()), store.Key{})
		if err != nil {
			return err
		}
		_, err = s.ExpireOverride(ctx, store.Expiry{ID: o.ID, By: "lea"})
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	wantEqual(t, "records", must(stores[0].Head(ctx))(t).Seq, 3*many)
	VerifyAll(t, stores[0])
}

func tryPaging(t *testing.T, place Place) {
	clock := NewClock()
	s, ctx := place(t, clock.Now), t.Context()
	for i := range int64(5) {
		must(s.Apply(ctx, Proposal(i, fmt.Sprint(i))))(t)
		must(s.PutOverride(ctx, Override(clock.Now()), store.Key{}))(t)
	}
	for _, c := range []struct {
		before int64
		limit  int
		want   string
	}{
		{0, 2, "5 4"},
		{4, 2, "3 2"},
		{2, 2, "1"},
		{1, 2, ""},
		{99, 1, "5"},
		{0, 0, "5 4 3 2 1"},
		{0, 99999, "5 4 3 2 1"},
		{-3, -3, "5 4 3 2 1"},
	} {
		var versions, list []string
		for _, v := range must(s.History(ctx, c.before, c.limit))(t) {
			versions = append(versions, fmt.Sprint(v.Number))
		}
		for _, o := range must(s.Overrides(ctx, c.before, c.limit))(t) {
			list = append(list, fmt.Sprint(o.ID))
		}
		wantEqual(t, fmt.Sprintf("versions before %d, %d", c.before, c.limit), strings.Join(versions, " "), c.want)
		wantEqual(t, fmt.Sprintf("overrides before %d, %d", c.before, c.limit), strings.Join(list, " "), c.want)
	}
	for _, c := range []struct {
		after int64
		limit int
		want  string
	}{{0, 3, "1 2 3"}, {3, 3, "4 5 6"}, {9, 3, "10"}, {10, 3, ""}, {99, 0, ""}, {7, 0, "8 9 10"}, {-1, 1, "1"}} {
		var seqs []string
		for _, r := range must(s.Records(ctx, c.after, c.limit))(t) {
			seqs = append(seqs, fmt.Sprint(r.Seq))
		}
		wantEqual(t, fmt.Sprintf("records after %d, %d", c.after, c.limit), strings.Join(seqs, " "), c.want)
	}
}

func tryMoreThanAPage(t *testing.T, place Place) {
	s, ctx := place(t, NewClock().Now), t.Context()
	for i := range store.MaxPage + 1 {
		must(s.Note(ctx, store.Entry{Actor: "a", Verb: "b", Object: fmt.Sprint(i)}, store.Key{}))(t)
	}
	wantEqual(t, "page", len(must(s.Records(ctx, 0, 0))(t)), store.MaxPage)
	VerifyAll(t, s)
}

func tryWatch(t *testing.T, place Place) {
	clock := NewClock()
	here, there, ctx := place(t, clock.Now), place(t, clock.Now), t.Context()
	own, other := here.Watch(ctx), there.Watch(ctx)
	// The watch of the other process begins when it has looked once. What it
	// is told before that is more than it must be.
	expected := int64(0)
	apply := func() {
		must(here.Apply(ctx, Proposal(expected, fmt.Sprint(expected))))(t)
		expected++
	}
	apply()
	told(t, "own change", own, time.Second)
	told(t, "first change of another process", other, 5*time.Second)
	for _, c := range []struct {
		name string
		do   func()
	}{
		{"apply", apply},
		{"put", func() { must(here.PutOverride(ctx, Override(clock.Now()), store.Key{}))(t) }},
		{"expire", func() { must(here.ExpireOverride(ctx, store.Expiry{ID: 1, By: "lea"}))(t) }},
		{"note", func() { must(here.Note(ctx, store.Entry{Actor: "a", Verb: "b", Object: "c"}, store.Key{}))(t) }},
	} {
		quiet(own, other)
		c.do()
		if len(own) == 0 {
			t.Errorf("%s: acknowledged, and not told at once", c.name)
		}
		told(t, c.name+" by another process", other, time.Second)
	}
}

// told waits for a watch; quiet empties watches until nothing comes any more.
func told(t *testing.T, what string, watch <-chan struct{}, within time.Duration) {
	t.Helper()
	select {
	case _, open := <-watch:
		if !open {
			t.Fatalf("%s: the watch has ended", what)
		}
	case <-time.After(within):
		t.Errorf("%s: not told within %s", what, within)
	}
}

func quiet(one, other <-chan struct{}) {
	for {
		select {
		case <-one:
		case <-other:
		case <-time.After(600 * time.Millisecond): // longer than an adapter's poll
			return
		}
	}
}

func tryWatchEnds(t *testing.T, place Place) {
	s := place(t, NewClock().Now)
	ctx, cancel := context.WithCancel(t.Context())
	mine, all := s.Watch(ctx), s.Watch(t.Context())
	cancel()
	ended(t, "cancelled", mine)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	ended(t, "closed", all)
	ended(t, "begun after", s.Watch(t.Context()))
}

func ended(t *testing.T, what string, watch <-chan struct{}) {
	t.Helper()
	patience := time.After(5 * time.Second)
	for {
		select {
		case _, open := <-watch:
			if !open {
				return
			}
		case <-patience:
			t.Fatalf("%s: the watch goes on", what)
		}
	}
}

// A clock that is set back, and an instant in another zone: what was stored is
// what is read, and the order is that of the changes.
func tryClock(t *testing.T, place Place) {
	clock := NewClock()
	s, ctx := place(t, func() time.Time { return clock.Now().In(time.FixedZone("AEST", 36000)) }), t.Context()
	must(s.Apply(ctx, Proposal(0, "one")))(t)
	back := clock.Move(-time.Hour)
	second := must(s.Apply(ctx, Proposal(1, "two")))(t)
	wantEqual(t, "at", second.At, back)
	wantEqual(t, "current", must(s.Current(ctx))(t), second)
	wantEqual(t, "read", must(s.Records(ctx, 1, 0))(t)[0].At, back)
	VerifyAll(t, s)
}

func tryUnicode(t *testing.T, place Place) {
	s, ctx := place(t, NewClock().Now), t.Context()
	for i, text := range []string{
		"Größe ≥ 3 × „Ärger“", "決勝戦 🎾", "a\tb\nc\r\n", `"quoted" \ <b>&amp;</b>`, "\u2028\u2029\ufeff\ufffd\x7f\x1b",
		"'; DROP TABLE audit; --", strings.Repeat("🏆", 1024), "e\u0301 is not é", "{tag}:*?[x]", strings.Repeat("🔑", 63),
	} {
		p := store.Proposal{Expected: int64(i), Document: []byte(text), Author: text, Reason: text, Origin: text}
		if len(text) <= 255 {
			p.Key = Key(text, text)
		}
		v := must(s.Apply(ctx, p))(t)
		wantEqual(t, "applied", []string{v.Author, v.Reason, v.Origin}, []string{text, text, text})
		wantEqual(t, "read", must(s.Current(ctx))(t), v)
		wantEqual(t, "document", string(must(s.Document(ctx, v.Number))(t)), text)
		if p.Key.Value != "" {
			wantEqual(t, "again", must(s.Apply(ctx, p))(t), v)
		}
	}
	VerifyAll(t, s)
}

func tryCancelled(t *testing.T, place Place) {
	clock := NewClock()
	s := place(t, clock.Now)
	same := unchanged(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Apply(ctx, Proposal(0, "one"))
	wantErr(t, err, context.Canceled)
	_, err = s.PutOverride(ctx, Override(clock.Now()), store.Key{})
	wantErr(t, err, context.Canceled)
	_, err = s.Current(ctx)
	wantErr(t, err, context.Canceled)
	same()
}

func tryClosed(t *testing.T, place Place) {
	clock := NewClock()
	s, ctx := place(t, clock.Now), t.Context()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := s.Apply(ctx, Proposal(0, "one"))
	wantErr(t, err, store.ErrClosed)
	_, err = s.Current(ctx)
	wantErr(t, err, store.ErrClosed)
	_, err = s.Records(ctx, 0, 0)
	wantErr(t, err, store.ErrClosed)
	if err := s.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}
