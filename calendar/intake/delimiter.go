package intake

import "strings"

// delimiterOf finds what separates the values of a text, and returns the text
// without a "sep=" line. It is the one with which the most headers are known
// within the first rows; where none is known, the one that the first row has
// most of.
func delimiterOf(text string, o Options) (rune, string) {
	if delimiter, rest, ok := separatorLine(text); ok {
		return delimiter, rest
	}
	h := newHeaders(o)
	limits := o.Limits
	limits.Columns = max(limits.Columns, 1<<14) // what is too wide is told of when it is read
	best, most, cellsOfBest := ',', -1, 0
	for _, delimiter := range []rune{',', ';', '\t', '|'} {
		known, cells := 0, 0
		s := scanner{text: text, delimiter: byte(delimiter)}
		for n := 0; n < headerRows && s.more(); n++ {
			row, err := s.row(limits)
			if err != nil {
				break
			}
			if n == 0 {
				cells = len(row)
			}
			known = max(known, h.known(row))
		}
		if known > most || known == most && cells > cellsOfBest {
			best, most, cellsOfBest = delimiter, known, cells
		}
	}
	return best, text
}

// separatorLine reads the line by which Excel tells itself the delimiter.
func separatorLine(text string) (rune, string, bool) {
	line, rest, _ := strings.Cut(text, "\n")
	line = strings.Trim(strings.TrimRight(line, "\r"), `"`)
	if len(line) != len("sep=;") || !strings.EqualFold(line[:4], "sep=") || !strings.ContainsAny(line[4:], ",;\t|") {
		return 0, text, false
	}
	return rune(line[4]), rest, true
}
