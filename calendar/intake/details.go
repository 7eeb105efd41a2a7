package intake

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/workload"
)

// scope reads which workloads an event concerns.
func (b *builder) scope(d *draft, e *calendar.Event) bool {
	e.Scope.Brands, e.Scope.Markets, e.Scope.Regions = names(d.text(colBrand)), names(d.text(colMarket)), names(d.text(colRegion))
	selector, err := calendar.ParseSelector(d.text(colWorkloads))
	if err != nil {
		return b.fail(d.problem(colWorkloads, BadValue, "labels such as team=payments tier=gold|silver", "Write each label as KEY=VALUE."))
	}
	e.Scope.Workloads = selector
	return true
}

// names reads a list of brands, markets or regions; "all" is the empty one. A
// backslash takes the meaning from the separator after it.
func names(text string) []string {
	if everybody(text) {
		return nil
	}
	var list []string
	var name strings.Builder
	flush := func() {
		if n := strings.TrimSpace(name.String()); n != "" {
			list = append(list, n)
		}
		name.Reset()
	}
	escaped := false
	for _, r := range text {
		switch {
		case escaped:
			name.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == ';' || r == ',' || r == '|' || r == '\n':
			flush()
		default:
			name.WriteRune(r)
		}
	}
	flush()
	return list
}

// everybody reports whether a text is a word for all brands, markets or regions.
func everybody(text string) bool {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "all", "*", "any", "alle", "tous", "toutes", "todos", "todas", "tutti", "tutte":
		return true
	default:
		return false
	}
}

// impact reads what an event does to demand: a number and its unit, or one of
// the columns that say both. What is wrong with one of them hides nothing of the
// others.
func (b *builder) impact(d *draft, e *calendar.Event) bool {
	ok := true
	said := 0
	for _, at := range []column{colPeak, colMultiplier, colFloor} {
		a, read := b.number(d, at)
		switch filled := d.text(at) != ""; {
		case at == colPeak && b.void[at]: // its unit may be in it
			b.unit(d, amount{unit: cmp.Or(d.text(colUnit), string(unitTimes))})
		case at == colPeak && filled && !read:
			b.unit(d, a)
		case !filled || !read:
		case at == colPeak:
			read = b.peak(d, e, a)
		case at == colMultiplier:
			read = b.multiplier(d, e, a)
		default:
			read = b.only(d, at, a, unitReplicas) && b.floor(d, e, at, a.value)
		}
		if d.text(at) != "" || b.void[at] {
			said++
		}
		ok = ok && read && !b.void[at]
	}
	if !ok && said > 1 { // of numbers that were read check says it
		p := d.problem(colPeak, BadValue, oneImpact, oneImpactFix)
		p.Found = fmt.Sprintf("%d kinds", said)
		b.c.fail(p)
		e.Impact = calendar.Impact{}
	}
	return ok
}

// amount is a number and the unit that stands with it.
type amount struct {
	value float64
	unit  string
}

// number reads a number above 0; an empty cell is none.
func (b *builder) number(d *draft, at column) (amount, bool) {
	c := d.cells[at]
	if c.text == "" {
		return amount{}, true
	}
	text, times := strings.CutPrefix(strings.TrimPrefix(c.text, "×"), "x")
	if times || text != c.text {
		c.text, times = strings.TrimSpace(text), true
	}
	v, unit, err := parseNumber(c, b.decimals)
	if times {
		unit = strings.TrimSpace("x " + unit)
	}
	switch {
	case errors.Is(err, errAmbiguous):
		return amount{unit: unit}, b.fail(d.problem(at, BadNumber, "a number with nothing between its thousands", "Write 12000 for twelve thousand, 12.0 for twelve."))
	case err != nil:
		return amount{unit: lastUnit(unit)}, b.fail(d.problem(at, BadNumber, "a number such as 12000, 1.5 or 12k", "Write the number in digits."))
	case !(v > 0):
		return amount{unit: cmp.Or(d.text(colUnit), unit, string(unitTimes))}, b.fail(d.problem(at, BadNumber, "a number above 0", "Leave the cell empty where nothing is expected."))
	}
	return amount{v, unit}, true
}

// lastUnit is the unit that a text ends with, "" where there is none.
func lastUnit(text string) string {
	for at := range text {
		if at > 0 && text[at-1] != ' ' {
			continue
		}
		if _, ok := unitOf(text[at:]); ok {
			return text[at:]
		}
	}
	return ""
}

// peak reads a number by its unit.
func (b *builder) peak(d *draft, e *calendar.Event, a amount) bool {
	u, ok := b.unit(d, a)
	switch {
	case !ok:
		return false
	case u.unit == unitTimes:
		e.Impact.Multiplier = a.value
		return true
	case u.unit == unitReplicas:
		return b.floor(d, e, colPeak, a.value)
	default:
		e.Impact.Peak = calendar.Peak{Value: a.value * u.factor, Unit: u.unit}
		return true
	}
}

// unit reads what a number counts, which stands with it or in a column of its
// own.
func (b *builder) unit(d *draft, a amount) (factored, bool) {
	unit, at := d.text(colUnit), colUnit
	if unit == "" {
		unit, at = a.unit, colPeak
	} else if a.unit != "" && key(a.unit) != key(unit) {
		return factored{}, b.fail(d.problem(colPeak, BadNumber, "a number alone, or with the unit "+unit, "Write the unit once."))
	}
	u, ok := unitOf(unit)
	switch {
	case unit == "":
		return u, b.fail(d.problem(colUnit, Missing, "x, requests/s, messages/s, connections or replicas", "Write what the number counts."))
	case !ok:
		p := d.problem(at, BadValue, "x, requests/s, messages/s, connections or replicas", "Write one of these units.")
		if near := workload.Nearest(unit, unitWords()); near != "" {
			p.Fix = "Did you mean " + near + "?"
		}
		return u, b.fail(p)
	default:
		return u, true
	}
}

// only refuses what stands with a number whose column says the unit: 2 to 4 is
// not 2.
func (b *builder) only(d *draft, at column, a amount, unit calendar.Unit) bool {
	if u, known := unitOf(a.unit); a.unit == "" || known && u.unit == unit {
		return true
	}
	if unit == unitTimes {
		return b.fail(d.problem(at, BadNumber, "how many times the usual demand", "Write 3 for three times as much."))
	}
	return b.fail(d.problem(at, BadNumber, "a whole number of replicas", "Write the replicas to have at least."))
}

func (b *builder) multiplier(d *draft, e *calendar.Event, a amount) bool {
	if !b.only(d, colMultiplier, a, unitTimes) {
		return false
	}
	e.Impact.Multiplier = a.value
	return true
}

func (b *builder) floor(d *draft, e *calendar.Event, at column, value float64) bool {
	if value != math.Trunc(value) || value > math.MaxInt32 {
		return b.fail(d.problem(at, BadNumber, "a whole number of replicas", "Write the replicas to have at least."))
	}
	e.Impact.Floor = int32(value)
	return true
}

// The units that are none of a Peak.
const (
	unitTimes    calendar.Unit = "x"
	unitReplicas calendar.Unit = "replicas"
)

// factored is a unit and what a number in it is multiplied by.
type factored struct {
	unit   calendar.Unit
	factor float64
}

// unitOf reads a unit as people write it.
func unitOf(word string) (factored, bool) {
	word = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '.' || r == '_' {
			return -1
		}
		return unicode.ToLower(r)
	}, word)
	switch word {
	case "x", "×", "*", "times", "multiplier", "fach", "mal", "fois", "veces", "volte", "vezes":
		return factored{unitTimes, 1}, true
	case "rps", "req/s", "reqs/s", "r/s", "requests/s", "request/s", "requests/sec", "req/sec", "requestspersecond", "qps", "anfragen/s", "requêtes/s", "peticiones/s":
		return factored{calendar.Requests, 1}, true
	case "rpm", "req/min", "requests/min", "requests/m", "requestsperminute", "req/m":
		return factored{calendar.Requests, 1.0 / 60}, true
	case "msg/s", "msgs/s", "messages/s", "message/s", "messages/sec", "messagespersecond", "mps", "nachrichten/s":
		return factored{calendar.Messages, 1}, true
	case "msg/min", "msgs/min", "messages/min", "messagesperminute", "mpm":
		return factored{calendar.Messages, 1.0 / 60}, true
	case "connections", "connection", "conns", "conn", "users", "user", "players", "player", "ccu", "viewers", "sessions", "concurrentusers",
		"nutzer", "benutzer", "spieler", "verbindungen", "utilisateurs", "joueurs", "connexions", "usuarios", "jugadores", "conexiones",
		"utenti", "giocatori", "connessioni", "usuários", "jogadores":
		return factored{calendar.Connections, 1}, true
	case "replicas", "replica", "pods", "pod", "instances":
		return factored{unitReplicas, 1}, true
	default:
		return factored{}, false
	}
}

// unitWords are the units to suggest.
func unitWords() []string {
	return []string{"x", "times", "rps", "requests/s", "rpm", "msg/s", "messages/s", "connections", "users", "players", "ccu", "replicas", "pods"}
}

// confidence reads 0.8, 80% and 80; an empty cell is 1.
func (b *builder) confidence(d *draft, e *calendar.Event) bool {
	e.Confidence = 1
	c := d.cells[colConfidence]
	if c.text == "" {
		return true
	}
	v, rest, err := parseNumber(c, b.decimals)
	if err == nil && (rest == "%" || rest == "" && v > 1) {
		v, rest = v/100, ""
	}
	if err != nil || rest != "" || !(v > 0 && v <= 1) {
		return b.fail(d.problem(colConfidence, BadNumber, "a share above 0 and up to 1, such as 0.8 or 80%", "Write how sure it is that the event takes place."))
	}
	e.Confidence = v
	return true
}

func (b *builder) status(d *draft, e *calendar.Event) bool {
	e.Status = calendar.Confirmed
	text := d.text(colStatus)
	if text == "" {
		return true
	}
	word := b.words[wordKey{"status", key(text)}]
	if word == "" {
		p := d.problem(colStatus, BadValue, "confirmed, tentative or cancelled", "Write one of these.")
		if near := workload.Nearest(text, []string{"confirmed", "tentative", "cancelled"}); near != "" {
			p.Fix = "Did you mean " + near + "?"
		}
		return b.fail(p)
	}
	e.Status = calendar.Status(word)
	return true
}

func (b *builder) ramp(d *draft, at column, to *time.Duration) bool {
	c := d.cells[at]
	if c.text == "" {
		return true
	}
	v, ok := parseDuration(c, b.decimals)
	if !ok {
		return b.fail(d.problem(at, BadValue, "a duration such as 30m or 1h30m", "Write the duration with its unit."))
	}
	*to = v
	return true
}
