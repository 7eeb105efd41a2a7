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

// Memory is a valid memory.
func Memory(key string, at time.Time, content []byte) store.Memory {
	return store.Memory{Key: key, At: at, Content: content}
}

func tryMemories(t *testing.T, place Place) {
	clock := NewClock()
	s, ctx := place(t, clock.Now), t.Context()
	recall := func(keys ...string) []store.Memory { return must(s.Recall(ctx, keys))(t) }
	if got := recall("a", "b"); len(got) != 0 {
		t.Errorf("an empty store knows %v", got)
	}
	large := bytes.Repeat([]byte{0, 1, 2, 3, 5, 8, 13}, store.MaxMemory/7)
	a, b, c := Memory("a", clock.Now(), []byte("one")), Memory("b é/\n*?{}", clock.Now(), large), Memory("c", clock.Now(), []byte{0})
	for _, list := range [][]store.Memory{{a, b, c}, nil} {
		if err := s.Remember(ctx, list); err != nil {
			t.Fatal(err)
		}
	}
	wantEqual(t, "in the order of the keys, without what is not known", recall("c", "d", b.Key, "a"), []store.Memory{c, b, a})
	if got := recall(); len(got) != 0 {
		t.Errorf("no keys are %v", got)
	}
	// In place of what was known, here and in another process, and no other.
	a2 := Memory("a", clock.Move(time.Minute), []byte("two"))
	if err := place(t, clock.Now).Remember(ctx, []store.Memory{a2}); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "renewed by another process", recall("a", "c"), []store.Memory{a2, c})
}

// Both sides of the boundary, for what is written again or not.
func tryForgetting(t *testing.T, place Place) {
	clock := NewClock()
	s, ctx := place(t, clock.Now), t.Context()
	began := clock.Now()
	remember := func(key string, at time.Time) {
		t.Helper()
		if err := s.Remember(ctx, []store.Memory{Memory(key, at, []byte(key))}); err != nil {
			t.Fatal(err)
		}
	}
	known := func(keys ...string) string {
		var names []string
		for _, m := range must(s.Recall(ctx, keys))(t) {
			names = append(names, m.Key)
		}
		return strings.Join(names, " ")
	}
	remember("old", began)
	remember("renewed", began)
	clock.Move(store.MemoryLife - 1)
	wantEqual(t, "a nanosecond before", known("old", "renewed"), "old renewed")
	remember("renewed", clock.Now())
	wantEqual(t, "others were written", known("old", "renewed"), "old renewed")
	clock.Move(1)
	wantEqual(t, "60 days after", known("old", "renewed"), "renewed")
	remember("late", began) // forgotten before it was known
	wantEqual(t, "written too late", known("old", "renewed", "late"), "renewed")
	clock.Move(-time.Hour) // what is forgotten may come back with the clock, or not
	wantEqual(t, "renewed", known("renewed"), "renewed")
}

func tryMemoriesRefused(t *testing.T, place Place) {
	clock := NewClock()
	s, ctx := place(t, clock.Now), t.Context()
	good := Memory("good", clock.Now(), []byte("x"))
	many := make([]store.Memory, store.MaxMemories+1)
	for i := range many {
		many[i] = Memory(fmt.Sprint(i), clock.Now(), []byte("x"))
	}
	for name, list := range map[string][]store.Memory{
		"no key":       {good, Memory("", clock.Now(), []byte("x"))},
		"long key":     {good, Memory(strings.Repeat("k", 256), clock.Now(), []byte("x"))},
		"no UTF-8":     {good, Memory("\xff", clock.Now(), []byte("x"))},
		"no time":      {good, Memory("a", time.Time{}, []byte("x"))},
		"no content":   {good, Memory("a", clock.Now(), nil)},
		"much content": {good, Memory("a", clock.Now(), make([]byte, store.MaxMemory+1))},
		"many":         many,
	} {
		err := s.Remember(ctx, list)
		wantErr(t, err, store.ErrInvalid)
		if all := store.FieldErrors(err); len(all) != 1 {
			t.Errorf("%s: got field errors %v, want one", name, all)
		}
	}
	for _, keys := range [][]string{{""}, {strings.Repeat("k", 256)}, make([]string, store.MaxMemories+1)} {
		_, err := s.Recall(ctx, keys)
		wantErr(t, err, store.ErrInvalid)
	}
	if got := must(s.Recall(ctx, []string{"good"}))(t); len(got) != 0 {
		t.Errorf("a list that was refused left %v behind", got)
	}
	most := Memory(strings.Repeat("k", 255), clock.Now(), make([]byte, store.MaxMemory))
	if err := s.Remember(ctx, append(many[:store.MaxMemories-1:store.MaxMemories-1], most)); err != nil {
		t.Error(err)
	}
	wantEqual(t, "the most there may be", must(s.Recall(ctx, []string{most.Key}))(t), []store.Memory{most})
	closed := place(t, clock.Now)
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	wantErr(t, closed.Remember(ctx, []store.Memory{good}), store.ErrClosed)
	_, err := closed.Recall(ctx, []string{"good"})
	wantErr(t, err, store.ErrClosed)
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	wantErr(t, s.Remember(cancelled, []store.Memory{good}), context.Canceled)
}

// What machines learn is no change that anybody made: no record, nobody woken.
func tryMemoriesUntold(t *testing.T, place Place) {
	clock := NewClock()
	s, other, ctx := place(t, clock.Now), place(t, clock.Now), t.Context()
	must(s.Apply(ctx, Proposal(0, "one")))(t)
	same := unchanged(t, s)
	own, others := s.Watch(ctx), other.Watch(ctx)
	told(t, "the change before", own, 5*time.Second)
	told(t, "the change before, elsewhere", others, 5*time.Second)
	quiet(own, others)
	if err := s.Remember(ctx, []store.Memory{Memory("a", clock.Now(), []byte("x"))}); err != nil {
		t.Fatal(err)
	}
	<-time.After(1200 * time.Millisecond) // twice as long as both look
	if len(own) > 0 || len(others) > 0 {
		t.Errorf("what was learned is told: %d here, %d elsewhere", len(own), len(others))
	}
	same()
	must(s.Note(ctx, store.Entry{Actor: "a", Verb: "b", Object: "c"}, store.Key{}))(t)
	told(t, "a change after it", others, 2*time.Second)
	VerifyAll(t, s)
}

// Learned state and people's changes are written at once, and neither fails.
func tryMemoriesByMany(t *testing.T, place Place) {
	const many = 8
	clock := NewClock()
	stores, ctx := []Store{place(t, clock.Now), place(t, clock.Now)}, t.Context()
	content := bytes.Repeat([]byte("learned "), 4000)
	for _, err := range atOnce(2*many, func(i int) error {
		s := stores[i%2]
		if i < many {
			_, err := s.Note(ctx, store.Entry{Actor: "a", Verb: "b", Object: "c"}, store.Key{})
			return err
		}
		return s.Remember(ctx, []store.Memory{Memory("both", clock.Now(), content), Memory(fmt.Sprint(i), clock.Now(), content)})
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	for i := many; i < 2*many; i++ {
		if got := must(stores[0].Recall(ctx, []string{fmt.Sprint(i), "both"}))(t); len(got) != 2 || !bytes.Equal(got[0].Content, content) {
			t.Errorf("%d: %d memories", i, len(got))
		}
	}
	wantEqual(t, "records", must(stores[0].Head(ctx))(t).Seq, many)
	VerifyAll(t, stores[0])
}

// sealed is a memory whose content says itself what it is.
func sealed(key string, noise []byte) store.Memory {
	sum := store.Sum(append([]byte(key), noise...))
	return Memory(key, time.Now(), append(sum[:], noise...))
}

const sealedKeys = 8

// CheckMemories fails unless each memory that Write left is whole: what was
// written last or before that, never a part.
func CheckMemories(t *testing.T, s Store) (found int) {
	t.Helper()
	keys := make([]string, sealedKeys)
	for i := range keys {
		keys[i] = fmt.Sprint("learned ", i)
	}
	list, err := s.Recall(t.Context(), keys)
	if err != nil {
		t.Error(err)
	}
	for _, m := range list {
		if n := len(store.Digest{}); len(m.Content) < n || !bytes.Equal(sealed(m.Key, m.Content[n:]).Content, m.Content) {
			t.Errorf("%s is half written", m.Key)
		}
	}
	return len(list)
}
