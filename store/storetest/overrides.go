package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/store"
)

func tryOverrides(t *testing.T, place Place) {
	clock := NewClock()
	s, ctx := place(t, clock.Now), t.Context()
	berlin := time.FixedZone("CET", 3600)
	asked := Override(clock.Now().In(berlin))
	first := must(s.PutOverride(ctx, asked, store.Key{}))(t)
	want := asked
	want.ID, want.Start, want.End = 1, asked.Start.UTC(), asked.End.UTC()
	wantEqual(t, "created", first, want)
	ignore := Override(clock.Now())
	ignore.Kind, ignore.Replicas, ignore.Workload = store.IgnoreForecast, 0, "demo/lobby-api"
	second := must(s.PutOverride(ctx, ignore, store.Key{}))(t)
	wantEqual(t, "id", second.ID, 2)

	at := clock.Move(10 * time.Minute)
	expired := must(s.ExpireOverride(ctx, store.Expiry{ID: 1, By: "lea", Reason: "it rained"}))(t)
	want.ExpiredAt, want.ExpiredBy, want.ExpireReason = at, "lea", "it rained"
	wantEqual(t, "expired", expired, want)

	same := unchanged(t, s)
	for id, reason := range map[int64]error{0: store.ErrInvalid, -1: store.ErrInvalid, 1: store.ErrEnded, 3: store.ErrNotFound} {
		_, err := s.ExpireOverride(ctx, store.Expiry{ID: id, By: "lea"})
		wantErr(t, err, reason)
	}
	_, err := s.ExpireOverride(ctx, store.Expiry{ID: 2})
	wantErr(t, err, store.ErrInvalid)
	clock.Move(50 * time.Minute) // the second is over now
	_, err = s.ExpireOverride(ctx, store.Expiry{ID: 2, By: "lea"})
	wantErr(t, err, store.ErrEnded)
	same()
	wantEqual(t, "list elsewhere", must(place(t, clock.Now).Overrides(ctx, 0, 0))(t), []store.Override{second, want})

	var verbs []string
	for _, r := range must(s.Records(ctx, 0, 0))(t) {
		verbs = append(verbs, r.Verb+" "+r.Object)
	}
	wantEqual(t, "audit", strings.Join(verbs, ", "),
		"override.create override/1 demo/deposits, override.create override/2 demo/lobby-api, override.expire override/1 demo/deposits")
	VerifyAll(t, s)
}

// Three overrides, asked for at both sides of each boundary: one whole, one
// expired in its middle, one expired before it began.
func tryActive(t *testing.T, place Place) {
	clock := NewClock()
	s, ctx := place(t, clock.Now), t.Context()
	start := clock.Now().Add(time.Hour)
	for range 3 {
		must(s.PutOverride(ctx, Override(start), store.Key{}))(t)
	}
	must(s.ExpireOverride(ctx, store.Expiry{ID: 3, By: "lea"}))(t)
	middle := clock.Move(90 * time.Minute)
	must(s.ExpireOverride(ctx, store.Expiry{ID: 2, By: "lea"}))(t)
	end := start.Add(time.Hour)
	for _, c := range []struct {
		name string
		at   time.Time
		want []int64
	}{
		{"long before", start.AddDate(-1, 0, 0), nil},
		{"a nanosecond before", start.Add(-1), nil},
		{"start", start, []int64{1, 2}},
		{"start in another zone", start.In(time.FixedZone("IST", 19800)), []int64{1, 2}},
		{"before the middle", middle.Add(-1), []int64{1, 2}},
		{"middle", middle, []int64{1}},
		{"last nanosecond", end.Add(-1), []int64{1}},
		{"end", end, nil},
		{"long after", end.AddDate(1, 0, 0), nil},
	} {
		var got []int64
		for _, o := range must(s.ActiveOverrides(ctx, c.at))(t) {
			got = append(got, o.ID)
			if !o.ActiveAt(c.at) {
				t.Errorf("%s: override %d says it does not hold", c.name, o.ID)
			}
		}
		wantEqual(t, c.name, got, c.want)
	}
}

func tryOverrideRefused(t *testing.T, place Place) {
	clock := NewClock()
	s, ctx := place(t, clock.Now), t.Context()
	same := unchanged(t, s)
	now := clock.Now()
	for name, c := range map[string]struct {
		field string
		spoil func(*store.Override)
	}{
		"numbered":         {"id", func(o *store.Override) { o.ID = 7 }},
		"no namespace":     {"workload", func(o *store.Override) { o.Workload = "deposits" }},
		"kind":             {"kind", func(o *store.Override) { o.Kind = "sometimes" }},
		"floor of 0":       {"replicas", func(o *store.Override) { o.Replicas = 0 }},
		"number to ignore": {"replicas", func(o *store.Override) { o.Kind = store.IgnoreSchedule }},
		"no author":        {"author", func(o *store.Override) { o.Author = "" }},
		"no reason":        {"reason", func(o *store.Override) { o.Reason = "\t" }},
		"end is start":     {"end", func(o *store.Override) { o.End = o.Start }},
		"over already":     {"end", func(o *store.Override) { o.Start, o.End = now.Add(-time.Hour), now }},
		"too long":         {"end", func(o *store.Override) { o.End = o.Start.Add(store.LongestOverride + 1) }},
		"born expired":     {"expiredAt", func(o *store.Override) { o.ExpiredBy = "lea" }},
	} {
		o := Override(now)
		c.spoil(&o)
		_, err := s.PutOverride(ctx, o, store.Key{})
		wantErr(t, err, store.ErrInvalid)
		if all := store.FieldErrors(err); len(all) != 1 || all[0].Field != c.field {
			t.Errorf("%s: got field errors %v, want one of %s", name, all, c.field)
		}
	}
	same()
	o := Override(now)
	o.Kind, o.Replicas, o.End = store.Fixed, 0, o.Start.Add(store.LongestOverride)
	must(s.PutOverride(ctx, o, store.Key{}))(t)
}

func tryExpireByMany(t *testing.T, place Place) {
	const many = 8
	clock := NewClock()
	stores, ctx := []Store{place(t, clock.Now), place(t, clock.Now)}, t.Context()
	must(stores[0].PutOverride(ctx, Override(clock.Now()), store.Key{}))(t)
	done := 0
	for _, err := range atOnce(many, func(i int) error {
		_, err := stores[i%2].ExpireOverride(ctx, store.Expiry{ID: 1, By: "lea"})
		return err
	}) {
		if err == nil {
			done++
			continue
		}
		wantErr(t, err, store.ErrEnded)
	}
	wantEqual(t, "expired by", done, 1)
	VerifyAll(t, stores[0])
}
