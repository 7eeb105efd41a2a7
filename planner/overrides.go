package planner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/workload"
)

// Create makes an override that holds for a while from its start on, or from
// now on where it has none; where lasts is 0, until its end. A request that is
// repeated with its key says the same, whenever it is. It is refused where its
// workload is none that can be decided for, whatever name the store would take.
func (p *Planner) Create(ctx context.Context, o store.Override, lasts time.Duration, key string) (store.Override, error) {
	asked := fmt.Sprintf("%s %s %d", o.Workload, o.Kind, o.Replicas)
	if !o.Start.IsZero() {
		asked += fmt.Sprintf(" from %d", o.Start.UnixNano())
	}
	if lasts != 0 {
		asked += " for " + lasts.String()
	} else {
		asked += fmt.Sprintf(" until %d", o.End.UnixNano())
	}
	if o.Start.IsZero() {
		o.Start = p.now()
	}
	if lasts != 0 {
		o.End = o.Start.Add(lasts)
	}
	if err := ofWorkload(o); err != nil {
		return store.Override{}, err
	}
	if _, err := p.sound(ctx); err != nil {
		return store.Override{}, fmt.Errorf("create an override: %w", err)
	}
	made, err := p.store.PutOverride(ctx, o, Person{o.Author, o.Reason, key}.key("override", asked))
	if err == nil {
		p.look()
	}
	return made, err
}

// ofWorkload returns all that is wrong with an override whose workload is none.
// The store takes some names that Kubernetes has not, such as a.b/api.
func ofWorkload(o store.Override) error {
	if _, err := workload.ParseID(o.Workload); err == nil {
		return nil
	}
	err := o.Validate()
	if slices.ContainsFunc(store.FieldErrors(err), func(f store.FieldError) bool { return f.Field == "workload" }) {
		return err
	}
	return errors.Join(fmt.Errorf("create an override: %w", store.FieldError{
		Field: "workload", Found: fmt.Sprintf("%.80s", o.Workload), Fix: "NAMESPACE/NAME of a ScaledObject, such as demo/deposits: a namespace has no dots",
	}), err)
}

// Expire ends an override now.
func (p *Planner) Expire(ctx context.Context, id int64, by Person) (store.Override, error) {
	if _, err := p.sound(ctx); err != nil {
		return store.Override{}, fmt.Errorf("end an override: %w", err)
	}
	ended, err := p.store.ExpireOverride(ctx, store.Expiry{ID: id, By: by.Author, Reason: by.Reason, Key: by.key("expire", strconv.FormatInt(id, 10))})
	if err == nil {
		p.look()
	}
	return ended, err
}

// Active returns the overrides that hold now.
func (p *Planner) Active(ctx context.Context) ([]store.Override, error) {
	return p.store.ActiveOverrides(ctx, p.now())
}

// Overrides returns overrides with smaller ids than before (all for 0), the
// newest first.
func (p *Planner) Overrides(ctx context.Context, before int64, limit int) ([]store.Override, error) {
	return p.store.Overrides(ctx, before, limit)
}

// orders are overrides as decisions take them, in the order in which they were
// given; those that are over are left out.
func orders(known []store.Override, now time.Time) map[workload.ID][]decision.Override {
	byWorkload := map[workload.ID][]decision.Override{}
	for _, o := range known {
		id, err := workload.ParseID(o.Workload)
		if err != nil || !o.Over().After(now) {
			continue // Create refuses such a workload; an override from before it did, or of another program, has nothing to hold for
		}
		byWorkload[id] = append(byWorkload[id], decision.Override{
			ID: strconv.FormatInt(o.ID, 10), Kind: decision.OverrideKind(o.Kind), Replicas: decision.Replicas(o.Replicas),
			From: o.Start, Until: o.Over(), Author: o.Author, Reason: o.Reason,
		})
	}
	return byWorkload
}

// same reports whether two plans' overrides are the same.
func same(a, b map[workload.ID][]decision.Override) bool {
	if len(a) != len(b) {
		return false
	}
	for id, list := range a {
		other := b[id]
		if len(list) != len(other) {
			return false
		}
		for i := range list {
			if list[i].ID != other[i].ID || !list[i].Until.Equal(other[i].Until) {
				return false
			}
		}
	}
	return true
}

// refreshEvery is how often the store is asked even if it tells nothing: an
// override that was given for later begins by then.
const refreshEvery = 10 * time.Second
