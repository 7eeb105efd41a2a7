package scenarios_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
)

const tick = 5 * time.Second

// stage decides a policy tick after tick.
type stage struct {
	policy decision.Policy
	state  decision.State
	scale  decision.Scale

	timeline  *calendar.Timeline // nil where no schedule was given
	overrides []decision.Override
}

// schedule takes a file with events, as marketing writes it.
func (s *stage) schedule(csv string) error {
	day := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	read := intake.Read([]byte(csv), intake.Options{Now: day})
	if !read.OK() {
		return errors.New(read.Errors[0].String())
	}
	events, err := calendar.NewSchedule(read.Events)
	if err != nil {
		return err
	}
	s.timeline = events.Timeline(nil, day, day.AddDate(0, 0, 2))
	return nil
}

// order reads KIND:REPLICAS:MINUTES:AUTHOR:REASON of an override that is given
// now.
func (s *stage) order(at time.Time, text string) error {
	part := strings.Split(text, ":")
	if len(part) != 5 {
		return fmt.Errorf("not KIND:REPLICAS:MINUTES:AUTHOR:REASON")
	}
	n, err := strconv.Atoi(part[1])
	if err != nil {
		return err
	}
	minutes, err := strconv.Atoi(part[2])
	if err != nil {
		return err
	}
	s.overrides = append(s.overrides, decision.Override{
		ID: strconv.Itoa(len(s.overrides) + 1), Kind: decision.OverrideKind(part[0]), Replicas: decision.Replicas(n),
		Until: at.Add(time.Duration(minutes) * time.Minute), Author: part[3], Reason: strings.ReplaceAll(part[4], "_", " "),
	})
	return nil
}

func newStage(folder, policy string) (stage, error) {
	file := filepath.Join(folder, "policy.yaml")
	if err := os.WriteFile(file, []byte(policy), 0o600); err != nil {
		return stage{}, err
	}
	policies, err := config.LoadPolicies(file)
	if err != nil {
		return stage{}, err
	}
	return stage{policy: policies[0]}, nil
}

// play decides a line of input after the other and returns the explanations.
// A line is a time and words: replicas=RUNNING[/READY] and, for each signal,
// NAME=VALUE or NAME=CONDITION, then what belongs to that signal.
func (s *stage) play(input string) (string, error) {
	var b strings.Builder
	for line := range strings.Lines(input) {
		in, err := s.parse(strings.Fields(line))
		if err != nil {
			return "", fmt.Errorf("%q: %w", strings.TrimSpace(line), err)
		}
		var out decision.Outcome
		s.state, out = s.policy.Decide(s.state, in)
		b.WriteString(told(out))
	}
	return b.String(), nil
}

func told(out decision.Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %d asked for", out.At.Format("15:04:05"), out.Replicas)
	if out.Warm > 0 {
		fmt.Fprintf(&b, ", and warm nodes for %d more", out.Warm)
	}
	for _, mark := range []struct {
		on   bool
		text string
	}{{!out.Active, ", inactive"}, {out.Stale, ", STALE"}, {out.Refusal != "", ", no answer: " + out.Refusal}} {
		if mark.on {
			b.WriteString(mark.text)
		}
	}
	b.WriteString("\n")
	for i, step := range out.Steps {
		fmt.Fprintf(&b, "    %3s → %-3d %s: %s\n", begun(i, step.Before), step.After, step.Name, step.Why)
	}
	return b.String()
}

func (s *stage) parse(words []string) (decision.Input, error) {
	if len(words) == 0 {
		return decision.Input{}, fmt.Errorf("an empty line")
	}
	at, err := time.Parse("15:04:05", words[0])
	if err != nil {
		return decision.Input{}, err
	}
	at = time.Date(2026, 11, 22, at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
	in := decision.Input{At: at, Tick: tick, Signals: make([]decision.Observation, len(s.policy.Signals))}
	for i := range in.Signals {
		in.Signals[i].Reading = signal.Bad(at, signal.Unreachable, "no answer within 2s")
	}
	current := -1
	for _, word := range words[1:] {
		key, text, _ := strings.Cut(word, "=")
		if i := s.index(key); i >= 0 {
			current = i
			err = s.reading(&in.Signals[i], i, text)
		} else {
			err = s.detail(&in, current, key, text)
		}
		if err != nil {
			return in, fmt.Errorf("%s: %w", word, err)
		}
	}
	in.Scale, in.Overrides = s.scale, s.overrides
	if s.timeline != nil {
		in.Events = s.timeline.Between(at, at.Add(time.Hour))
	}
	return in, nil
}

func (s *stage) index(name string) int {
	for i, sig := range s.policy.Signals {
		if sig.Name == name {
			return i
		}
	}
	return -1
}

func (s *stage) reading(o *decision.Observation, i int, text string) error {
	at := o.Reading.At
	if d, err := time.ParseDuration(text); err == nil && s.policy.Signals[i].Kind == signal.Latency {
		o.Reading = signal.Good(at, d.Seconds())
		return nil
	}
	if c := signal.Condition(text); reasons[c] != "" {
		o.Reading = signal.Bad(at, c, "%s", reasons[c])
		return nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return err
	}
	o.Reading = signal.Good(at, v)
	if s.policy.Signals[i].Kind == signal.Backlog {
		o.Reading.Group = &signal.GroupBacklog{Messages: int64(v), Rated: true, Members: int(s.scale.Ready)}
	}
	return nil
}

var reasons = map[signal.Condition]string{
	signal.Empty:       "the query matched no series",
	signal.NaN:         "the query's value is not a number",
	signal.Unreachable: "no answer within 2s",
}

func (s *stage) detail(in *decision.Input, current int, key, text string) error {
	if key == "revision" {
		s.scale.Revision = text
		return nil
	}
	if key == "replicas" {
		return s.replicas(text)
	}
	if key == "override" {
		return s.order(in.At, text)
	}
	if key == "path" && current >= 0 {
		return ahead(&in.Signals[current], text)
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return err
	}
	if key == "tolerance" {
		s.scale.Tolerance = v
		return nil
	}
	if current < 0 {
		return fmt.Errorf("no signal stands before it")
	}
	return observe(&in.Signals[current], key, v)
}

// ahead reads MEDIAN/HIGH@AHEAD, …: what is expected from then on, half of the
// time no more than MEDIAN, and one time in a thousand more than HIGH. What is
// measured is expected until the first.
func ahead(o *decision.Observation, text string) error {
	type turn struct {
		at           time.Duration
		median, high float64
	}
	turns := []turn{{0, o.Reading.Value, o.Reading.Value}}
	for part := range strings.SplitSeq(text, ",") {
		values, at, _ := strings.Cut(part, "@")
		median, high, _ := strings.Cut(values, "/")
		d, err := time.ParseDuration(at)
		if err != nil {
			return err
		}
		m, err := strconv.ParseFloat(median, 64)
		if err != nil {
			return err
		}
		h, err := strconv.ParseFloat(high, 64)
		if err != nil {
			return err
		}
		turns = append(turns, turn{d, m, h})
	}
	const step = 15 * time.Second
	var values []float64
	for at := time.Duration(0); at <= 10*time.Minute; at += step {
		for len(turns) > 1 && turns[1].at <= at {
			turns = turns[1:]
		}
		values = append(values, turns[0].median, turns[0].high)
	}
	o.Path = forecast.NewPath(o.Reading.At, step, []float64{0.5, 0.999}, values)
	return nil
}

// observe adds what a word says of the signal before it.
func observe(o *decision.Observation, key string, v float64) error {
	if key == "forecast" { // the most expected while a replica starts
		o.Path = forecast.NewPath(o.Reading.At, time.Minute, []float64{0.5, 0.99}, []float64{v, v})
		return nil
	}
	g := o.Reading.Group
	if g == nil {
		return fmt.Errorf("belongs to a backlog")
	}
	switch key {
	case "arriving":
		g.Arrival = v
	case "consumed":
		g.Consumption = v
	case "members":
		g.Members = int(v)
	case "partitions":
		g.Partitions, g.PartitionsWithLag = int(v), int(v)
	case "lagging":
		g.PartitionsWithLag = int(v)
	default:
		return fmt.Errorf("no such word")
	}
	return nil
}

func (s *stage) replicas(text string) error {
	running, ready, both := strings.Cut(text, "/")
	n, err := strconv.Atoi(running)
	if err != nil {
		return err
	}
	m := n
	if both {
		if m, err = strconv.Atoi(ready); err != nil {
			return err
		}
	}
	tolerance := s.scale.Tolerance
	if !s.scale.Known {
		tolerance = -1
	}
	s.scale = decision.Scale{Known: true, Current: decision.Replicas(n), Ready: decision.Replicas(m), Tolerance: tolerance, Revision: s.scale.Revision}
	return nil
}

// begun leaves out the number before the first step: nothing was 0.
func begun(i int, before decision.Replicas) string {
	if i == 0 {
		return ""
	}
	return strconv.Itoa(int(before))
}
