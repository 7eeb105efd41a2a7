package intake

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// String names the place and the repair: "Row 42, column Start Date: expected
// YYYY-MM-DD, found 03/04/27. Choose the file's date order.".
func (p Problem) String() string {
	switch {
	case p.Row > 0 && p.Column != "":
		return fmt.Sprintf("Row %d, column %s: %s", p.Row, p.Column, p.text())
	case p.Row > 0:
		return fmt.Sprintf("Row %d: %s", p.Row, p.text())
	case p.Column != "":
		return fmt.Sprintf("Column %s: %s", p.Column, p.text())
	default:
		return "File: " + p.text()
	}
}

// text is what is wrong and the repair, without the place.
func (p Problem) text() string {
	what := "expected " + p.Expected + ", found " + cmp.Or(p.Found, "nothing")
	if p.Expected == "" {
		what = cmp.Or(p.Found, string(p.Code))
	}
	return strings.TrimSuffix(what+". "+p.Fix, " ")
}

// Repair is problems that are mended in the same way.
type Repair struct {
	Code    Code    `json:"code"`
	Column  string  `json:"column"`
	Fix     string  `json:"fix"`
	Rows    string  `json:"rows"` // such as "3-17, 22"; "" where the whole file is meant
	Count   int     `json:"count"`
	Example Problem `json:"example"` // the first of them
}

// Group gathers problems by their code, column and fix, in the order in which
// the first of each stands.
func Group(problems []Problem) []Repair {
	type key struct {
		code        Code
		column, fix string
	}
	index := map[key]int{}
	var repairs []Repair
	var rows [][]int
	for _, p := range problems {
		k := key{p.Code, p.Column, p.Fix}
		i, known := index[k]
		if !known {
			i = len(repairs)
			index[k] = i
			repairs = append(repairs, Repair{Code: p.Code, Column: p.Column, Fix: p.Fix, Example: p})
			rows = append(rows, nil)
		}
		repairs[i].Count++
		if p.Row > 0 {
			rows[i] = append(rows[i], p.Row)
		}
	}
	for i := range repairs {
		repairs[i].Rows = ranges(rows[i])
	}
	return repairs
}

// ranges writes rows as "3-17, 22".
func ranges(rows []int) string {
	slices.Sort(rows)
	rows = slices.Compact(rows)
	var parts []string
	for i := 0; i < len(rows); {
		j := i
		for j+1 < len(rows) && rows[j+1] == rows[j]+1 {
			j++
		}
		part := strconv.Itoa(rows[i])
		if j > i {
			part += "-" + strconv.Itoa(rows[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, ", ")
}

// tooLarge is the error of a limit that is exceeded.
func tooLarge(what string, found, limit int64) Problem {
	return Problem{
		Code: TooLarge, Expected: fmt.Sprintf("at most %d %s", limit, what), Found: strconv.FormatInt(found, 10),
		Fix: "Split the file.",
	}
}

// unreadable is the error of a file that is of no format.
func unreadable(found, fix string) Problem {
	return Problem{Code: Unreadable, Expected: "a .csv, .xlsx, .ics or .json file", Found: found, Fix: fix}
}

// excerpt is the beginning of a text, short enough for a message. It ends with a
// word where words are that short.
func excerpt(text string) string {
	const longest, shortest = 80, 60
	text = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, text)
	if len(text) <= longest {
		return strings.ToValidUTF8(text, "�")
	}
	end := longest
	if blank := strings.LastIndexByte(text[:longest+1], ' '); blank >= shortest {
		end = blank
	}
	return strings.ToValidUTF8(text[:end], "") + "…"
}
