package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/replay"
)

// twoDays is a folder with two traces of a day: one with an event, whose demand
// triples, and one without a calendar or a capacity, with a spike.
func twoDays(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	write(t, folder, "evening", func(i int) float64 {
		v := 300 + 200*math.Sin(float64(i)/229)
		if i >= 20*60 && i < 21*60 {
			v *= 3
		}
		return v
	})
	write(t, folder, "spiky", func(i int) float64 {
		if i%311 < 12 {
			return 90
		}
		return 20
	})
	at := filepath.Join(folder, "evening")
	for name, text := range map[string]string{
		"calendar.csv": "id,title,class,start,end,timezone,expected_multiplier,status\n" +
			"show,Show,show,2026-11-02T20:00:00Z,2026-11-02T21:00:00Z,UTC,2,confirmed\n",
		"meta.json": `{"per_replica": 20}`,
	} {
		if err := os.WriteFile(filepath.Join(at, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func write(t *testing.T, folder, name string, value func(minute int) float64) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	text := "timestamp,value\n"
	for i := range 24 * 60 {
		text += fmt.Sprintf("%s,%g\n", monday().Add(time.Duration(i)*time.Minute).Format(time.RFC3339), value(i))
	}
	_, err := io.WriteString(z, text)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name, "trace.csv.gz"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func benched(t *testing.T, arguments ...string) (string, error) {
	t.Helper()
	cores := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(cores) })
	var out bytes.Buffer
	err := run(t.Context(), arguments, &out, io.Discard)
	return out.String(), err
}

func found(t *testing.T, arguments ...string) *findings {
	t.Helper()
	text, err := benched(t, append(arguments, "-json")...)
	if err != nil {
		t.Fatal(err)
	}
	var f findings
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		t.Fatal(err)
	}
	f.Made = making{}
	return &f
}

// Every figure is what a replay of that cell alone says, although peers are
// played once for all prices.
func TestFiguresAreThoseOfAReplay(t *testing.T) {
	folder := twoDays(t)
	f := found(t, "-traces", folder, "-prices", "20,100", "-leads", "90/240,180/420", "-wrong=false")
	if f.wrongTable() != "" {
		t.Error("wrong calendars were played")
	}
	if len(f.Games) != 8 || len(f.Cells) != 4 || len(f.Traces) != 2 {
		t.Fatalf("%d games, %d cells, %d traces", len(f.Games), len(f.Cells), len(f.Traces))
	}
	subjects, err := readFolder(folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := subjects[0].scene.Capacity; c != 20 {
		t.Errorf("one replica carries %g, and not what meta.json says", c)
	}
	for _, j := range f.Games {
		scene := subjects[map[string]int{"evening": 0, "spiky": 1}[j.Trace]].scene
		if j.Events != len(scene.Events) || len(j.Peers) != 20 {
			t.Fatalf("%s has %d events and %d peers", j.Trace, j.Events, len(j.Peers))
		}
		sameAsReplay(t, j, scene)
	}
}

// sameAsReplay plays one game again, by itself.
func sameAsReplay(t *testing.T, j *judged, scene *replay.Scene) {
	t.Helper()
	cluster := replay.DefaultCluster()
	cluster.PodLead, cluster.NodeLead = time.Duration(j.Pod)*time.Second, time.Duration(j.Node)*time.Second
	contenders, told := []replay.Contender{replay.Headstart(replay.HeadstartOptions{})}, []fare{j.Headstart}
	for _, p := range append([]setting{{replay.Clairvoyant, j.Clairvoyant}}, j.Peers...) {
		c, err := replay.ParseContender(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		contenders, told = append(contenders, c), append(told, p.fare)
	}
	report, err := (&replay.Play{Scene: scene, Cluster: cluster, Price: j.Price}).Run(contenders, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range report.Rows {
		want := fare{figure(*row.UnderProvisioned), figure(*row.NodeRatio), figure(*row.Regret)}
		if !alike(told[i].Missed, want.Missed) || !alike(told[i].Nodes, want.Nodes) || !alike(told[i].Regret, want.Regret) {
			t.Errorf("%s, %s, %s: %v, a replay says %v", j.Trace, j.cell, row.Autoscaler, told[i], want)
		}
	}
}

// alike allows for the four digits that JSON has.
func alike(told, exact figure) bool {
	return math.Abs(float64(told-exact)) <= 0.0006*math.Abs(float64(exact))+1e-9
}

// A trace of one day has no other one for false events.
func TestWrongCalendarsArePlayedWhereThereIsOne(t *testing.T) {
	arguments := []string{"-traces", twoDays(t), "-prices", "100", "-leads", "90/240"}
	f := found(t, arguments...)
	evening, spiky := f.Games[0], f.Games[1]
	if len(spiky.Wrong) != 0 || len(evening.Wrong) != 4 {
		t.Fatalf("%d and %d calendars", len(evening.Wrong), len(spiky.Wrong))
	}
	for i, w := range evening.Wrong {
		if differs := w.Regret != evening.Headstart.Regret; differs != (i > 0) {
			t.Errorf("calendar %q makes a difference: %t", w.Name, differs)
		}
	}
	if table := f.wrongTable(); strings.Count(table, "\n") != 2+5 || strings.Contains(table, "spiky") {
		t.Errorf("shown is:\n%s", table)
	}
	again := found(t, append(arguments, "-cores", "1")...)
	if a, b := f.markdown(), again.markdown(); a != b {
		t.Errorf("the same run twice, on other cores, differs:\n%s\n%s", a, b)
	}
}

func TestTheDocumentIsWritten(t *testing.T) {
	document := filepath.Join(t.TempDir(), "BENCHMARKS.md")
	if err := os.WriteFile(document, []byte("before\n"+beginMarker+endMarker+"\nafter\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := byHand()
	f.Made = makingOf(t.Context(), options{cores: 2})
	f.Made.Date, f.Made.Seconds = monday(), 83
	f.Games[0].Wrong = []setting{{"missing", fare{0.01, 1.5, 0.2}}}
	var said strings.Builder
	if err := publish(f, options{write: true, document: document}, &said); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	text := string(got)
	for _, want := range []string{
		"before\n", "\nafter\n", "Measured on 2 November 2026 at commit ", ", in 1m23s on 2 cores of ", "by `make bench-traces TRACES=folder`.",
		"| (a) traces above the peer tuned for each cell in hindsight | 0 | 1 of 2 | **no** | b (1.414) |",
		"| (b) over the best single peer setting: geometric mean | 0.5 | 0.500 | yes | – |",
		"| 20 | 30/120 s | 0.20 | 0.40 y | 0.50 | 0.20 | **1.00** | 0.50 | 0.010 |",
		"| b | 0 | 0.89 | 0.63 | **1.41** | 20 at 30/120 s (2.000) |",
		"| b | 20 | 30/120 s | 0 % | 0.00 | 0.80 | 0.40 y | **2.00** | 0.40 y | 0.010 |",
		"| a | right (1 events) | 0 % | 0.00 | 0.050 | 1.00 | 0.50 |",
		"| a | missing | 1.0 % | 1.50 | 0.20 | 4.00 | **2.00** |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the document lacks %q:\n%s", want, text)
		}
	}
	if !strings.Contains(text, strings.TrimSpace(said.String())) || strings.Contains(said.String(), "| b | 20 |") {
		t.Errorf("said is not the verdicts alone:\n%s", said.String())
	}
}

func TestWhatCannotBePlayedIsSaid(t *testing.T) {
	folder, silent, broken := twoDays(t), t.TempDir(), twoDays(t)
	write(t, silent, "silent", func(i int) float64 { return map[bool]float64{true: 1}[i < 60] })
	if err := os.WriteFile(filepath.Join(broken, "spiky", "calendar.csv"), []byte("id,title,start,end,timezone\nx,x,never,never,UTC\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	unmarked := filepath.Join(t.TempDir(), "BENCHMARKS.md")
	if err := os.WriteFile(unmarked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		arguments []string
		want      string
	}{
		"no folder":         {[]string{"-traces", ""}, "say where the traces are"},
		"an empty folder":   {[]string{"-traces", t.TempDir()}, "the folder has no trace"},
		"an unknown trace":  {[]string{"-traces", folder, "-only", "spiky,other"}, "no trace other"},
		"a broken calendar": {[]string{"-traces", broken}, "trace spiky: calendar.csv"},
		"no demand":         {[]string{"-traces", silent}, "trace silent, price 20, leads 30/120 s: nothing is demanded"},
		"half the document": {[]string{"-traces", folder, "-write", "-only", "spiky"}, "-write is for the whole"},
		"no wrong ones":     {[]string{"-traces", folder, "-write", "-wrong=false"}, "-write is for the whole"},
		"no markers":        {[]string{"-traces", t.TempDir(), "-write", "-document", unmarked}, "is there 0 times"},
		"a price of none":   {[]string{"-traces", folder, "-prices", "0"}, "-prices"},
		"one lead":          {[]string{"-traces", folder, "-leads", "90"}, "-leads"},
		"a cell twice":      {[]string{"-traces", folder, "-prices", "20,20"}, "price 20, leads 30/120 s is there twice"},
		"no core":           {[]string{"-traces", folder, "-cores", "0"}, "-cores"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := benched(t, c.arguments...); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}
