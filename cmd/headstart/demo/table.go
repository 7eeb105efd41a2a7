package demo

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/workload"
)

// table is what the demo shows: for each workload its demand, what runs, what
// is asked for and why, and how both went lately.
type table struct {
	out      io.Writer
	width    func() int // nil off a terminal
	header   string
	scale    func(workload.ID) decision.Scale
	agenda   func() *pipeline.Agenda
	history  map[workload.ID]*track
	lastAsks map[workload.ID]decision.Replicas
	lastLine time.Time
}

// track is the recent past of one workload.
type track struct {
	demand, ready []float64
}

const (
	usualHTTP   = "127.0.0.1:8080" // where explain asks by itself
	trackLength = 48
	quietLines  = 10 * time.Second // off a terminal, a line at least this often
)

func newTable(s Screen, scale func(workload.ID) decision.Scale) *table {
	ask := "headstart explain demo/deposits"
	if s.HTTP != usualHTTP {
		ask += " --server http://" + s.HTTP
	}
	return &table{
		out: s.Out, width: s.Width, scale: scale, agenda: s.Agenda,
		header:  fmt.Sprintf("gRPC %s · pages http://%s · beside it: %s · Ctrl-C ends it", s.GRPC, s.HTTP, ask),
		history: map[workload.ID]*track{}, lastAsks: map[workload.ID]decision.Replicas{},
	}
}

// show draws the snapshot.
func (t *table) show(s *pipeline.Snapshot, now time.Time) error {
	entries := make([]*pipeline.Entry, 0, s.Len())
	for e := range s.All {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b *pipeline.Entry) int {
		return cmp.Compare(a.Trigger.Workload.String(), b.Trigger.Workload.String())
	})
	for _, e := range entries {
		t.remember(e)
	}
	if t.width != nil {
		return t.draw(entries, now)
	}
	return t.lines(entries, now)
}

func (t *table) remember(e *pipeline.Entry) {
	id := e.Trigger.Workload
	h := t.history[id]
	if h == nil {
		h = &track{}
		t.history[id] = h
	}
	h.demand = append(h.demand, demandOf(e.Outcome))
	h.ready = append(h.ready, float64(t.scale(id).Ready))
	if len(h.demand) > trackLength {
		h.demand, h.ready = h.demand[1:], h.ready[1:]
	}
}

// demandOf is the value the sparkline follows: the first signal's that is not
// a latency.
func demandOf(o decision.Outcome) float64 {
	for _, c := range o.Inputs {
		if c.Kind != signal.Latency {
			return c.Value
		}
	}
	return 0
}

func (t *table) draw(entries []*pipeline.Entry, now time.Time) error {
	const margin = 12
	width := max(40, t.width()-margin-1)
	var b strings.Builder
	b.WriteString("\x1b[H\x1b[J") // home, clear below
	fmt.Fprintf(&b, "\x1b[1mHeadstart demo\x1b[0m  %s\n%s\n\n", now.UTC().Format("15:04:05Z"), wrap(t.header, width+margin, ""))
	if event := upcoming(t.agenda(), now); event != "" {
		fmt.Fprintf(&b, "\x1b[35m%s\x1b[0m\n\n", wrap(event, width+margin, ""))
	}
	for _, e := range entries {
		id, sc, h := e.Trigger.Workload, t.scale(e.Trigger.Workload), t.history[e.Trigger.Workload]
		fmt.Fprintf(&b, "\x1b[1m%-16s\x1b[0m %s\n", id, demandText(e.Outcome))
		fmt.Fprintf(&b, "  replicas  %s asked, %d running, %d ready%s\n", bold(e.Outcome.Replicas), sc.Current, sc.Ready, staleText(e.Outcome))
		fmt.Fprintf(&b, "  demand    \x1b[36m%s\x1b[0m\n  ready     \x1b[32m%s\x1b[0m\n", sparkline(h.demand), sparkline(h.ready))
		fmt.Fprintf(&b, "  why       %s\n\n", wrap(whyText(e.Outcome), width, strings.Repeat(" ", margin)))
	}
	_, err := fmt.Fprint(t.out, b.String())
	return err
}

// lines writes a line per workload when its answer changed, and now and then.
func (t *table) lines(entries []*pipeline.Entry, now time.Time) error {
	due := now.Sub(t.lastLine) >= quietLines
	if due {
		t.lastLine = now
		if event := upcoming(t.agenda(), now); event != "" {
			if _, err := fmt.Fprintf(t.out, "%s  %s\n", now.UTC().Format("15:04:05Z"), event); err != nil {
				return err
			}
		}
	}
	for _, e := range entries {
		id := e.Trigger.Workload
		before, seen := t.lastAsks[id]
		if seen && before == e.Outcome.Replicas && !due {
			continue
		}
		t.lastAsks[id] = e.Outcome.Replicas
		sc := t.scale(id)
		if _, err := fmt.Fprintf(t.out, "%s  %-15s  %-34s  %3d asked, %3d ready%s  %s\n", now.UTC().Format("15:04:05Z"), id,
			demandText(e.Outcome), e.Outcome.Replicas, sc.Ready, staleText(e.Outcome), whyText(e.Outcome)); err != nil {
			return err
		}
	}
	return nil
}

func bold(n decision.Replicas) string { return fmt.Sprintf("\x1b[1m%d\x1b[0m", n) }

func staleText(o decision.Outcome) string {
	if o.Stale {
		return "  STALE"
	}
	return ""
}

func demandText(o decision.Outcome) string {
	var parts []string
	for _, c := range o.Inputs {
		switch {
		case !c.Usable:
			parts = append(parts, c.Signal+" not read yet")
		case c.Kind == signal.Latency:
			parts = append(parts, fmt.Sprintf("%s %d ms", c.Signal, int(c.Value*1000)))
		default:
			parts = append(parts, fmt.Sprintf("%.0f%s", c.Value, c.Kind.Unit()))
		}
	}
	return strings.Join(parts, ", ")
}

// whyText is the step that settled the number: the last one that changed it,
// or the winner's.
func whyText(o decision.Outcome) string {
	if o.Refusal != "" {
		return o.Refusal
	}
	why := ""
	for _, s := range o.Steps {
		if s.After != s.Before || why == "" {
			why = s.Name + ": " + s.Why
		}
	}
	return why
}

// sparkline draws values as bars from 0 to their maximum.
func sparkline(values []float64) string {
	bars := []rune("▁▂▃▄▅▆▇█")
	top := slices.Max(append([]float64{1}, values...))
	var b strings.Builder
	for _, v := range values {
		b.WriteRune(bars[min(len(bars)-1, max(0, int(v/top*float64(len(bars)))))])
	}
	return b.String()
}

// wrap breaks text at spaces; further lines start with indent.
func wrap(text string, width int, indent string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if i > 0 && column+1+n > width {
			b.WriteString("\n" + indent)
			column = 0
		} else if i > 0 {
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
