package signal_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/signal"
)

func ExampleParsePartitions() {
	set, err := signal.ParsePartitions("7, 2-3, 0-2")
	fmt.Println(set, set.Has(3), set.Has(4), err)
	// Output: 0-3,7 true false <nil>
}

func TestParsePartitions(t *testing.T) {
	for _, c := range []struct{ text, want, problem string }{
		{text: "", want: ""},
		{text: "  ", want: ""},
		{text: "5", want: "5"},
		{text: "1,0", want: "0-1"},
		{text: "0-3,5", want: "0-3,5"},
		{text: "0-3,4", want: "0-4"},
		{text: "3-3", want: "3"},
		{text: "0-9,2-4", want: "0-9"},
		{text: "0-2147483647,7", want: "0-2147483647"},
		{text: "2147483647", want: "2147483647"},
		{text: "2147483648", problem: `item 1: "2147483648" is no partition`},
		{text: "1,,2", problem: "item 2: is empty"},
		{text: "1,", problem: "item 2: is empty"},
		{text: "4-1", problem: "runs backwards; write 1-4"},
		{text: "-1", problem: `"" is no partition`},
		{text: "+1", problem: `"+1" is no partition`},
		{text: "1-2-3", problem: `"2-3" is no partition`},
		{text: "a", problem: `"a" is no partition`},
	} {
		t.Run(c.text, func(t *testing.T) {
			set, err := signal.ParsePartitions(c.text)
			if c.problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.problem) {
					t.Fatalf("error %v, want one with %q", err, c.problem)
				}
				return
			}
			if err != nil || set.String() != c.want {
				t.Fatalf("set %q, error %v; want %q", set, err, c.want)
			}
		})
	}
}

func TestPartitionSetHasWhatItsTextNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var items []string
		want := map[int32]bool{}
		for range rapid.IntRange(1, 6).Draw(t, "items") {
			first := rapid.Int32Range(0, 30).Draw(t, "first")
			last := first + rapid.Int32Range(0, 5).Draw(t, "more")
			items = append(items, fmt.Sprintf("%d-%d", first, last))
			for n := first; n <= last; n++ {
				want[n] = true
			}
		}
		set, err := signal.ParsePartitions(strings.Join(items, ","))
		if err != nil {
			t.Fatal(err)
		}
		for n := range int32(40) {
			if set.Has(n) != want[n] {
				t.Fatalf("%v: Has(%d) = %v", items, n, set.Has(n))
			}
		}
	})
}

func FuzzParsePartitions(f *testing.F) {
	for _, seed := range []string{"", "0-3,7", "7, 2-3", "1-", "-", ",", "0-2147483647", "99999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		set, err := signal.ParsePartitions(text)
		if err != nil {
			return
		}
		again, err := signal.ParsePartitions(set.String())
		if err != nil || again.String() != set.String() {
			t.Fatalf("%q became %q, which reads back as %q, %v", text, set, again, err)
		}
	})
}
