package replay_test

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	. "github.com/headstart-scaler/headstart/replay"
)

// regrets is the published table of regrets: the clairvoyant at leads 90/240 s
// and price 100, then, at the prices 20, 100 and 500 and at the leads 180/420 s
// and price 100, the single peer setting that is best over all traces, the one
// that is best for this trace, and which that is.
const regrets = `
worldcup | 0.01 | 0.06 0.06 hpa@90% | 0.08 0.08 hpa-fast@90% | 0.31 0.13 hpa-fast@80% | 0.23 0.14 hpa-fast@80%
live-streams | 0.02 | 0.27 0.27 hpa@90% | 1.06 0.81 last-week@80% | 2.29 1.84 hpa+cron@80% | 1.13 1.13 last-week@80%
shop | 0.04 | 0.27 0.27 hpa@90% | 0.85 0.45 hpa@70% | 0.74 0.69 hpa@60% | 0.58 0.47 hpa@70%
nasa | 0.06 | 0.45 0.41 hpa@80% | 1.65 0.64 last-week@80% | 0.99 0.99 last-week@70% | 0.69 0.69 last-week@80%
game-players | 0.00 | 0.07 0.07 hpa@90% | 0.09 0.07 hpa@90% | 0.39 0.08 hpa@90% | 0.24 0.07 hpa@90%
egress | 0.01 | 0.09 0.09 hpa@90% | 0.12 0.12 hpa-fast@90% | 0.52 0.20 hpa-fast@90% | 0.34 0.13 hpa-fast@90%
mentions-aapl | 0.07 | 1.16 1.06 hpa-fast@70% | 5.20 3.50 hpa-fast@50% | 17.78 14.95 hpa-fast@50% | 6.59 4.94 hpa-fast@50%
mentions-ko | 0.10 | 1.49 1.34 hpa-fast@70% | 6.68 4.28 hpa-fast@50% | 18.02 18.02 last-week@70% | 5.90 5.46 hpa-fast@50%
exchange-cricket | 0.03 | 0.24 0.19 hpa@70% | 1.02 0.31 hpa-fast@50% | 2.42 0.63 hpa-fast@50% | 1.22 0.39 hpa-fast@50%
trades | 0.21 | 1.52 1.52 hpa@90% | 6.70 5.05 last-week@70% | 17.25 17.25 last-week@70% | 5.55 5.49 last-week@70%
`

// TestPeersReproduceThePublishedRegrets allows a cent: four of the 80 figures
// differ, by 0.4 % at most. Those published as the best for a trace are so among hpa,
// hpa-fast and last-week at 70 % and 80 %; at 50 % and 60 % the last is better
// still on a few. The clairvoyant's published regrets come of choices that cost a
// little more than the least: ours are lower, never higher.
func TestPeersReproduceThePublishedRegrets(t *testing.T) {
	folder := os.Getenv("HEADSTART_TRACES")
	if folder == "" {
		t.Skip("HEADSTART_TRACES NAMES NO FOLDER OF TRACES: the published regrets are not compared")
	}
	single := []string{"hpa@90%", "hpa-fast@90%", "last-week@70%", "last-week@80%"}
	for line := range strings.Lines(strings.TrimSpace(regrets)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		t.Run(cells[0], func(t *testing.T) {
			s := sceneOf(t, filepath.Join(folder, cells[0]))
			for i, cell := range cells[2:] {
				words := strings.Fields(cell)
				p := &Play{Scene: s, Cluster: DefaultCluster(), Price: []float64{20, 100, 500, 100}[i]}
				if i == 3 {
					p.Cluster.PodLead, p.Cluster.NodeLead = 180*time.Second, 420*time.Second
				}
				rows := tuned(t, p)
				hold(t, p, rows[single[i]], single[i], words[0])
				hold(t, p, rows[words[2]], words[2], words[1])
				if best := rows[Clairvoyant]; i == 1 && best > number(t, cells[1])+0.005 {
					t.Errorf("clairvoyant %.4f, published is %s", best, cells[1])
				}
			}
		})
	}
}

// tuned plays all peers over their tuning range, and returns their regrets.
func tuned(t *testing.T, p *Play) map[string]float64 {
	t.Helper()
	all := contenders(t, Clairvoyant)
	names := []string{HPA, HPAFast, LastWeek}
	if len(p.Scene.Events) > 0 {
		names = append(names, HPACron)
	}
	for _, name := range names {
		all = append(all, Tuned(name)...)
	}
	r, err := p.Run(all, nil)
	if err != nil {
		t.Fatal(err)
	}
	regrets := map[string]float64{}
	for _, row := range r.Rows {
		regrets[row.Autoscaler] = *row.Regret
	}
	return regrets
}

func hold(t *testing.T, p *Play, got float64, name, written string) {
	t.Helper()
	if want := number(t, written); !(math.Abs(got-want) <= 0.01+0.005*want) {
		t.Errorf("price %g, leads %s: regret of %s is %.4f, published is %s", p.Price, p.Cluster.PodLead, name, got, written)
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
