package replay_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
	. "github.com/headstart-scaler/headstart/replay"
)

// sceneOf loads a trace folder: trace.csv.gz and calendar.csv.
func sceneOf(tb testing.TB, folder string) *Scene {
	tb.Helper()
	f, err := os.Open(filepath.Join(folder, "trace.csv.gz"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	trace, err := ReadTrace(f, TraceOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(folder, "calendar.csv"))
	if err != nil {
		tb.Fatal(err)
	}
	read := intake.Read(data, intake.Options{Now: time.Unix(0, 0), Columns: map[string]string{"expected_multiplier": "multiplier"}})
	schedule, err := calendar.NewSchedule(read.Events)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := NewScene(trace, SceneOptions{Schedule: schedule})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// published is the table that peers are to reproduce: under-provisioned demand
// in percent, and node-hours over the oracle's.
const published = `
worldcup | 0.166 @ 1.04 | 0.0113 @ 1.11 | 0.0026 @ 1.12 | 0.0007 @ 1.30 | 0.0048 @ 1.56 | 0.0089 @ 1.20
live-streams | 1.94 @ 1.06 | 1.84 @ 1.15 | 1.75 @ 1.16 | 1.71 @ 1.39 | 0.072 @ 2.65 | 0.743 @ 1.41
shop | 1.31 @ 1.11 | 0.45 @ 1.23 | 0.411 @ 1.25 | 0.0341 @ 1.58 | – | 0.45 @ 1.23
nasa | 2.99 @ 1.12 | 1.58 @ 1.24 | 1.46 @ 1.27 | 0.367 @ 1.59 | 1.56 @ 1.25 | 0.264 @ 1.50
game-players | 0.0043 @ 1.06 | 0.0016 @ 1.22 | 0.0016 @ 1.24 | 0.0005 @ 1.58 | 0.0016 @ 1.22 | 0 @ 1.24
egress | 0.0794 @ 1.08 | 0.017 @ 1.20 | 0.0153 @ 1.22 | 0.0058 @ 1.54 | – | 0.0125 @ 1.33
mentions-aapl | 11.4 @ 1.09 | 9.85 @ 1.17 | 9.4 @ 1.19 | 7.37 @ 1.40 | 9.81 @ 1.18 | 8.32 @ 1.90
mentions-ko | 13.7 @ 1.12 | 11.4 @ 1.25 | 11.1 @ 1.27 | 8.38 @ 1.55 | – | 7.69 @ 1.99
exchange-cricket | 7.79 @ 1.03 | 5.76 @ 1.06 | 5.53 @ 1.07 | 2.08 @ 1.15 | 5.76 @ 1.07 | 5.76 @ 1.06
trades | 37.2 @ 1.22 | 34.1 @ 1.35 | 33.4 @ 1.38 | 28.8 @ 1.71 | 33.4 @ 1.38 | 19.5 @ 2.70
`

func contenders(tb testing.TB, names ...string) []Contender {
	tb.Helper()
	var all []Contender
	for _, name := range names {
		c, err := ParseContender(name)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// The whole table needs the traces, most of which may not be shipped: their
// folder is named by HEADSTART_TRACES.
func TestPeersReproduceThePublishedTable(t *testing.T) {
	folder := os.Getenv("HEADSTART_TRACES")
	if folder == "" {
		t.Skip("HEADSTART_TRACES NAMES NO FOLDER OF TRACES: the published table is not compared, but for the trace that is shipped")
	}
	for line := range strings.Lines(strings.TrimSpace(published)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		t.Run(cells[0], func(t *testing.T) { compare(t, sceneOf(t, filepath.Join(folder, cells[0])), cells[1:]) })
	}
}

// The trace that is shipped shows that the cluster and the peers are those of
// the published table, on any machine.
func TestPeersReproduceTheExamplesRow(t *testing.T) {
	for line := range strings.Lines(strings.TrimSpace(published)) {
		if cells := strings.Split(strings.TrimSpace(line), " | "); cells[0] == "mentions-ko" {
			s := sceneOf(t, "../examples/mentions-ko")
			if s.Capacity != 0.005667 {
				t.Errorf("one replica carries %g", s.Capacity)
			}
			compare(t, s, cells[1:])
			return
		}
	}
	t.Fatal("the table has no such row")
}

func compare(t *testing.T, s *Scene, cells []string) {
	t.Helper()
	p := &Play{Scene: s, Cluster: DefaultCluster(), Price: 100}
	r, err := p.Run(contenders(t, "hpa@90%", "hpa@80%", "hpa-fast@80%", "hpa@60%", "hpa+cron@80%", "last-week@80%"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range r.Rows {
		if cells[i] == "–" {
			continue
		}
		missed, cost, _ := strings.Cut(cells[i], " @ ")
		if got := 100 * *row.UnderProvisioned; !rounds(got, missed) {
			t.Errorf("%s: %.4g %% under-provisioned, published is %s", row.Autoscaler, got, missed)
		}
		if got := *row.NodeRatio; !rounds(got, cost) {
			t.Errorf("%s: cost ratio %.4f, published is %s", row.Autoscaler, got, cost)
		}
	}
}

// rounds reports whether a figure is the one written, with as many digits; one
// that lies between two may be either.
func rounds(got float64, written string) bool {
	want, err := strconv.ParseFloat(written, 64)
	if err != nil {
		return false
	}
	digits := 0
	if _, decimals, found := strings.Cut(written, "."); found {
		digits = len(decimals)
	}
	return math.Abs(got-want) <= 0.5000001*math.Pow10(-digits)*1.1 || fmt.Sprintf("%.*f", digits, got) == written
}
