package planner_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
	"github.com/headstart-scaler/headstart/planner"
	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/sqlite"
	"github.com/headstart-scaler/headstart/workload"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const header = "id,title,class,start,end,timezone,brand,market,expected_peak,unit,confidence,status,owner,notes\n"

// two are events of tomorrow.
const two = header +
	"final,Saturday final,tournament,2026-11-25T20:00,2026-11-25T23:00,Europe/Malta,acme,MT,3,x,1,confirmed,mkt,\n" +
	"flash,Flash sale,promo,2026-11-25T10:00,2026-11-25T11:00,UTC,,,40,replicas,1,confirmed,mkt,\n"

func open(t *testing.T) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "headstart.db"), sqlite.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func plan(t *testing.T, o planner.Options) *planner.Planner {
	t.Helper()
	if o.Store == nil {
		o.Store = open(t)
	}
	o.Now = func() time.Time { return now }
	return planner.New(o, planner.Pinned{Classes: calendar.Classes{"tournament": {Name: "tournament", Ramp: calendar.Ramp{Up: time.Hour}}}})
}

func upload(text string) planner.Upload {
	return planner.Upload{Name: "promos.csv", Data: []byte(text), By: planner.Person{Author: "mia", Reason: "week 48"}}
}

func imported(t *testing.T, p *planner.Planner, u planner.Upload) planner.Import {
	t.Helper()
	im, err := p.Import(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range im.Read.Errors {
		t.Error(e)
	}
	return im
}

// ids of the lines of a diff: +added ~changed -removed.
func ids(d planner.Diff) string {
	var all []string
	for sign, lines := range map[string][]planner.Line{"+": d.Added, "~": d.Changed, "-": d.Removed} {
		for _, l := range lines {
			e := l.After
			if e == nil {
				e = l.Before
			}
			all = append(all, sign+e.ID)
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func TestAFileIsComparedAppliedAndRolledBack(t *testing.T) {
	p := plan(t, planner.Options{})
	dry := upload(two)
	dry.DryRun = true
	im := imported(t, p, dry)
	if ids(im.Diff) != "+final +flash" || im.Applied.Number != 0 || im.Base.Number != 0 {
		t.Errorf("a dry run says %q, applied %d on %d", ids(im.Diff), im.Applied.Number, im.Base.Number)
	}
	if v, s, err := p.Schedule(t.Context(), 0); err != nil || v.Number != 0 || s.Len() != 0 {
		t.Fatalf("after a dry run there is version %d with %d events: %v", v.Number, s.Len(), err)
	}

	im = imported(t, p, upload(two))
	if im.Applied.Number != 1 || im.Applied.Events != 2 || im.Applied.Origin != "promos.csv" || im.Applied.FileSHA256 != store.Sum([]byte(two)) {
		t.Errorf("applied as %+v", im.Applied)
	}
	if again := imported(t, p, upload(two)); again.Applied.Number != 0 || again.Diff.Len() != 0 {
		t.Errorf("the same file again changes %q and is version %d", ids(again.Diff), again.Applied.Number)
	}

	moved := strings.Replace(two, "2026-11-25T20:00", "2026-11-25T21:00", 1)
	cancelled := strings.Replace(moved, "40,replicas,1,confirmed", "40,replicas,1,cancelled", 1)
	im = imported(t, p, upload(cancelled))
	if ids(im.Diff) != "-flash ~final" || !slices.Equal(im.Diff.Changed[0].Fields, []string{"start"}) {
		t.Errorf("changed %q, fields %q", ids(im.Diff), im.Diff.Changed[0].Fields)
	}
	rollsBack(t, p)
}

// rollsBack takes back the change that removed one of two events and changed
// the other.
func rollsBack(t *testing.T, p *planner.Planner) {
	t.Helper()
	back, err := p.Rollback(t.Context(), planner.Rollback{To: 1, By: planner.Person{Author: "ana", Reason: "wrong hour"}})
	if v := back.Applied; err != nil || v.Number != 3 || v.RolledBackTo != 1 || back.Base.Number != 2 || ids(back.Diff) != "+flash ~final" {
		t.Errorf("rolled back from %d to %d as version %d with %q: %v", back.Base.Number, v.RolledBackTo, v.Number, ids(back.Diff), err)
	}
	_, s, err := p.Schedule(t.Context(), 0)
	if err != nil || s.Len() != 2 {
		t.Errorf("%d events after the rollback: %v", s.Len(), err)
	}
	if _, err := p.Rollback(t.Context(), planner.Rollback{To: 9, By: planner.Person{Author: "ana"}}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a version that is not there: %v", err)
	}
	history, err := p.History(t.Context(), 0, 10)
	if err != nil || len(history) != 3 || history[0].Number != 3 {
		t.Errorf("history %v: %v", history, err)
	}
}

func TestAFileWithErrorsChangesNothing(t *testing.T) {
	p := plan(t, planner.Options{})
	im, err := p.Import(t.Context(), upload(strings.Replace(two, "2026-11-25T23:00", "2026-11-25T19:00", 1)))
	if err != nil || im.Read.OK() || im.Applied.Number != 0 {
		t.Fatalf("errors %v, applied %d: %v", im.Read.Errors, im.Applied.Number, err)
	}
	if im.Read.Errors[0].Code != intake.EndNotAfter || im.Read.Errors[0].Row != 2 {
		t.Errorf("the error is %v", im.Read.Errors[0])
	}
	if v, _, err := p.Schedule(t.Context(), 0); v.Number != 0 || err != nil {
		t.Errorf("version %d: %v", v.Number, err)
	}
}

func TestReplaceRemovesWhatIsInTheRangeAlone(t *testing.T) {
	p := plan(t, planner.Options{})
	imported(t, p, upload(two))
	u := upload(header + "other,Other,promo,2026-11-25T09:00,2026-11-25T10:00,UTC,,,2,x,1,confirmed,,\n")
	u.Replace = &planner.Range{From: now.Add(20 * time.Hour), To: now.Add(24 * time.Hour)}
	if im := imported(t, p, u); ids(im.Diff) != "+other -flash" {
		t.Errorf("replacing the morning changes %q, want final to stay", ids(im.Diff))
	}
	u.Replace = &planner.Range{From: now, To: now}
	if _, err := p.Import(t.Context(), u); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("an empty range: %v", err)
	}
}

func TestMuchIsRemovedOnlyWhereItIsMeant(t *testing.T) {
	p := plan(t, planner.Options{})
	all := header
	for i := range 40 {
		all += fmt.Sprintf("e%02d,Event %d,promo,2026-12-01T%02d:00,2026-12-01T%02d:30,UTC,,,2,x,1,confirmed,,\n", i, i, i%24, i%24)
	}
	imported(t, p, upload(all))
	u := upload(header + "new,New,promo,2026-12-01T09:00,2026-12-01T10:00,UTC,,,2,x,1,confirmed,,\n")
	u.Replace = &planner.Range{From: now, To: now.AddDate(0, 1, 0)}
	im, err := p.Import(t.Context(), u)
	removes, ok := errors.AsType[planner.RemovesManyError](err)
	if !ok || removes.Removed != 40 || removes.Of != 40 || im.Applied.Number != 0 {
		t.Fatalf("removing all: %v, applied %d", err, im.Applied.Number)
	}
	u.RemoveMany = true
	if im := imported(t, p, u); im.Applied.Events != 1 {
		t.Errorf("%d events are left, want 1", im.Applied.Events)
	}
}

func TestAChangeIsBasedOnAVersion(t *testing.T) {
	p := plan(t, planner.Options{})
	imported(t, p, upload(two))
	stale := upload(strings.Replace(two, "Flash sale", "Flash sales", 1))
	stale.Expected = new(int64) // none yet
	_, err := p.Import(t.Context(), stale)
	conflict, ok := errors.AsType[*store.ConflictError](err)
	if !ok || conflict.Current.Number != 1 {
		t.Errorf("based on version 0: %v", err)
	}
	*stale.Expected = 1
	if im := imported(t, p, stale); im.Applied.Number != 2 {
		t.Errorf("applied as version %d, want 2", im.Applied.Number)
	}
}

// A lost answer is asked for again with the same key.
func TestTheSameKeyIsAnsweredAsTheFirstTime(t *testing.T) {
	p := plan(t, planner.Options{})
	u := upload(two)
	u.By.Key = "k1"
	first, again := imported(t, p, u), imported(t, p, u)
	if first.Applied.Number != 1 || again.Applied != first.Applied || ids(again.Diff) != "+final +flash" {
		t.Errorf("applied as %d, and again as %d with %q", first.Applied.Number, again.Applied.Number, ids(again.Diff))
	}
	other := u
	other.By.Key = "k3"
	if im := imported(t, p, other); im.Applied.Number != 0 {
		t.Errorf("a file that changes nothing is version %d by another key", im.Applied.Number)
	}
	imported(t, p, upload(header+"late,Late,promo,2026-11-25T12:00,2026-11-25T13:00,UTC,,,2,x,1,confirmed,,\n"))
	back := planner.Rollback{To: 1, By: planner.Person{Author: "ana", Reason: "wrong", Key: "k4"}}
	for range 2 {
		done, err := p.Rollback(t.Context(), back)
		if err != nil || done.Applied.Number != 3 || done.Base.Number != 2 || ids(done.Diff) != "-late" {
			t.Errorf("rolled back from %d as version %d with %q: %v", done.Base.Number, done.Applied.Number, ids(done.Diff), err)
		}
	}
	u.Data = []byte(strings.Replace(two, "Flash", "Flush", 1))
	if _, err := p.Import(t.Context(), u); !errors.Is(err, store.ErrKeyReused) {
		t.Errorf("the key for another file: %v", err)
	}
	o := store.Override{Workload: "shop/api", Kind: store.Floor, Replicas: 5, Author: "ana", Reason: "test"}
	a, err := p.Create(t.Context(), o, time.Hour, "k2")
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.Create(t.Context(), o, time.Hour, "k2")
	if err != nil || b.ID != a.ID || !a.End.Equal(now.Add(time.Hour)) {
		t.Errorf("overrides %d and %d of one key: %v", a.ID, b.ID, err)
	}
}

func TestADiffSaysWhatItMeansInTimeAndReplicas(t *testing.T) {
	p := plan(t, planner.Options{Workloads: func() []planner.Workload {
		id := func(name string) workload.ID { return workload.ID{Namespace: "shop", Name: name} }
		return []planner.Workload{
			{ID: id("acme"), Labels: map[string]string{"brand": "acme", "market": "mt"}, Reactive: 12, Max: 30},
			{ID: id("other"), Labels: map[string]string{"brand": "zeta"}, Reactive: 12},
		}
	}})
	im := imported(t, p, upload(two))
	final, flash := im.Diff.Added[0], im.Diff.Added[1]
	if got := fmt.Sprint(final.Replicas); got != "[{shop/acme 12 30 36}]" { // at most 30
		t.Errorf("the final changes %s", got)
	}
	if got := fmt.Sprint(flash.Replicas); got != "[{shop/acme 12 30 40} {shop/other 12 40 0}]" {
		t.Errorf("the sale changes %s", got)
	}
	if len(final.Next) != 1 || !final.Next[0].Start.Equal(time.Date(2026, 11, 25, 19, 0, 0, 0, time.UTC)) || final.Next[0].Ramp.Up != time.Hour {
		t.Errorf("the final is next at %v", final.Next)
	}
}

// A rule that is played once a year has a date in the diff as well.
func TestADiffNamesTheNextOfEveryRule(t *testing.T) {
	p := plan(t, planner.Options{})
	for rule, want := range map[string]int{"FREQ=YEARLY": 3, "FREQ=HOURLY": 3, "FREQ=MONTHLY": 3, "FREQ=YEARLY;INTERVAL=4": 3} {
		u := upload("id,title,start,end,timezone,multiplier,recurrence\nr,R,2026-11-25T20:00,2026-11-25T20:30,UTC,2," + rule + "\n")
		u.DryRun = true
		if n := len(imported(t, p, u).Diff.Added[0].Next); n != want {
			t.Errorf("%s: %d dates, want %d", rule, n, want)
		}
	}
}

// A slip in a label or a class is said before anybody waits in vain.
func TestEventsThatConcernNobodyAreWarnedOf(t *testing.T) {
	p := plan(t, planner.Options{Workloads: func() []planner.Workload {
		return []planner.Workload{{ID: workload.ID{Namespace: "shop", Name: "api"}, Labels: map[string]string{"brand": "acme"}, Reactive: 2}}
	}})
	im := imported(t, p, upload(header+
		"a,A,tournament,2026-11-25T10:00,2026-11-25T11:00,UTC,acme,,3,x,1,confirmed,,\n"+
		"b,B,tournment,2026-11-25T12:00,2026-11-25T13:00,UTC,acne,,3,x,1,confirmed,,\n"))
	said := fmt.Sprint(im.Read.Warnings)
	for _, want := range []string{"Row 3, column class: expected a class that is described, found tournment. Did you mean tournament?", "Row 3, column brand, market, region, workloads: expected labels that a workload has, found b."} {
		if !strings.Contains(said, want) {
			t.Errorf("the warnings do not say %q: %s", want, said)
		}
	}
	if strings.Contains(said, "found a.") {
		t.Errorf("an event that concerns a workload is warned of: %s", said)
	}
}

func TestWithoutAStoreNothingIsKept(t *testing.T) {
	p := planner.New(planner.Options{Now: func() time.Time { return now }}, planner.Pinned{})
	if _, err := p.Import(t.Context(), upload(two)); !errors.Is(err, planner.ErrNoStore) {
		t.Errorf("import: %v", err)
	}
	if _, err := p.Create(t.Context(), floor("shop/api"), time.Hour, ""); !errors.Is(err, planner.ErrNoStore) {
		t.Errorf("override: %v", err)
	}
	dry := upload(two)
	dry.DryRun = true
	if im := imported(t, p, dry); im.Diff.Len() != 2 {
		t.Errorf("a dry run shows %d changes, want 2", im.Diff.Len())
	}
}

// failing is a store that does not answer while down is set.
type failing struct {
	planner.Store
	down func() bool
}

func (f failing) Current(ctx context.Context) (store.Version, error) {
	if f.down() {
		return store.Version{}, store.ErrUnavailable
	}
	return f.Store.Current(ctx)
}
