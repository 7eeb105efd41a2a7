package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/forecast/backtest"
)

// lunch runs the comparison over the trace of testdata, with the results in a
// folder.
func lunch(t *testing.T, results string, more ...string) string {
	t.Helper()
	var out strings.Builder
	arguments := append([]string{"-traces", "testdata/traces", "-results", results, "-origins", "20"}, more...)
	if err := run(arguments, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Python scored the ruler on the same origins, and to the same loss: otherwise
// its models would be left out.
func TestBothSidesScoreAlike(t *testing.T) {
	got := lunch(t, "testdata/results")
	if !strings.Contains(got, "SeasonalNaive") || strings.Contains(got, "scored something else") {
		t.Errorf("the challenger of testdata is not beside ours:\n%s", got)
	}
	for _, want := range []string{"| lunch ", "## By horizon", "5 min | 15 min | 60 min |", "## Coverage", "## Times", "season of a day"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

func TestChallengersWhoScoredSomethingElseAreLeftOut(t *testing.T) {
	for name, change := range map[string]func(r *backtest.Result){
		"another trace":    func(r *backtest.Result) { r.Horizons[1].TargetMean *= 1.0001 },
		"another loss":     func(r *backtest.Result) { r.Horizons[2].Pinball *= 1.0001 },
		"another horizon":  func(r *backtest.Result) { r.Horizons[0].Minutes = 1 },
		"fewer horizons":   func(r *backtest.Result) { r.Horizons = r.Horizons[:2] },
		"fewer scored":     func(r *backtest.Result) { r.Horizons[0].Scored-- },
		"other origins":    func(r *backtest.Result) { r.First = r.First.Add(1) },
		"another end":      func(r *backtest.Result) { r.Last = r.Last.Add(1) },
		"fewer origins":    func(r *backtest.Result) { r.Origins-- },
		"no ruler for it":  func(r *backtest.Result) { r.Trace = "dinner" },
		"no difference":    func(*backtest.Result) {},
		"rounding's noise": func(r *backtest.Result) { r.Horizons[0].Pinball *= 1 + 1e-13 },
	} {
		t.Run(name, func(t *testing.T) {
			got := lunch(t, changed(t, func(c *challenger) { change(&c.Traces[0]) }))
			left := !strings.Contains(got, "| SeasonalNaive")
			if want := name != "no difference" && name != "rounding's noise"; left != want {
				t.Errorf("left out: %t, want %t:\n%s", left, want, got)
			}
			if left && !strings.Contains(got, "them again") && !strings.Contains(got, "run it too") {
				t.Errorf("nothing says why:\n%s", got)
			}
		})
	}
	t.Run("other quantiles", func(t *testing.T) {
		got := lunch(t, changed(t, func(c *challenger) { c.Quantiles = slices.Clone(c.Quantiles); c.Quantiles[0] = 0.4 }))
		if strings.Contains(got, "| SeasonalNaive") || !strings.Contains(got, "quantiles") {
			t.Errorf("the challenger was asked for other quantiles:\n%s", got)
		}
	})
}

// changed is a folder with the results of testdata, of which the ruler's are
// changed.
func changed(t *testing.T, change func(*challenger)) string {
	t.Helper()
	all, err := readChallengers("testdata/results")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, c := range all {
		if c.Model == rulerName {
			change(&c)
		}
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, c.Model+".json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestWithoutChallengersOursAreShown(t *testing.T) {
	for _, more := range [][]string{nil, {"-every", "5m"}} {
		got := lunch(t, t.TempDir(), more...)
		if !strings.Contains(got, "| hold ") || strings.Contains(got, "## The challengers") {
			t.Errorf("%v:\n%s", more, got)
		}
	}
	if got := lunch(t, "testdata/results", "-every", "5m"); strings.Contains(got, "SeasonalNaive") {
		t.Errorf("challengers stand beside what was asked at other origins:\n%s", got)
	}
}

func TestJSONHasWhatTheTablesShow(t *testing.T) {
	var got struct {
		Challengers []challenger
		Traces      []comparison
	}
	if err := json.Unmarshal([]byte(lunch(t, "testdata/results", "-o", "json")), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Traces) != 1 || len(got.Traces[0].Results) != len(ours())+1 || got.Traces[0].Scale.Model != scale {
		t.Fatalf("%d traces, of the first %d results scaled by %q", len(got.Traces), len(got.Traces[0].Results), got.Traces[0].Scale.Model)
	}
	naive, any := got.Traces[0].of("SeasonalNaive")
	if !any || len(naive.Horizons) != 3 || naive.Horizons[0].Scored != 20 || len(naive.Horizons[0].Below) != 6 {
		t.Errorf("the challenger's result is %+v", naive)
	}
}

func TestTheHalvesOfATraceHaveNothingInCommon(t *testing.T) {
	parts := map[string]backtest.Result{}
	for _, half := range []string{"first", "second"} {
		var got struct{ Traces []comparison }
		if err := json.Unmarshal([]byte(lunch(t, "testdata/results", "-half", half, "-o", "json")), &got); err != nil {
			t.Fatal(err)
		}
		if _, any := got.Traces[0].of("SeasonalNaive"); any || got.Traces[0].Note != "" {
			t.Errorf("%s: challengers, who were asked at other origins, are spoken of: %q", half, got.Traces[0].Note)
		}
		parts[half] = got.Traces[0].Scale
	}
	// Ten days from 1 March: the middle is the 6th, and a horizon before it the
	// last origin of the first half.
	middle := time.Date(2026, 3, 6, 0, 0, 0, 0, time.UTC)
	if last := parts["first"].Last; last.After(middle.Add(-65*time.Minute)) || last.Before(middle.Add(-6*time.Hour)) {
		t.Errorf("the first half is scored until %s", last)
	}
	if first := parts["second"].First; first.Before(middle) || first.After(middle.Add(6*time.Hour)) {
		t.Errorf("the second half is scored from %s on", first)
	}
}

func TestDetailsShowEachHorizon(t *testing.T) {
	got := lunch(t, "testdata/results", "-detail")
	_, details, any := strings.Cut(got, "\n## lunch\n")
	if want := 3 * (len(ours()) + 1); !any || strings.Count(details, "\n| ") != want+1 {
		t.Errorf("%d rows, want a head and %d:\n%s", strings.Count(details, "\n| "), want, got)
	}
}

func TestWhatCannotBeComparedIsAnError(t *testing.T) {
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "Last.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TRACES", "")
	for want, arguments := range map[string][]string{
		"-traces FOLDER":   {},
		"no trace in":      {"-traces", t.TempDir()},
		"Last.json":        {"-traces", "testdata/traces", "-results", broken},
		"neither text":     {"-traces", "testdata/traces", "-o", "xml"},
		"neither first":    {"-traces", "testdata/traces", "-half", "third"},
		"one origin":       {"-traces", "testdata/traces", "-origins", "0"},
		"no other":         {"-traces", "testdata/traces", "more"},
		"no trace in test": {"-traces", "testdata/traces", "-only", "dinner"},
	} {
		if err := run(arguments, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want an error with %q", arguments, err, want)
		}
	}
}

func TestTable(t *testing.T) {
	got := table([][]string{{"trace", "a"}, {"x", "1.000"}, {"länger", "–"}})
	want := "| trace  |     a |\n|--------|------:|\n| x      | 1.000 |\n| länger |     – |\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestGeometricMean(t *testing.T) {
	if got := geometric([]float64{1, 4}); math.Abs(got-2) > 1e-12 {
		t.Errorf("of 1 and 4: %g", got)
	}
	if number(geometric(nil)) != "–" || number(math.Inf(1)) != "∞" || number(0.25) != "0.250" {
		t.Error("numbers are not written as they should be")
	}
}
