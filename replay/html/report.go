package html

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/headstart-scaler/headstart/replay"
)

//go:embed page.html style.css
var files embed.FS

// Options are what a report says beside its figures.
type Options struct {
	// Trace is what the trace is called; Lines say what was played.
	Trace string
	Lines []string
}

// Write writes a report as one page. Its first row is Headstart's, whose run was
// recorded; that of the first peer recorded is drawn beside it.
func Write(w io.Writer, r *replay.Report, o Options) error {
	page, err := newPage(r, o)
	if err != nil {
		return err
	}
	t, err := template.ParseFS(files, "page.html")
	if err != nil {
		return fmt.Errorf("parse the page: %w", err)
	}
	if err := t.Execute(w, page); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// page is what the template shows.
type page struct {
	Options
	Style                      template.CSS
	Verdict                    []string
	Tiles                      []tile
	Beside                     string // the peer that is drawn too
	Overview, Frontier         figure
	Costs                      []bar
	Shortfalls, Events         []figure
	ShortfallsMore, EventsMore string
	Figures                    grid
	Price, PodsPerNode         string
}

// tile is a figure that is shown large, and the peer's.
type tile struct{ Name, Value, Beside string }

// figure is a drawing with its caption and the table that says the same.
type figure struct {
	ID, Title, Caption string
	Drawing            template.HTML
	Table              grid
}

// grid is a table: its first column names the rows.
type grid struct {
	Heads []string
	Rows  [][]string
}

// bar is what an autoscaler pays, its parts in percent of the dearest.
type bar struct {
	Name          string
	Nodes, Missed float64
	Text          string
	Ours          bool
}

// drawing is an SVG of ours, in which texts of others are escaped.
func drawing(svg string) template.HTML { return template.HTML(svg) } //nolint:gosec // every text in it went through html.EscapeString

// subject is the run that a report is of, and the one beside it.
type subject struct {
	report      *replay.Report
	row         replay.Row
	run, beside *replay.Run
}

func newSubject(r *replay.Report) (subject, error) {
	if len(r.Rows) == 0 {
		return subject{}, fmt.Errorf("draw the report: nothing was played")
	}
	s := subject{report: r, row: r.Rows[0]}
	for i := range r.Runs {
		run := &r.Runs[i]
		switch {
		case run.Autoscaler == s.row.Autoscaler:
			s.run = run
		case s.beside == nil && run.Autoscaler != replay.Oracle && run.Autoscaler != replay.Clairvoyant:
			s.beside = run
		}
	}
	if s.run == nil {
		return s, fmt.Errorf("draw the report: the steps of %s were not recorded", s.row.Autoscaler)
	}
	return s, nil
}

func newPage(r *replay.Report, o Options) (*page, error) {
	s, err := newSubject(r)
	if err != nil {
		return nil, err
	}
	style, err := files.ReadFile("style.css")
	if err != nil {
		return nil, err
	}
	p := &page{
		Options: o, Style: template.CSS(style), //nolint:gosec // ours
		Verdict: s.verdict(), Tiles: s.tiles(), Costs: s.costs(), Figures: s.figures(),
		Overview: s.overview(), Frontier: s.frontier(),
		Price: fmt.Sprintf("%.4g", r.Play.Price), PodsPerNode: fmt.Sprint(r.Play.Cluster.PodsPerNode),
	}
	if s.beside != nil {
		p.Beside = label(s.besideRow())
	}
	p.Shortfalls, p.ShortfallsMore = s.shortfalls()
	p.Events, p.EventsMore = s.events()
	return p, nil
}

func (s subject) besideRow() replay.Row { return s.named(s.beside.Autoscaler) }

func (s subject) named(name string) replay.Row {
	i := slices.IndexFunc(s.report.Rows, func(r replay.Row) bool { return r.Autoscaler == name })
	if i < 0 {
		return replay.Row{Autoscaler: name}
	}
	return s.report.Rows[i]
}

// label is the name of an autoscaler with its target.
func label(r replay.Row) string {
	if r.Utilisation > 0 && !strings.Contains(r.Autoscaler, "@") {
		return fmt.Sprintf("%s at %g %%", r.Autoscaler, math.Round(1000*r.Utilisation)/10)
	}
	return r.Autoscaler
}

// recorded are the rows whose runs are: those that somebody named.
func (s subject) recorded() []replay.Row {
	var rows []replay.Row
	for _, row := range s.report.Rows {
		if slices.ContainsFunc(s.report.Runs, func(r replay.Run) bool { return r.Autoscaler == row.Autoscaler }) {
			rows = append(rows, row)
		}
	}
	return rows
}

// verdict says in sentences how Headstart fared, the bad too.
func (s subject) verdict() []string {
	f := s.row.Figures
	if f.UnderProvisioned == nil || f.NodeRatio == nil {
		return []string{"Nothing was demanded in the part of the trace that is scored."}
	}
	lines := []string{fmt.Sprintf("%s left %s of the work without a replica, with %.2f times the node-hours of an oracle.",
		title(s.row.Autoscaler), share(f.UnderProvisioned), *f.NodeRatio)}
	settings, better, best := s.peers()
	if settings == 0 {
		return lines
	}
	lines = append(lines, fmt.Sprintf("Of %d settings of peers, %s missed as little for as little.", settings, counted(better)))
	if s.report.Play.Price > 0 {
		lines = append(lines, fmt.Sprintf("At a price of %.4g for a missed replica-hour it pays %s: %s than %s, the peer that is best here in hindsight.",
			s.report.Play.Price, thousands(f.Total), compared(f.Total, best.Total), label(*best)))
	}
	return lines
}

// peers are how many settings of peers were played, how many of them missed no
// more and cost no more, and the one that pays least.
func (s subject) peers() (settings, better int, best *replay.Row) {
	f, seen := s.row.Figures, map[string]bool{}
	for i := range s.report.Rows {
		row := &s.report.Rows[i]
		name, _, _ := strings.Cut(row.Autoscaler, "@")
		key := fmt.Sprintf("%s %g", name, row.Utilisation)
		if row.Utilisation == 0 || row.UnderProvisioned == nil || row.NodeRatio == nil || seen[key] {
			continue
		}
		seen[key] = true
		settings++
		if *row.UnderProvisioned <= *f.UnderProvisioned && *row.NodeRatio <= *f.NodeRatio {
			better++
		}
		if best == nil || row.Total < best.Total {
			best = row
		}
	}
	return settings, better, best
}

func title(name string) string {
	if name == "" {
		return name
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

func counted(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

// compared says how much more or less one total is than another.
func compared(ours, theirs float64) string {
	if theirs <= 0 {
		return "no less"
	}
	change := ours/theirs - 1
	switch {
	case math.Abs(change) < 0.005:
		return "as much"
	case change < 0:
		return fmt.Sprintf("%.0f %% less", -100*change)
	case change > 1:
		return fmt.Sprintf("%.1f times more", ours/theirs)
	default:
		return fmt.Sprintf("%.0f %% more", 100*change)
	}
}

func share(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.3g %%", 100**v)
}

// thousands is a whole number with thin spaces between thousands.
func thousands(v float64) string {
	text := fmt.Sprintf("%.0f", v)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "\u202f" + text[i:]
	}
	return text
}

func (s subject) tiles() []tile {
	shown := []struct{ name, figure string }{
		{"work without a replica", "under_provisioned"},
		{"the same around events", "peak_under_provisioned"},
		{"late at events", "minutes_late_to_peak"},
		{"node-hours over the oracle's", "cost_ratio"},
		{"regret", "regret"},
	}
	var peer replay.Row
	if s.beside != nil {
		peer = s.besideRow()
	}
	var all []tile
	for _, k := range shown {
		ours, known := figureOf(s.row, k.figure)
		if !known {
			continue
		}
		t := tile{Name: k.name, Value: ours}
		if theirs, known := figureOf(peer, k.figure); known && s.beside != nil {
			t.Beside = label(peer) + ": " + theirs
		}
		all = append(all, t)
	}
	return all
}

func figureOf(r replay.Row, name string) (string, bool) {
	for _, f := range r.All() {
		if f.Name == name {
			return f.String(), f.Known
		}
	}
	return "", false
}

func (s subject) costs() []bar {
	rows := s.recorded()
	dearest := 0.0
	for _, r := range rows {
		dearest = max(dearest, r.Total)
	}
	if dearest <= 0 {
		return nil
	}
	var all []bar
	for _, r := range rows {
		nodes := float64(s.report.Play.Cluster.PodsPerNode) * r.NodeHours
		all = append(all, bar{
			Name: label(r), Nodes: 100 * nodes / dearest, Missed: 100 * (r.Total - nodes) / dearest,
			Text: fmt.Sprintf("%s = %s nodes + %s missed", thousands(r.Total), thousands(nodes), thousands(r.Total-nodes)),
			Ours: r.Autoscaler == s.row.Autoscaler,
		})
	}
	return all
}

// figures is the table of all figures: a row each, a column an autoscaler.
func (s subject) figures() grid {
	rows := s.recorded()
	g := grid{Heads: []string{"figure"}}
	for _, r := range rows {
		g.Heads = append(g.Heads, label(r))
	}
	for i, f := range s.row.All() {
		line := []string{words(f.Name)}
		for _, r := range rows {
			if v := r.All()[i]; v.Known {
				line = append(line, v.String())
			} else {
				line = append(line, "–")
			}
		}
		g.Rows = append(g.Rows, line)
	}
	return g
}

// words is the name of a figure for a person.
func words(name string) string {
	if text, ok := map[string]string{
		"under_provisioned": "demand without a replica", "peak_under_provisioned": "the same within 15 min of an event's start",
		"accuracy_u": "accuracy U: on average below demand by", "accuracy_o": "accuracy O: on average above demand by",
		"timeshare_u": "time below demand", "timeshare_o": "time above demand",
		"forecast_coverage": "demand within what was expected at most", "forecast_quantile": "the same as it was to be",
		"jitter":               "jitter: scaling actions beyond demand's own changes",
		"minutes_late_to_peak": "late at events, on average", "minutes_late_to_peak_worst": "late at events, at worst",
		"replica_hours_ratio": "replica-hours over the oracle's", "cost_ratio": "node-hours over the oracle's",
		"total": "total: nodes and what is missed, in replica-hours", "price": "price of a missed replica-hour",
	}[name]; ok {
		return text
	}
	return strings.ReplaceAll(name, "_", " ")
}
