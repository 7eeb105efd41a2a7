package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/replay"
	"github.com/headstart-scaler/headstart/replay/html"
)

func (r *rehearsal) write(out io.Writer, report *replay.Report, t *told) error {
	switch r.output {
	case "json":
		return writeJSON(out, t.forPrograms(report))
	case "html":
		return html.Write(out, report, html.Options{Trace: t.trace, Lines: t.lines(report)})
	default:
		return t.text(out, report)
	}
}

// forPrograms is the report as JSON.
func (t *told) forPrograms(report *replay.Report) map[string]any {
	s, c := report.Play.Scene, report.Play.Cluster
	units := map[string]replay.Unit{}
	for _, f := range new(replay.Figures).All() {
		units[f.Name] = f.Unit
	}
	all := map[string]any{
		"summary":        report.Rows,
		"units":          units,
		"capacity":       s.Capacity,
		"capacity_found": t.capacityFound,
		"miss_price":     report.Play.Price,
		"notes":          append([]string{}, t.notes...),
		"trace": map[string]any{
			"name": t.trace, "from": s.Start.Format(time.RFC3339), "to": t.source.End().Format(time.RFC3339),
			"step_seconds": t.source.Step.Seconds(), "values": len(t.source.Values) - t.source.Gaps(), "missing": t.source.Gaps(),
			"scored_from": s.At(s.Scored).Format(time.RFC3339), "events": len(s.Events),
		},
		"cluster": map[string]any{
			"pod_lead_seconds": c.PodLead.Seconds(), "node_lead_seconds": c.NodeLead.Seconds(), "node_linger_seconds": c.Linger.Seconds(),
			"pods_per_node": c.PodsPerNode, "min": c.Min, "max": c.Max, "lead_spread": c.Spread.Pod, "seed": c.Spread.Seed,
		},
	}
	if slices.ContainsFunc(report.Rows, func(r replay.Row) bool { return r.Autoscaler == replay.Clairvoyant }) {
		all["least_total"] = report.Play.Least()
	}
	return all
}

// text is the report for a person.
func (t *told) text(out io.Writer, report *replay.Report) error {
	var b strings.Builder
	width := terminalWidth(out)
	for _, line := range t.lines(report) {
		b.WriteString(wrapped(printable(line), width, "  ") + "\n")
	}
	b.WriteString("\n")
	table := table{heads: []string{"AUTOSCALER", "MISSED", "AT EVENTS", "LATE", "NODE-HOURS", "OF ORACLE'S", "WARM UNUSED", "TOTAL", "REGRET"}}
	for _, row := range report.Rows {
		f := map[string]replay.Figure{}
		for _, figure := range row.All() {
			f[figure.Name] = figure
		}
		cell := func(name string) string {
			if !f[name].Known {
				return ""
			}
			return f[name].String()
		}
		name := row.Autoscaler
		if row.Utilisation > 0 && !strings.Contains(name, "@") {
			name += fmt.Sprintf(" at %g %%", 100*row.Utilisation)
		}
		table.row(name, cell("under_provisioned"), cell("peak_under_provisioned"), cell("minutes_late_to_peak"), cell("node_hours"),
			cell("cost_ratio"), cell("warm_node_hours_unused"), cell("total"), cell("regret"))
	}
	if err := table.writeTo(&b, width); err != nil {
		return err
	}
	b.WriteString("\n")
	for _, line := range []string{
		"MISSED is the share of demand that found no replica, AT EVENTS that within 15 minutes of an event's start, LATE how long replicas were too few there, on average.",
		fmt.Sprintf("TOTAL is %d × node-hours + %s × missed replica-hours, REGRET that over the oracle's, less 1.", report.Play.Cluster.PodsPerNode, number(report.Play.Price)),
	} {
		b.WriteString(wrapped(line, width, "  ") + "\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// lines say what was played.
func (t *told) lines(report *replay.Report) []string {
	s, c := report.Play.Scene, report.Play.Cluster
	played := fmt.Sprintf("%s: %s from %s to %s UTC, a value every %s", t.trace, days(t.source.Span()),
		s.Start.UTC().Format("2006-01-02 15:04"), t.source.End().UTC().Format("2006-01-02 15:04"), decision.Span(t.source.Step))
	if gaps := t.source.Gaps(); gaps > 0 {
		played += fmt.Sprintf(", %d missing", gaps)
	}
	played += fmt.Sprintf("; %s; scored from %s on.", plural(len(s.Events), "event", "events"), s.At(s.Scored).UTC().Format("2006-01-02 15:04"))
	capacity := fmt.Sprintf("One replica carries %s", number(s.Capacity))
	if t.capacityFound {
		capacity += ", found so that the 99th percentile is 40 replicas (--capacity says otherwise)"
	}
	cluster := fmt.Sprintf("Pods take %s, nodes %s; %s on a node; %d to %d replicas.", decision.Span(c.PodLead), decision.Span(c.NodeLead), plural(c.PodsPerNode, "pod", "pods"), c.Min, c.Max)
	if c.Spread.Pod > 0 {
		cluster += fmt.Sprintf(" Leads are drawn around that, spread %g, seed %d.", c.Spread.Pod, c.Spread.Seed)
	}
	lines := []string{played, capacity + ". " + cluster}
	for _, n := range t.notes {
		lines = append(lines, "note: "+n)
	}
	return lines
}

func number(v float64) string { return fmt.Sprintf("%.4g", v) }

// days is a long time for a person.
func days(d time.Duration) string {
	if d < 48*time.Hour {
		return decision.Span(d.Round(time.Minute))
	}
	return fmt.Sprintf("%.1f days", d.Hours()/24)
}
