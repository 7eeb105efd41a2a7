package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/decision"
)

// effect is what an override does: the decisions before it and with it.
type effect struct {
	Override      override
	Before, After *decision.Explanation
	// Note says why there is no decision that shows it.
	Note string
}

// decision asks for the decision in force; nil where there is none to be had,
// and why.
func (c *client) decision(ctx context.Context, workload string) (e *decision.Explanation, why string, err error) {
	namespace, name, _ := strings.Cut(workload, "/")
	r, err := c.send(ctx, call{method: http.MethodGet, path: "workloads/" + namespace + "/" + name + "/decision"})
	if unasked(err) {
		return nil, "KEDA has not asked for " + workload + " yet: see whether the name is that of its ScaledObject.", err
	}
	if err != nil {
		return nil, "the decision cannot be asked for: " + err.Error(), err
	}
	var explained decision.Explanation
	if err := c.decode(r, &explained); err != nil {
		return nil, err.Error(), err
	}
	return &explained, "", nil
}

// unasked reports whether there is no decision because KEDA never asked for one.
func unasked(err error) bool {
	refused, ok := errors.AsType[apiError](err)
	return ok && refused.is("no-decision")
}

// decided asks for decisions until one shows the override, or shows it no more;
// and says why not where none does in time.
func (c *client) decided(ctx context.Context, o override, wait time.Duration, shown bool) (last *decision.Explanation, why string) {
	if wait <= 0 {
		return nil, ""
	}
	const again = 200 * time.Millisecond
	deadline := time.Now().Add(wait)
	for {
		var err error
		if last, why, err = c.decision(ctx, o.Workload); err == nil && takes(last, o) == shown {
			return last, ""
		}
		if unasked(err) {
			return nil, why
		}
		if err == nil {
			why = fmt.Sprintf("no decision has taken it into account within %s; ask headstart explain %s", wait, o.Workload)
		}
		left := time.Until(deadline)
		if left <= 0 {
			return last, why
		}
		select {
		case <-ctx.Done():
			return last, why
		case <-time.After(min(again, left)):
		}
	}
}

// takes reports whether a decision took an override into account.
func takes(e *decision.Explanation, o override) bool {
	for _, told := range e.Overrides {
		if told.ID == strconv.FormatInt(o.ID, 10) {
			return true
		}
	}
	return false
}

// created says what was ordered, until when.
func (e effect) created() string {
	o := e.Override
	return printableLines(fmt.Sprintf("Override %d: %s has %s until %s.\n", o.ID, o.Workload, o.words(), o.until()))
}

// until is when an override was to end, on the clock of this machine too where
// that is another one.
func (o override) until() string {
	text := utcClock(o.End) + " UTC"
	if here := o.End.Local(); here.Format(time.DateTime) != o.End.UTC().Format(time.DateTime) {
		text += " (" + here.Format("Mon 15:04:05 MST") + " here)"
	}
	return text
}

// words is what an override orders, in a sentence.
func (o override) words() string {
	switch o.Kind {
	case "floor", "ceiling", "fixed":
		return o.order() + " " + strings.TrimPrefix(plural(o.Replicas, "replica", "replicas"), strconv.Itoa(o.Replicas)+" ")
	case "ignore-schedule":
		return "replicas as if there were no events"
	case "ignore-forecast":
		return "replicas as if there were no forecast"
	default:
		return o.Kind
	}
}

// text says what happens now.
func (e effect) text() string {
	var b strings.Builder
	if e.Before != nil {
		fmt.Fprintf(&b, "before  %s\n", answer(e.Before))
	}
	if e.After != nil && e.Note == "" {
		fmt.Fprintf(&b, "now     %s\nwhy     headstart explain %s\n", answer(e.After), e.Override.Workload)
	}
	notes := e.Override.Notes
	if e.Note != "" && !slices.Contains(notes, e.Note) { // the server may have said it
		notes = append(slices.Clip(notes), e.Note)
	} else if e.After != nil && e.After.Mode == decision.Shadow && len(notes) == 0 {
		notes = []string{"the policy is in shadow: KEDA is answered with the floor all the same"}
	}
	for _, n := range notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	return printableLines(b.String())
}

// answer is what a decision gives KEDA.
func answer(e *decision.Explanation) string {
	if e.Replicas == nil {
		return "no answer: " + cmp.Or(e.Refusal, "it is not said why")
	}
	text := plural(int(*e.Replicas), "replica", "replicas")
	if e.Plan != nil && *e.Plan != *e.Replicas {
		text += fmt.Sprintf(" (%s; the plan is %d)", e.Mode, *e.Plan)
	}
	return text + " at " + e.At.UTC().Format(time.TimeOnly) + " UTC"
}

// forPrograms is the effect as JSON.
func (e effect) forPrograms() map[string]any {
	e.Override.Notes = whole(e.Override.Notes)
	return map[string]any{"override": e.Override, "before": e.Before, "after": e.After, "note": e.Note}
}
