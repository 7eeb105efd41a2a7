package calendar_test

import (
	"slices"
	"testing"

	"github.com/headstart-scaler/headstart/calendar"
)

func TestScopeConcerns(t *testing.T) {
	type labels = map[string]string
	selector := func(text string) calendar.Selector {
		s, err := calendar.ParseSelector(text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, c := range []struct {
		name  string
		scope calendar.Scope
		of    labels
		want  bool
	}{
		{"all, and nothing told", calendar.Scope{}, nil, true},
		{"a brand, and nothing told", calendar.Scope{Brands: []string{"x"}}, nil, false},
		{"all brands, written out, and nothing told", calendar.Scope{Brands: []string{"All"}}, nil, true},
		{"its brand", calendar.Scope{Brands: []string{"y", "Lucky Star"}}, labels{"brand": "lucky-star"}, true},
		{"another brand", calendar.Scope{Brands: []string{"x"}}, labels{"brand": "y"}, false},
		{"a workload of all brands", calendar.Scope{Brands: []string{"x"}}, labels{"brand": "all"}, true},
		{"its brand in another market", calendar.Scope{Brands: []string{"x"}, Markets: []string{"NO"}}, labels{"brand": "x", "market": "se"}, false},
		{"its brand and market", calendar.Scope{Brands: []string{"x"}, Markets: []string{"NO"}}, labels{"brand": "x", "market": "no"}, true},
		{"another region", calendar.Scope{Regions: []string{"eu"}}, labels{"region": "us"}, false},
		{"its label", calendar.Scope{Workloads: selector("tier=gold|silver team=pay")}, labels{"tier": "silver", "team": "pay"}, true},
		{"one label of two", calendar.Scope{Workloads: selector("tier=gold team=pay")}, labels{"tier": "gold"}, false},
		{"all is no value of other labels", calendar.Scope{Workloads: selector("tier=gold")}, labels{"tier": "all"}, false},
	} {
		if got := c.scope.Concerns(c.of); got != c.want {
			t.Errorf("%s: %t, want %t", c.name, got, c.want)
		}
	}
}

func TestParseSelector(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"team=payments tier=gold|silver", "team=payments tier=gold|silver"},
		{" tier=gold;team=payments,\tname=api\n", "name=api team=payments tier=gold"},
		{"a=b=c", "a=b=c"},
		{"team", "error"},
		{"=payments", "error"},
		{"team=", "error"},
		{"tier=gold|", "error"},
		{"tier=|gold", "error"},
		{"tier=gold tier=silver", "error"},
	} {
		s, err := calendar.ParseSelector(c.text)
		if (err != nil) != (c.want == "error") || err == nil && s.String() != c.want {
			t.Errorf("%q is %q, %v, want %q", c.text, s, err, c.want)
		}
	}
}

func FuzzParseSelector(f *testing.F) {
	for _, seed := range []string{"", "team=payments tier=gold|silver", "a=b=c", "tier=gold;team=x,y=z"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := calendar.ParseSelector(text)
		if err != nil {
			return
		}
		again, err := calendar.ParseSelector(s.String())
		if err != nil || !slices.EqualFunc(s, again, func(a, b calendar.Requirement) bool {
			return a.Key == b.Key && slices.Equal(a.Values, b.Values)
		}) {
			t.Errorf("%q is %q, which is read as %q, %v", text, s, again, err)
		}
		labels := map[string]string{}
		for _, r := range s {
			labels[r.Key] = r.Values[0]
		}
		if !(calendar.Scope{Workloads: s}).Concerns(labels) {
			t.Errorf("%q does not concern %v", s, labels)
		}
	})
}
