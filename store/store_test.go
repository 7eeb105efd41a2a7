package store_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/store"
)

// An upload is a proposal, based on the version that was looked at. Another
// one that was based on the same version hears that it came too late.
func Example() {
	now := time.Date(2027, time.March, 4, 9, 0, 0, 0, time.UTC)
	draft := func(document string) store.Draft {
		d, err := store.Proposal{Expected: 0, Document: []byte(document), Author: "mia", Reason: "spring"}.Draft()
		if err != nil {
			panic(err)
		}
		return d
	}
	current, entry, err := draft(`{"events":[]}`).On(store.Version{}, now)
	if err != nil {
		panic(err)
	}
	record := store.Checkpoint{}.Append(entry, now)
	fmt.Println(record.Actor, record.Verb, record.Object, "because of", record.Reason)

	_, _, err = draft(`{"events":["mine"]}`).On(current, now)
	fmt.Println(err)
	// Output:
	// mia schedule.apply schedule/1 because of spring
	// the schedule has changed since: the change is based on version 0, and version 1 is current: read it, and propose again
}

// Whatever is said differently has another digest: each field counts, and no
// two fields can lend each other letters.
func TestEachFieldIsInTheDigest(t *testing.T) {
	if digests := oneFieldAtATime[store.Version](t, func(v store.Version) store.Digest { v.Number = max(v.Number, 1); return v.Digest() }); digests < 9 {
		t.Errorf("%d digests of versions", digests)
	}
	if digests := oneFieldAtATime[store.Override](t, store.Override.Digest); digests < 12 {
		t.Errorf("%d digests of overrides", digests)
	}
	records := func(e store.Entry) store.Digest { return store.Checkpoint{}.Append(e, time.Unix(1, 0)).Hash }
	if digests := oneFieldAtATime[store.Entry](t, records); digests < 7 {
		t.Errorf("%d digests of records", digests)
	}
	if records(store.Entry{Actor: "ab", Verb: "c"}) == records(store.Entry{Actor: "a", Verb: "bc"}) {
		t.Error("letters can be moved from one field to the next")
	}
}

// oneFieldAtATime counts the digests of values that each have one field set.
func oneFieldAtATime[T any](t *testing.T, digest func(T) store.Digest) int {
	t.Helper()
	seen := map[store.Digest]string{digest(*new(T)): "none"}
	for i := range reflect.TypeFor[T]().NumField() {
		var value T
		field := reflect.ValueOf(&value).Elem().Field(i)
		name := reflect.TypeFor[T]().Field(i).Name
		switch field.Interface().(type) {
		case int, int64:
			field.SetInt(2)
		case string, store.Kind:
			field.SetString("x")
		case time.Time:
			field.Set(reflect.ValueOf(time.Unix(2, 0)))
		case store.Digest:
			field.Set(reflect.ValueOf(store.Sum(nil)))
		default:
			t.Fatalf("field %s has a type this test does not know", name)
		}
		d := digest(value)
		if other, twice := seen[d]; twice {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[d] = name
	}
	return len(seen)
}

func TestWorkloadNames(t *testing.T) {
	now := time.Date(2027, time.March, 4, 9, 0, 0, 0, time.UTC)
	for name, valid := range map[string]bool{
		"demo/deposits": true, "a/b.c-d": true, "0/1": true,
		"": false, "/": false, "demo": false, "demo/": false, "/deposits": false, "a/b/c": false, "Demo/x": false,
		"demo/-x": false, "demo/x.": false, "demo/x y": false, "démo/x": false,
	} {
		o := store.Override{Workload: name, Kind: store.IgnoreSchedule, Start: now, End: now.Add(1), Author: "a", Reason: "r"}
		if err := o.Validate(); (err == nil) != valid {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// An override of a year nobody means would not fit into what is stored.
func TestInstantsHaveBounds(t *testing.T) {
	for _, c := range []struct {
		start time.Time
		valid bool
	}{
		{time.Date(1999, 12, 31, 23, 0, 0, 0, time.UTC), false},
		{time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), true},
		{time.Date(2200, 12, 31, 0, 0, 0, 0, time.UTC), true},
		{time.Date(2201, 1, 1, 0, 0, 0, 0, time.UTC), false},
		{time.Time{}, false},
	} {
		o := store.Override{Workload: "a/b", Kind: store.IgnoreSchedule, Start: c.start, End: c.start.Add(time.Hour), Author: "a", Reason: "r"}
		if err := o.Validate(); (err == nil) != c.valid {
			t.Errorf("%s: %v", c.start, err)
		}
	}
}

func TestFieldErrorsFindsAll(t *testing.T) {
	all := store.FieldErrors(fmt.Errorf("import: %w", store.Proposal{Expected: -1}.Validate()))
	var fields []string
	for _, e := range all {
		fields = append(fields, e.Field)
	}
	if want := []string{"expected", "document", "author"}; !reflect.DeepEqual(fields, want) {
		t.Errorf("got %v, want %v", fields, want)
	}
	if all := store.FieldErrors(store.ErrFull); all != nil {
		t.Errorf("got %v of another error", all)
	}
}

// One digest has one text.
func TestDigestText(t *testing.T) {
	sum := store.Sum([]byte("x"))
	for text, valid := range map[string]bool{
		"": true, sum.String(): true,
		strings.ToUpper(sum.String()): false, strings.Repeat("0", 64): false, sum.String()[1:]: false, sum.String() + "00": false, strings.Repeat("g", 64): false,
	} {
		var read store.Digest
		if err := read.UnmarshalText([]byte(text)); (err == nil) != valid || valid && read.String() != text {
			t.Errorf("%q: %v, %v", text, read, err)
		}
	}
}
