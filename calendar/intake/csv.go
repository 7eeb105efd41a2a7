package intake

import (
	"fmt"
	"strings"
)

// readCSV reads text with separated values as a spreadsheet shows it: rows are
// counted from 1, blank ones too, a row whose quotes go over several lines is
// one, and a first line "sep=;" is none.
func readCSV(text string, o Options, c *collector) *table { return readRows(text, o, c, false) }

// readRows is readCSV, which may forgive a quote that has no end: it is taken
// as a character then, and takes no row with it.
func readRows(text string, o Options, c *collector, forgiving bool) *table {
	delimiter, text := delimiterOf(text, o)
	t := &table{delimiter: delimiter}
	s := scanner{text: text, delimiter: byte(delimiter), forgiving: forgiving}
	for number := 1; s.more(); number++ {
		if number > o.Limits.Rows+1 {
			c.fail(tooManyRows(o.Limits.Rows))
			return nil
		}
		cells, err := s.row(o.Limits)
		if err != nil {
			err.Row = number
			c.fail(*err)
			if err.Code == TooLarge {
				return nil
			}
			break // the quote that has no end took the rest with it
		}
		if !blank(cells) {
			t.rows = append(t.rows, row{number: number, cells: cells})
		}
	}
	return t
}

func tooManyRows(limit int) Problem {
	return Problem{Code: TooLarge, Row: limit + 2, Expected: fmt.Sprintf("at most %d rows", limit), Found: "more", Fix: "Split the file."}
}

func cellTooLong(limit int) Problem {
	return Problem{Code: TooLarge, Expected: fmt.Sprintf("at most %d bytes in a cell", limit), Found: "more", Fix: "Shorten the text."}
}

func tooWide(limit int) Problem {
	return Problem{Code: TooLarge, Expected: fmt.Sprintf("at most %d columns", limit), Found: "more", Fix: "Leave out columns that are not needed."}
}

// blank reports whether a row holds nothing.
func blank(cells []cell) bool {
	for _, c := range cells {
		if c.text != "" {
			return false
		}
	}
	return true
}

// scanner cuts text into rows, and shares the text's memory with them.
type scanner struct {
	text      string
	at        int
	delimiter byte
	forgiving bool // a quote that has no end is a character
	last      int  // cells of the row before, to make room for as many
}

func (s *scanner) more() bool { return s.at < len(s.text) }

// row reads up to the end of a line that is in no quotes.
func (s *scanner) row(l Limits) ([]cell, *Problem) {
	cells := make([]cell, 0, s.last)
	for {
		value, ok := s.value()
		switch {
		case !ok:
			return nil, &Problem{
				Code: Unreadable, Expected: `a closing "`, Found: excerpt(value),
				Fix: "Close the quotes, or double a quote that belongs to the text.",
			}
		case len(value) > l.Cell:
			p := cellTooLong(l.Cell)
			return nil, &p
		case len(cells) >= l.Columns:
			p := tooWide(l.Columns)
			return nil, &p
		}
		value = strings.TrimSpace(value)
		c := cell{text: unguard(value)}
		if strings.HasPrefix(value, "=") || strings.HasPrefix(value, "＝") {
			c.state = unguarded
		}
		cells = append(cells, c)
		if !s.more() || s.text[s.at] != s.delimiter {
			break
		}
		s.at++
		if !s.more() { // the line ends with a delimiter, and the text too
			break
		}
	}
	s.endLine()
	s.last = len(cells)
	return cells, nil
}

// value reads one value, and reports whether its quotes are closed. Quotes
// count at the beginning of a value alone, as they do in spreadsheets.
func (s *scanner) value() (string, bool) {
	rest := s.text[s.at:]
	if !strings.HasPrefix(rest, `"`) {
		return s.tail(), true
	}
	var whole strings.Builder // of pieces between doubled quotes
	for from := 1; ; {
		end := strings.IndexByte(rest[from:], '"')
		if end < 0 && s.forgiving {
			return s.tail(), true
		}
		if end < 0 {
			s.at = len(s.text)
			return rest, false
		}
		piece := rest[from : from+end]
		from += end + 1
		if from < len(rest) && rest[from] == '"' {
			whole.WriteString(piece)
			whole.WriteByte('"')
			from++
			continue
		}
		s.at += from
		tail := s.tail()
		if whole.Len() == 0 && tail == "" {
			return piece, true
		}
		whole.WriteString(piece)
		whole.WriteString(tail)
		return whole.String(), true
	}
}

// tail is what stands up to the next delimiter or end of line: a value without
// quotes, or what follows the closing ones.
func (s *scanner) tail() string {
	rest := s.text[s.at:]
	end := strings.IndexAny(rest, s.stops())
	if end < 0 {
		end = len(rest)
	}
	s.at += end
	return rest[:end]
}

// stops are what ends a value without quotes.
func (s *scanner) stops() string {
	switch s.delimiter {
	case ';':
		return ";\r\n"
	case '\t':
		return "\t\r\n"
	case '|':
		return "|\r\n"
	default:
		return ",\r\n"
	}
}

// endLine passes the end of a line: LF, CR LF, or the CR of old Macs.
func (s *scanner) endLine() {
	if s.more() && s.text[s.at] == '\r' {
		s.at++
	}
	if s.more() && s.text[s.at] == '\n' {
		s.at++
	}
}
