package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/signal"
)

// workloadPage is the content of "why 42?".
type workloadPage struct {
	decision.Explanation
	Replicas  decision.Replicas // shown where there is no Refusal
	Warm      string            // empty where nodes are not known
	Metadata  string            // what the trigger changes of its policy
	Events    []eventRow
	Overrides []orderRow
	Marks     []mark
	Why       string
	Past      bool
	Steps     []stepRow
	Signals   []signalRow
	// Addresses of this same decision for good, of the latest one, and of the
	// forms for programs.
	Permanent, Latest, JSON string
}

// stepRow is one step of the way to the answer, with its bar on a scale all
// steps share.
type stepRow struct {
	decision.Step
	Change    string
	Tone      string // up, down or same: a class of the style sheet
	BarX      string // both in percent of the largest number met
	BarLength string
}

// signalRow is one signal's part.
type signalRow struct {
	Name, Kind, Value, Age, Capacity, Need string
	Condition                              mark
	Won                                    bool
	// Coverage is how well what was expected of it held: empty where not known.
	Coverage []coverageRow
}

// coverageRow is how often values were at or under what was expected of them some
// time before, by certainty.
type coverageRow struct {
	Ahead string
	Text  string
}

func (s *Server) showWorkload(w http.ResponseWriter, r *http.Request) error {
	sel, err := parseSelection(r, s.options.Now())
	if err != nil {
		return err
	}
	d, err := s.choose(sel)
	if err != nil {
		return asChoices(err, sel.at, pageHref)
	}
	o, trigger := &d.entry.Outcome, d.entry.Trigger
	e := d.explanation()
	content := workloadPage{
		Explanation: e, Replicas: o.Replicas, Warm: warm(e), Metadata: overridesKey(trigger.Overrides), Marks: marks(o), Why: o.Why(),
		Events: eventRows(e.Events), Overrides: orderRows(e.Overrides),
		Past: !sel.at.IsZero(), Steps: stepRows(o.Steps), Signals: signalRows(e),
		Permanent: pageHref(trigger, e.At), Latest: pageHref(trigger, time.Time{}), JSON: decisionHref(trigger, e.At),
	}
	f := frame{Title: e.Workload, Content: content}
	if !content.Past {
		f.Banners = s.banners(e.At)
	}
	return s.render(w, http.StatusOK, "workload", f)
}

// warm says for how many replicas there is to be room beside those asked for.
func warm(e decision.Explanation) string {
	switch {
	case e.Warm == nil:
		return ""
	case *e.Warm == 0:
		return "none beside those the replicas take"
	default:
		return "room for " + quantity(int(*e.Warm), "more replica", "more replicas")
	}
}

func stepRows(steps []decision.Step) []stepRow {
	largest := decision.Replicas(1)
	for _, step := range steps {
		largest = max(largest, step.Before, step.After)
	}
	percent := func(n decision.Replicas) string {
		return strconv.FormatFloat(100*float64(n)/float64(largest), 'f', 2, 64)
	}
	rows := make([]stepRow, 0, len(steps))
	for _, step := range steps {
		r := stepRow{Step: step, Tone: "same", Change: "±0", BarX: percent(0), BarLength: percent(step.After)}
		switch change := int(step.After) - int(step.Before); {
		case change > 0:
			r.Tone, r.Change = "up", "+"+strconv.Itoa(change)
			r.BarX, r.BarLength = percent(step.Before), percent(step.After-step.Before)
		case change < 0:
			r.Tone, r.Change = "down", "−"+strconv.Itoa(-change)
			r.BarX, r.BarLength = percent(step.After), percent(step.Before-step.After)
		}
		rows = append(rows, r)
	}
	return rows
}

func signalRows(e decision.Explanation) []signalRow {
	rows := make([]signalRow, 0, len(e.Signals))
	for _, m := range e.Signals {
		r := signalRow{
			Name: m.Name, Kind: m.Kind, Value: "never read", Age: "—", Capacity: "—", Need: "—",
			Condition: mark{m.Condition, toneWarn}, Won: m.Name == e.Winner,
		}
		if m.Condition == string(signal.Fine) {
			r.Condition.Tone = toneGood
		}
		r.Coverage = coverageRows(m.Coverage)
		kind := signal.Kind(m.Kind)
		if m.Usable {
			r.Value = number(m.Value) + kind.Unit()
			r.Age = span(time.Duration(m.AgeSeconds * float64(time.Second)))
		}
		if m.Capacity > 0 {
			r.Capacity = number(m.Capacity) + capacityUnit(kind)
			if m.Usable {
				r.Need = strconv.Itoa(int(m.Need))
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// coverageRows put the certainties of one time ahead into a line.
func coverageRows(all []decision.Realised) (rows []coverageRow) {
	held := func(c decision.Realised) string { return strconv.FormatFloat(100*c.Share, 'f', 1, 64) + " %" }
	meant := func(c decision.Realised) string { return number(100*c.Quantile) + " %" }
	for _, c := range all {
		ahead := span(time.Duration(c.AheadSeconds * float64(time.Second)))
		if len(rows) == 0 || rows[len(rows)-1].Ahead != ahead {
			rows = append(rows, coverageRow{Ahead: ahead})
			rows[len(rows)-1].Text = "with " + meant(c) + " certainty in " + held(c) + " of all minutes"
			continue
		}
		rows[len(rows)-1].Text += ", with " + meant(c) + " in " + held(c)
	}
	return rows
}

// capacityUnit is the unit of what one replica carries: a consumer's capacity
// is messages per second, not messages.
func capacityUnit(k signal.Kind) string {
	if k == signal.Backlog {
		return " messages/s"
	}
	return k.Unit()
}
