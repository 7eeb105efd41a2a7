package main

import (
	"path/filepath"
	"testing"

	"github.com/headstart-scaler/headstart/planner"
	"github.com/headstart-scaler/headstart/store/sqlite"
)

// Whatever field the planner names, a difference shows what is in it.
func TestEveryFieldOfADifferenceIsShown(t *testing.T) {
	const header = "id,title,class,start,end,timezone,brand,market,region,workloads,expected_peak,unit,floor,confidence,status,ramp_up,ramp_down,recurrence,owner,notes\n"
	kept, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "headstart.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	p := planner.New(planner.Options{Store: kept}, planner.Pinned{})
	var last planner.Diff
	for _, row := range []string{
		"a,Cup,promo,2099-11-28T20:00,2099-11-28T23:00,UTC,one,MT,eu,team=a,100,requests/s,,0.5,tentative,10m,20m,FREQ=DAILY;COUNT=2,ana,first\n",
		"a,Final,cup,2099-11-29,2099-11-29,Europe/Malta,two,DE,us,team=b,,,40,0.7,confirmed,30m,40m,FREQ=WEEKLY;COUNT=2,ben,second\n",
	} {
		im, err := p.Import(t.Context(), planner.Upload{Name: "a.csv", Data: []byte(header + row), By: planner.Person{Author: "ana"}})
		if err != nil || len(im.Read.Errors) > 0 {
			t.Fatalf("%v: %v", err, im.Read.Errors)
		}
		last = im.Diff
	}
	if len(last.Changed) != 1 || len(last.Changed[0].Fields) != 18 {
		t.Fatalf("the second file changes %+v, want all 18 fields of one event", last)
	}
	before, after := eventOf(last.Changed[0].Before), eventOf(last.Changed[0].After)
	for _, field := range last.Changed[0].Fields {
		if b, a := before.field(field), after.field(field); b == a || b == "nothing" || a == "nothing" {
			t.Errorf("%s is shown as %s → %s", field, b, a)
		}
	}
}

// What an event does is a sentence, also where it does nothing yet.
func TestWhatAnEventDoes(t *testing.T) {
	for want, e := range map[string]event{
		"×3 for all workloads":                                                                  {Multiplier: 3},
		"5000 requests/s for brand One, tentative":                                              {ExpectedPeak: 5000, Unit: "requests/s", Class: "promo", Brands: []string{"One"}, Status: "tentative"},
		"nothing yet for all workloads: it names no peak, multiplier or floor":                  {},
		"nothing yet for market MT, 80% sure: it names no peak, multiplier or floor":            {Markets: []string{"MT"}, Confidence: 0.8},
		"what class promo says for all workloads: it names no peak, multiplier or floor itself": {Class: "promo"},
	} {
		if got := e.does(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := (&event{}).field("impact"); got != "nothing" {
		t.Errorf("no impact is shown as %q", got)
	}
}
