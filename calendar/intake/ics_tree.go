package intake

import (
	"fmt"
	"strings"
)

// component is what stands between a BEGIN and its END.
type component struct {
	row        int
	name       string // in capitals
	properties []property
	within     []*component
	broken     bool // a line of it could not be read, and was listed
}

// first returns the first property of a name, or nil.
func (c *component) first(name string) *property {
	for i := range c.properties {
		if c.properties[i].name == name {
			return &c.properties[i]
		}
	}
	return nil
}

// each yields the properties of a name.
func (c *component) each(name string) func(func(*property) bool) {
	return func(yield func(*property) bool) {
		for i := range c.properties {
			if c.properties[i].name == name && !yield(&c.properties[i]) {
				return
			}
		}
	}
}

// deepest is how deep components may stand in one another; calendars have
// three: an alarm in an event in a calendar.
const deepest = 8

// tree reads a file into its calendars.
type tree struct {
	limits    Limits
	c         *collector
	calendars []*component
	open      []*component
	entries   int
	broken    bool // what follows cannot be told apart
}

// parseTree reads a file into its calendars. Lines that are none are errors,
// and so is a file that ends too soon, because events may be missing then.
func parseTree(data []byte, limits Limits, c *collector) []*component {
	t := &tree{limits: limits, c: c}
	for row, line := range unfolded(data) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		t.take(row, line)
		if t.broken {
			return t.calendars
		}
	}
	if len(t.open) > 0 {
		last := t.open[len(t.open)-1]
		t.fail(last.row, last.name, "the file ends before END:"+last.name, "END:"+last.name, "The file is incomplete: export or download it again.")
	}
	return t.calendars
}

// fail lists what cannot be read. What is open there is broken by it.
func (t *tree) fail(row int, column, found, expected, fix string) {
	for _, open := range t.open {
		open.broken = true
	}
	t.c.fail(Problem{Row: row, Column: column, Code: Unreadable, Found: excerpt(found), Expected: expected, Fix: fix})
}

func (t *tree) take(row int, line string) {
	p, err := parseLine(row, line)
	switch {
	case err != nil:
		t.fail(row, "", fmt.Sprintf("%s: %s", err, excerpt(line)), "NAME:VALUE",
			"Begin a line that goes on with the one before with a blank, or export the file again.")
	case p.name == "BEGIN":
		t.begin(p)
	case p.name == "END":
		t.end(p)
	case len(t.open) == 0:
		t.fail(row, p.name, "a property outside of any calendar", "BEGIN:VCALENDAR", "Export the file again.")
	case len(p.value) > t.limits.Cell:
		t.c.fail(Problem{
			Row: row, Column: p.name, Code: TooLarge, Found: fmt.Sprintf("%d bytes", len(p.value)),
			Expected: fmt.Sprintf("at most %d bytes", t.limits.Cell), Fix: "Shorten the text.",
		})
	default:
		in := t.open[len(t.open)-1]
		in.properties = append(in.properties, p)
	}
}

func (t *tree) begin(p property) {
	in := &component{row: p.row, name: strings.ToUpper(strings.TrimSpace(p.value))}
	switch {
	case len(t.open) == deepest:
		t.fail(p.row, "BEGIN", in.name, fmt.Sprintf("at most %d components in one another", deepest), "Export the file again.")
		t.broken = true
		return
	case len(t.open) == 0 && in.name != "VCALENDAR":
		t.fail(p.row, "BEGIN", in.name, "BEGIN:VCALENDAR", "Export the file again.")
		t.broken = true
		return
	case len(t.open) == 0:
		t.calendars = append(t.calendars, in)
	default:
		out := t.open[len(t.open)-1]
		out.within = append(out.within, in)
	}
	if t.entries++; t.entries > t.limits.Rows {
		t.c.fail(Problem{
			Row: p.row, Column: "BEGIN", Code: TooLarge, Found: fmt.Sprintf("more than %d entries", t.limits.Rows),
			Expected: fmt.Sprintf("at most %d entries", t.limits.Rows), Fix: "Export a shorter time, or upload it in parts.",
		})
		t.broken = true
		return
	}
	t.open = append(t.open, in)
}

func (t *tree) end(p property) {
	name := strings.ToUpper(strings.TrimSpace(p.value))
	if len(t.open) == 0 || t.open[len(t.open)-1].name != name {
		expected := "BEGIN:" + excerpt(name)
		if len(t.open) > 0 {
			expected = "END:" + t.open[len(t.open)-1].name
		}
		t.fail(p.row, "END", name, excerpt(expected), "The file is broken there: export it again.")
		t.broken = true
		return
	}
	t.open = t.open[:len(t.open)-1]
}
