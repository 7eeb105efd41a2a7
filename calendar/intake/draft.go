package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"

	"github.com/headstart-scaler/headstart/calendar"
)

// draft is an event as it was written: what stands in each column, with its
// place. It lives as long as it takes to make an event of it.
type draft struct {
	row   int
	where locator
	cells [columnCount]cell
}

// cell is a value as it was written. The zero cell is empty.
type cell struct {
	text  string // without blanks around it
	kind  kind
	state state
}

// kind says what a program took a cell for.
type kind uint8

const (
	asText     kind = iota
	asNumber        // of a workbook: the text is the number in digits, with a decimal point
	asDateTime      // the same, and it is shown with a time of day
	asError         // an error such as #REF!
)

// state says what is special about a cell.
type state uint8

const (
	formula   state = 1 << iota
	merged          // covered by a merged cell of the same column, whose value it has
	covered         // covered by a merged cell of another column
	unguarded       // of a CSV: a spreadsheet would calculate it
)

// builder makes events of drafts. One is made for a file, because what is true
// of all its rows (the order of dates, the decimal mark) was found before.
type builder struct {
	o        Options
	c        *collector
	zones    *zones
	rules    *rules
	words    words
	dates    dates
	decimals mark
	// zoneless says that one error for the file speaks of the missing zone.
	zoneless bool
	// broken are the headers of the row's cells of which an error says already
	// that they hold no value; void are the same as columns.
	broken []string
	void   [columnCount]bool
}

func newBuilder(o Options, c *collector) *builder {
	return &builder{o: o, c: c, zones: newZones(), rules: newRules(), words: newWords(), dates: dates{order: o.DateOrder}}
}

// problem is a Problem of one cell of a draft.
func (d *draft) problem(at column, code Code, expected, fix string) Problem {
	row, name := d.where.locate(d.row, at)
	return Problem{Row: row, Column: name, Code: code, Found: excerpt(d.cells[at].text), Expected: expected, Fix: fix}
}

func (d *draft) text(at column) string { return d.cells[at].text }

// describe takes the lines of a description that fill an empty column, such as
// "expected_peak: 12000", and leaves the rest as notes. It says which columns it
// has filled.
func (d *draft) describe(text string, known map[string]column, filled func(column)) {
	var notes []string
	for line := range strings.SplitSeq(plainText(text), "\n") {
		name, value, _ := strings.Cut(line, ":")
		name = strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(name)))
		value = strings.TrimSpace(value)
		if c, ok := known[name]; ok && d.text(c) == "" && value != "" {
			d.cells[c] = cell{text: value}
			filled(c)
			continue
		}
		notes = append(notes, line)
	}
	if d.cells[colNotes].text = strings.TrimSpace(strings.Join(notes, "\n")); d.text(colNotes) != "" {
		filled(colNotes)
	}
}

// event makes an event of a draft. Where something cannot be understood, it is
// collected as an error and false is returned.
func (b *builder) event(d *draft) (placed, bool) {
	e := &calendar.Event{ID: d.text(colID), Title: d.text(colTitle)}
	zone, zoned := b.zone(d)
	e.Window.Zone = zone
	ok := b.window(d, e) && zoned
	ok = b.recurrence(d, e, ok) && ok
	ok = b.details(d, e) && ok
	if e.ID == "" && ok && e.Title != "" {
		e.ID = derivedID(e)
	}
	if !ok && e.Title == "" { // of an event that is made check says it
		b.fail(d.problem(colTitle, Missing, "what the event is called", "Write a title."))
	}
	return placed{event: e, row: d.row, where: d.where}, ok
}

// details fills what is said of an event apart from its id, title, window and
// recurrence: class, scope, impact, confidence, ramp, status, owner, notes. What
// cannot be understood is collected as an error, and false is returned.
func (b *builder) details(d *draft, e *calendar.Event) bool {
	e.Class, e.Owner, e.Notes = d.text(colClass), d.text(colOwner), d.text(colNotes)
	small := strings.ToLower(e.Class)
	if _, known := b.o.Classes[small]; known { // their names have no capitals
		e.Class = small
	}
	ok := b.scope(d, e)
	ok = b.impact(d, e) && ok
	ok = b.confidence(d, e) && ok
	ok = b.ramp(d, colRampUp, &e.Ramp.Up) && ok
	ok = b.ramp(d, colRampDown, &e.Ramp.Down) && ok
	return b.status(d, e) && ok
}

// fail collects an error, and is false. A cell that holds no value is not
// blamed for that too.
func (b *builder) fail(p Problem) bool {
	if !slices.Contains(b.broken, p.Column) {
		b.c.fail(p)
	}
	return false
}

// derivedID names an event that has no id by its title, its start and its
// scope, so that the same row uploaded again is the same event: a readable
// beginning, and a hash of all three.
func derivedID(e *calendar.Event) string {
	var slug strings.Builder
	for _, r := range strings.ToLower(e.Title) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			slug.WriteRune(r)
		case slug.Len() > 0 && !strings.HasSuffix(slug.String(), "-"):
			slug.WriteByte('-')
		}
		if slug.Len() >= 40 {
			break
		}
	}
	start := e.Window.Start.String()
	of := strings.Join([]string{
		e.Title, start, e.Window.Zone.String(), strings.Join(e.Scope.Brands, "\x00"), strings.Join(e.Scope.Markets, "\x00"),
		strings.Join(e.Scope.Regions, "\x00"), e.Scope.Workloads.String(),
	}, "\x01")
	sum := sha256.Sum256([]byte(of))
	return strings.TrimSuffix(slug.String(), "-") + "-" + start[:10] + "-" + hex.EncodeToString(sum[:4])
}
