package intake

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
)

// rules reads recurrence rules, each once, within a budget for a whole upload:
// to see that a rule is one that can be, its instances are looked for, and a
// file may have very many.
type rules struct {
	read map[ruleKey]ruleRead
	left time.Duration
}

type ruleKey struct {
	text  string
	start calendar.Wall
	zone  string
}

type ruleRead struct {
	rule calendar.Rule
	err  error
}

// ruleBudget is about what the rules of a file may cost. It is estimated and
// never measured, so that the same file gives the same result everywhere.
const ruleBudget = 4 * time.Second

var errBudget = errors.New("the rules of the file repeat too often in all")

func newRules() *rules { return &rules{read: map[ruleKey]ruleRead{}, left: ruleBudget} }

// parse is calendar.ParseRule.
func (r *rules) parse(text string, start calendar.Wall, zone *time.Location) (calendar.Rule, error) {
	key := ruleKey{text, start, zone.String()}
	known, ok := r.read[key]
	if !ok {
		if r.left -= ruleCost(strings.ToUpper(text)); r.left < 0 {
			return calendar.Rule{}, errBudget
		}
		known.rule, known.err = calendar.ParseRule(text, start, zone)
		if errors.Is(known.err, calendar.ErrNever) {
			r.left -= neverCost
		}
		r.read[key] = known
	}
	return known.rule, known.err
}

// ruleCost estimates what it costs to read a rule in capitals, from what was
// measured on one core of an AMD EPYC: 10 µs for most rules, up to 20 ms where
// several parts have to fit together and the last of many is looked for.
func ruleCost(text string) time.Duration {
	parts := strings.Count(text, ";BY") + strings.Count(text, ";BYSETPOS")
	count := 0
	if _, value, ok := strings.Cut(text, "COUNT="); ok {
		value, _, _ = strings.Cut(value, ";")
		if n, err := strconv.Atoi(value); err == nil {
			count = min(max(0, n), 100_000)
		}
	}
	switch {
	case parts > 1 && count > 0:
		return 10 * time.Millisecond
	case parts > 1:
		return 500 * time.Microsecond
	default:
		return 20*time.Microsecond + time.Duration(count)*200*time.Nanosecond
	}
}

// lookCost estimates what it costs to look whether a rule has an instance at a
// clock: it plays the period that the clock lies in.
func lookCost(rule string) time.Duration {
	if strings.Contains(rule, "FREQ=YEARLY") {
		return 50 * time.Microsecond
	}
	return 10 * time.Microsecond
}

// nearCost is what it costs at most to find the nearest instance, among a number
// of further dates too.
func nearCost(extra int) time.Duration {
	return 2*time.Millisecond + time.Duration(extra)*200*time.Nanosecond
}

// neverCost is what it costs more to look through all years in vain.
const neverCost = 25 * time.Millisecond

// startDecides reports whether a rule that was not read may be with another
// start.
func startDecides(err error) bool {
	return errors.Is(err, calendar.ErrNever) || errors.Is(err, errBudget)
}

// ruleCode is the code of a rule that was not read.
func ruleCode(err error) Code {
	if errors.Is(err, errBudget) {
		return TooLarge
	}
	return BadRule
}

// ruleExpected is what a problem with the rule of a table or JSON says was
// expected.
func ruleExpected(err error) string {
	if errors.Is(err, errBudget) {
		return "rules that repeat less often in all"
	}
	return "a rule such as FREQ=WEEKLY;BYDAY=SA"
}

// ruleRepair says what to write in the place of a rule; otherwise is what to
// write in that of what is none.
func ruleRepair(err error, otherwise string) string {
	switch {
	case errors.Is(err, calendar.ErrTooOften):
		return "Repeat it hourly or less often, or write one event that lasts as long."
	case errors.Is(err, calendar.ErrNever):
		return "Choose days that exist, or remove the rule."
	case errors.Is(err, calendar.ErrTooMany):
		return "Write UNTIL in the place of COUNT, or no end."
	case errors.Is(err, errBudget):
		return "Upload the file in parts, or write one event that lasts longer in the place of an hourly one."
	default:
		return otherwise
	}
}
