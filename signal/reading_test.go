package signal

import "testing"

func TestReadingIsUsableOnlyWhenFine(t *testing.T) {
	if r := Good(noon, 5); !r.OK() || r.Value != 5 || !r.At.Equal(noon) || r.Reason != "" {
		t.Errorf("good reading %+v", r)
	}
	for _, c := range []Condition{Empty, Several, NaN, Inf, Stale, Unreachable, Refused, Invalid, Pending} {
		r := Bad(noon, c, "partition %d of %s", 3, "bets")
		if r.OK() || r.Condition != c || r.Reason != "partition 3 of bets" || !r.At.Equal(noon) {
			t.Errorf("bad reading %+v", r)
		}
	}
	if (Reading{}).OK() {
		t.Error("the zero reading is usable")
	}
}

func TestReactionsHoldUnlessChosen(t *testing.T) {
	chosen := Reactions{Empty: Zero, Stale: Fail, NaN: Hold}
	for c, want := range map[Condition]Reaction{Empty: Zero, Stale: Fail, NaN: Hold, Several: Hold, Unreachable: Hold} {
		if got := chosen.For(c); got != want {
			t.Errorf("reaction to %s is %s, want %s", c, got, want)
		}
	}
	if got := Reactions(nil).For(Empty); got != Hold {
		t.Errorf("nothing chosen gives %s", got)
	}
}
