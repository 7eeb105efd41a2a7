package decision

import (
	"math"
	"strconv"
	"time"

	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/signal"
)

// Seen is what one signal's past says of an event that counts in an outcome.
type Seen struct {
	// Event is its index in the outcome's Events.
	Event  int
	Signal string
	Kind   signal.Kind
	forecast.Calibration
	// Learned says that what events of its class did is planned with, and not the
	// number it was announced with.
	Learned bool
	// Middle is the factor on the level before that is planned with, AtMost the one
	// that is not exceeded with the policy's Certainty; 0 where it is not awaited.
	Middle, AtMost, Certainty float64
}

// calibrate notes what is known of the events that count.
func (d *deliberation) calibrate() {
	for i := range d.policy.Signals {
		past, learned := d.in.Signals[i].Past, d.learned(i)
		if past == nil && !learned {
			continue
		}
		for j, e := range d.out.Events {
			if !e.Impact().OnDemand() {
				continue
			}
			sig := &d.policy.Signals[i]
			s := Seen{Event: j, Signal: sig.Name, Kind: sig.Kind, Calibration: past.Of(e), Learned: learned, Certainty: d.policy.Quantile}
			s.Middle, _ = s.Planned(0.5)
			s.AtMost, _ = s.Planned(s.Certainty)
			d.out.Seen = append(d.out.Seen, s)
		}
	}
}

// Text says what is known of an event, in a line: what it was announced with, how
// the last ones went, and what is planned with.
func (s *Seen) Text() string {
	var room [192]byte
	text := sentence(room[:0])
	if s.Announced > 0 {
		text = text.words("announced ×").num(s.Announced).words(", ")
	}
	text = text.lifts(s.Past, s.Kind)
	switch {
	case s.Began && s.Came:
		return string(text.words("; it has come").soFar(s.SoFar))
	case s.Began && s.Middle == 0 && s.Learned:
		return string(text.words("; it has not come, and is awaited no more"))
	case s.Began && s.Learned:
		text = text.words("; it has not shown yet")
	}
	switch {
	case s.Learned && s.Middle > 0:
		return string(text.words("; planned with ").factor(s.Middle).words(", at most ").factor(s.AtMost).
			words(" with ", percent(s.Certainty), " certainty"))
	case !s.Learned && s.Announced > 0:
		return string(text.words("; planned with the announced ×").num(s.Announced))
	default:
		return string(text)
	}
}

// Record is what the last events of a class did to a signal.
type Record struct {
	past []forecast.Lift
	kind signal.Kind
}

// Mean is the geometric mean of the factors of those that came; 0 where none did.
func (r Record) Mean() float64 {
	mean, _ := forecast.Calibration{Past: r.past}.Mean()
	return mean
}

// String says it in a line: the last 5 were ×1.8 (×1.6 to ×2.1).
func (r Record) String() string { return string(sentence(nil).lifts(r.past, r.kind)) }

// Records calls yield with what is known of each class of events by the signal, in
// no order, until it returns false.
func (c *Component) Records(yield func(class string, r Record) bool) {
	for class, past := range c.Past.Classes {
		if !yield(class, Record{past, c.Kind}) {
			return
		}
	}
}

// FactorText writes a factor with the digits that anybody plans with: ×1.8, ×24.
func FactorText(factor float64) string { return string(sentence(nil).factor(factor)) }

// lifts says how the last events of a class went.
func (s sentence) lifts(past []forecast.Lift, kind signal.Kind) sentence {
	n := len(past)
	c := forecast.Calibration{Past: past}
	mean, factors := c.Mean()
	missing := c.Missing()
	switch {
	case n == 0:
		return s.words("not seen yet")
	case missing == n && n == 1:
		return s.words("the last one did not come")
	case missing == n:
		return s.words("none of the last ", strconv.Itoa(n), " came")
	case n == 1:
		s = s.words("the last one was ")
	default:
		s = s.words("the last ", strconv.Itoa(n), " were ")
	}
	if !factors { // from nothing
		s = s.words("up to ").num(most(past)).words(kind.Unit(), " from none")
	} else {
		s = s.factor(mean).span(past)
	}
	if missing > 0 {
		s = s.words(", ", strconv.Itoa(missing), " of ", strconv.Itoa(n), " did not come")
	}
	return s
}

// span is from which factor to which those were that came, where they differ.
func (s sentence) span(past []forecast.Lift) sentence {
	least, greatest := math.Inf(1), 0.0
	for _, l := range past {
		if f := l.Factor(); l.Came && f > 0 {
			least, greatest = min(least, f), max(greatest, f)
		}
	}
	low, high := string(sentence(nil).factor(least)), string(sentence(nil).factor(greatest))
	if low == high {
		return s
	}
	return s.words(" (", low, " to ", high, ")")
}

func most(past []forecast.Lift) (level float64) {
	for _, l := range past {
		if l.Came {
			level = max(level, l.Most)
		}
	}
	return level
}

func (s sentence) soFar(factor float64) sentence {
	if factor == 0 { // from nothing
		return s
	}
	return s.words(", ").factor(factor).words(" so far")
}

func (s sentence) factor(x float64) sentence {
	if x >= 10 {
		return s.words("×", strconv.FormatFloat(x, 'f', 0, 64))
	}
	return s.words("×", trimZeros(strconv.FormatFloat(x, 'f', 1, 64)))
}

// Account is what is known of an event by a signal's past, in an explanation.
type Account struct {
	Signal string `json:"signal"`
	// Text says it all.
	Text string `json:"text"`
	// Announced is the multiplier it was announced with; Mean the geometric mean of
	// the factors of the last ones that came, and Missing how many did not.
	Announced float64 `json:"announced,omitempty"`
	Mean      float64 `json:"mean,omitempty"`
	Missing   int     `json:"missing,omitempty"`
	// Planned is the factor that is planned with, AtMost the one that is not
	// exceeded with Certainty, and SoFar the one that has been reached.
	Planned   float64       `json:"planned,omitempty"`
	AtMost    float64       `json:"at_most,omitempty"`
	Certainty float64       `json:"certainty,omitempty"`
	SoFar     float64       `json:"so_far,omitempty"`
	Past      []PastAccount `json:"past,omitempty"`
}

// PastAccount is what one event of a class did, the level of an hour before its
// start and the most in the signal's unit.
type PastAccount struct {
	Start       time.Time `json:"start"`
	Announced   float64   `json:"announced,omitempty"`
	Came        bool      `json:"came"`
	Factor      float64   `json:"factor,omitempty"`
	Before      float64   `json:"before"`
	Most        float64   `json:"most"`
	PeakSeconds float64   `json:"peak_seconds"`
}

func (s *Seen) account() Account {
	a := Account{Signal: s.Signal, Text: s.Text(), Announced: s.Announced, Missing: s.Missing(), SoFar: s.SoFar}
	a.Mean, _ = s.Mean()
	if s.Middle > 0 {
		a.Planned, a.AtMost, a.Certainty = s.Middle, s.AtMost, s.Certainty
	}
	for _, l := range s.Past {
		a.Past = append(a.Past, PastAccount{
			Start: l.Start.UTC(), Announced: l.Announced, Came: l.Came, Factor: l.Factor(),
			Before: l.Before, Most: l.Most, PeakSeconds: l.Peak.Seconds(),
		})
	}
	return a
}

// Realised is how often values were at or under what a forecast expected of them
// with a certainty.
type Realised struct {
	AheadSeconds float64 `json:"ahead_seconds"`
	Quantile     float64 `json:"quantile"`
	Share        float64 `json:"share"`
}

func realised(c forecast.Coverage) (all []Realised) {
	for x := range c.All {
		all = append(all, Realised{x.Ahead.Seconds(), x.Quantile, x.Share})
	}
	return all
}
