package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headstart-scaler/headstart/replay"
)

// leads are the times that pods and nodes take, in seconds.
type leads struct {
	Pod  uint64 `json:"pod_lead_seconds"`
	Node uint64 `json:"node_lead_seconds"`
}

// cell is a price and the leads it is played at.
type cell struct {
	Price float64 `json:"price"`
	leads
}

func (l leads) String() string { return fmt.Sprintf("%d/%d s", l.Pod, l.Node) }

func (c cell) String() string { return fmt.Sprintf("price %g, leads %s", c.Price, c.leads) }

// wrongCell is where wrong calendars are played.
func wrongCell() cell { return cell{100, leads{90, 240}} }

// fare is how an autoscaler fared in a cell: the share of demand that it missed,
// its node-hours over the oracle's, and its regret.
type fare struct {
	Missed figure `json:"missed"`
	Nodes  figure `json:"nodes"`
	Regret figure `json:"regret"`
}

// setting is a peer at a target.
type setting struct {
	Name string `json:"name"`
	fare
}

// game is a trace in a cell: what came of it.
type game struct {
	Trace  string `json:"trace"`
	Events int    `json:"events"`
	cell
	Headstart   fare      `json:"headstart"`
	Clairvoyant fare      `json:"clairvoyant"`
	Peers       []setting `json:"peers"`                     // all settings, in one order
	Wrong       []setting `json:"wrong_calendars,omitempty"` // in wrongCell alone

	subject *subject
}

// peerNames are the peers, the simplest first: where two do alike, it is named.
func peerNames() []string {
	return []string{replay.HPA, replay.HPAFast, replay.LastWeek, replay.HPACron}
}

// settings are all that a peer may be set to. Without an event a cron trigger is
// none, and what has one is the HPA that has the same target.
func settings(s *replay.Scene) []replay.Contender {
	var all []replay.Contender
	for _, name := range peerNames() {
		if name != replay.HPACron || len(s.Events) > 0 {
			all = append(all, replay.Tuned(name)...)
		}
	}
	return all
}

// playAll plays each trace in each cell, several at once.
func playAll(subjects []*subject, o options, progress io.Writer) ([]*game, error) {
	for _, s := range subjects {
		var err error
		if !o.wrong || len(s.scene.Events) == 0 {
			continue
		}
		if s.wrong, err = wrongCalendars(s.scene, o.seed); err != nil {
			return nil, fmt.Errorf("trace %s: %w", s.name, err)
		}
	}
	var games []*game
	for _, s := range subjects {
		for _, c := range o.cells {
			games = append(games, &game{Trace: s.name, Events: len(s.scene.Events), cell: c, subject: s})
		}
	}
	reports, err := together(games, progress)
	if err != nil {
		return nil, err
	}
	for i, g := range games {
		// What peers do does not depend on the price: they play in the first of the
		// cells that share the leads.
		first := slices.IndexFunc(games, func(o *game) bool { return o.subject == g.subject && o.leads == g.leads })
		g.settle(reports[i], reports[first])
	}
	return games, nil
}

// together plays games, the longest first, so that none is alone at the end.
func together(games []*game, progress io.Writer) ([]*replay.Report, error) {
	order := make([]int, len(games))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return len(games[b].subject.scene.Demand) - len(games[a].subject.scene.Demand)
	})
	reports, errs := make([]*replay.Report, len(games)), make([]error, len(games))
	var next, done atomic.Int64
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for k := int(next.Add(1)) - 1; k < len(order); k = int(next.Add(1)) - 1 {
				i := order[k]
				reports[i], errs[i] = games[i].play(firstOfLeads(games, i))
				fmt.Fprintf(progress, "%d of %d played: %s, %s\n", done.Add(1), len(games), games[i].Trace, games[i].cell) //nolint:errcheck // told in passing
			}
		})
	}
	group.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("trace %s, %s: %w", games[i].Trace, games[i].cell, err)
		}
	}
	return reports, nil
}

// firstOfLeads reports whether a game is the first of its trace with its leads.
func firstOfLeads(games []*game, i int) bool {
	return !slices.ContainsFunc(games[:i], func(g *game) bool {
		return g.subject == games[i].subject && g.leads == games[i].leads
	})
}

func (g *game) play(withPeers bool) (*replay.Report, error) {
	cluster := replay.DefaultCluster()
	cluster.PodLead, cluster.NodeLead = time.Duration(g.Pod)*time.Second, time.Duration(g.Node)*time.Second
	clairvoyant, err := replay.ParseContender(replay.Clairvoyant)
	if err != nil {
		return nil, err
	}
	all := []replay.Contender{replay.Headstart(replay.HeadstartOptions{}), clairvoyant}
	if g.cell == wrongCell() {
		for _, w := range g.subject.wrong {
			all = append(all, replay.Headstart(replay.HeadstartOptions{Name: w.name, Calendar: w.timeline}))
		}
	}
	if withPeers {
		all = append(all, settings(g.subject.scene)...)
	}
	play := &replay.Play{Scene: g.subject.scene, Cluster: cluster, Price: g.Price}
	report, err := play.Run(all, nil)
	if err == nil && !(report.Oracle.DemandHours > 0) {
		err = fmt.Errorf("nothing is demanded in the part that is scored: it cannot be judged by")
	}
	return report, err
}

// settle takes the figures from the reports of this game and of the peers'.
func (g *game) settle(own, peers *replay.Report) {
	judged := func(row replay.Row, in *replay.Report) fare {
		pods, price := float64(in.Play.Cluster.PodsPerNode), g.Price
		paid := pods*row.NodeHours + price*row.MissedHours
		least := pods*in.Oracle.NodeHours + price*in.Oracle.MissedHours
		return fare{figure(*row.UnderProvisioned), figure(*row.NodeRatio), figure(paid/least - 1)}
	}
	find := func(in *replay.Report, name string) fare {
		i := slices.IndexFunc(in.Rows, func(r replay.Row) bool { return r.Autoscaler == name })
		return judged(in.Rows[i], in)
	}
	g.Headstart, g.Clairvoyant = find(own, replay.HeadstartName), find(own, replay.Clairvoyant)
	if g.cell == wrongCell() {
		for _, w := range g.subject.wrong {
			g.Wrong = append(g.Wrong, setting{w.name, find(own, w.name)})
		}
	}
	for _, c := range settings(g.subject.scene) {
		g.Peers = append(g.Peers, setting{c.Name, find(peers, c.Name)})
	}
	if g.Events == 0 {
		for i, c := range replay.Tuned(replay.HPACron) {
			g.Peers = append(g.Peers, setting{c.Name, g.Peers[i].fare})
		}
	}
}
