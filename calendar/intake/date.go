package intake

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/headstart-scaler/headstart/calendar"
)

// moment is a date, a time of day or both, as far as a cell says.
type moment struct {
	date     calendar.Wall // a midnight
	clock    time.Duration // up to 24 h
	hasDate  bool
	hasClock bool
	// instant is what a text with an offset from UTC says.
	instant time.Time
	// soft says that there is no clock, but that midnight may be meant: a
	// workbook has one number for both.
	soft bool
	// numbers are of a date whose order its text does not tell; the date is
	// still to come.
	numbers *numeric
}

// wall is the date and the time of day.
func (m moment) wall() calendar.Wall { return m.date.Add(m.clock) }

// in is the moment with its date read in an order, where there are two.
func (m moment) in(order DateOrder) moment {
	if m.numbers == nil {
		return m
	}
	if date, ok := m.numbers.in(order); ok {
		m.date = date
	}
	return m
}

// numeric is a date such as 03/04/27.
type numeric struct {
	first, second, year int
	whole               bool // the year was written with four digits
	dotted              bool // 29.3.26: nobody writes the month first so, unless the file shows it
}

// in gives the date in an order, and reports whether there is such a day.
func (n numeric) in(order DateOrder) (calendar.Wall, bool) {
	switch order {
	case DayMonthYear:
		return dateOf(n.year, n.second, n.first)
	case MonthDayYear:
		return dateOf(n.year, n.first, n.second)
	case YearMonthDay:
		if n.whole || n.first > 99 { // a year of four digits stands last
			return calendar.Wall{}, false
		}
		return dateOf(2000+n.first, n.second, n.year-2000)
	default:
		return calendar.Wall{}, false
	}
}

// order is the only one in which there is such a day; DetectOrder where there
// are two, or one day in both. Years of two digits that stand first are taken
// for such only where somebody chose that order.
func (n numeric) order() (only DateOrder, same, valid bool) {
	day, dmy := n.in(DayMonthYear)
	other, mdy := n.in(MonthDayYear)
	switch {
	case dmy && mdy:
		return DetectOrder, day == other, true
	case dmy:
		return DayMonthYear, false, true
	case mdy:
		return MonthDayYear, false, true
	default:
		return DetectOrder, false, false
	}
}

func dateOf(year, month, day int) (calendar.Wall, bool) {
	if month < 1 || month > 12 || day < 1 || day > 31 || year < 1 || year > 9999 {
		return calendar.Wall{}, false
	}
	d := calendar.Date(year, time.Month(month), day)
	return d, d.Digits().Day() == day
}

// serial reads the number that a workbook has for a date, a time or both: days
// since the last day but one of 1899, as Excel counts 1900-02-29, or since the
// first of 1904.
func serial(days float64, date1904 bool) (moment, bool) {
	if math.IsNaN(days) || days < 0 || days > 2_958_466 {
		return moment{}, false
	}
	seconds := int64(math.Round(days * 24 * 60 * 60))
	whole, rest := seconds/(24*60*60), time.Duration(seconds%(24*60*60))*time.Second
	if whole == 0 || days == 1 {
		return moment{clock: rest + time.Duration(whole)*24*time.Hour, hasClock: true}, true
	}
	epoch := calendar.Date(1899, time.December, 30)
	if date1904 {
		epoch = calendar.Date(1904, time.January, 1)
	}
	return moment{date: epoch.AddDays(int(whole)), clock: rest, hasDate: true, hasClock: rest != 0, soft: rest == 0}, true
}

// parseMoment reads a date, a time of day or both, as people and programs write
// them in several languages. Of a date such as 03/04/27 it gives the numbers.
func parseMoment(text string) (moment, bool) {
	if m, ok := parseISO(text); ok {
		return m, true
	}
	if len(text) > longestMoment {
		return moment{}, false
	}
	var p pieces
	for _, field := range strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ',' }) {
		if !p.take(strings.ToLower(field)) {
			return moment{}, false
		}
	}
	return p.moment()
}

// longestMoment is more than a date and a time take, weekday and all.
const longestMoment = 64

// parseISO reads 2026-03-29, with a time or not, and with an offset or not.
func parseISO(text string) (moment, bool) {
	if len(text) < 10 || text[4] != '-' || text[7] != '-' {
		return moment{}, false
	}
	if w, err := calendar.ParseWall(text); err == nil {
		m := moment{date: w.Midnight(), hasDate: true, hasClock: len(text) > 10}
		m.clock = w.Sub(m.date)
		return m, true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04Z07:00", "2006-01-02 15:04:05 Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return moment{instant: t, hasDate: true, hasClock: true}, true
		}
	}
	return moment{}, false
}

// pieces are what the words of a date and time were taken for.
type pieces struct {
	numbers []int // alone: a day, a year, an hour
	digits  []int // how many each has
	dots    int   // how many have a dot behind them
	month   time.Month
	// doubtful says that the month may have been a day of the week.
	doubtful bool
	full     *numeric // a date in one word
	date     calendar.Wall
	hasDate  bool
	clock    time.Duration
	hasTime  bool
	half     string // am or pm
}

// take reads one word in small letters, and reports whether it means anything.
func (p *pieces) take(word string) bool {
	trimmed := strings.Trim(word, ".")
	switch {
	case word == "" || filler(trimmed):
		return true
	case isHalf(word):
		p.half = isHalfOf(word)
		return true
	case len(word) > 2 && isHalf(word[len(word)-2:]) && isDigit(word[0]):
		p.half = isHalfOf(word[len(word)-2:])
		return p.take(word[:len(word)-2])
	}
	if !isDigit(word[0]) {
		return p.name(trimmed)
	}
	if n, ok := ordinal(word); ok {
		p.numbers, p.digits = append(p.numbers, n), append(p.digits, len(strings.TrimRight(word, ".abcdefghijklmnopqrstuvwxyzº")))
		if strings.HasSuffix(word, ".") {
			p.dots++
		}
		return len(p.numbers) <= 3
	}
	if clock, ok := parseClock(word); ok && !p.hasTime {
		p.clock, p.hasTime = clock, true
		return true
	}
	return p.takeDate(strings.TrimRight(word, "."))
}

// name takes the name of a month or of a day of the week. "mar" is March and
// Tuesday: what is named after it decides.
func (p *pieces) name(word string) bool {
	month, day := monthOf(word), weekday(word)
	if month != 0 && (p.month == 0 || p.doubtful) {
		p.month, p.doubtful = month, day
		return true
	}
	return day
}

// takeDate reads a date in one word: 29/03/2026, 29.3.26, 2026/03/29, 29-mar-26.
func (p *pieces) takeDate(word string) bool {
	if p.full != nil || p.hasDate {
		return false
	}
	if day, clock, ok := strings.Cut(word, "t"); ok && len(day) > 5 && isDigit(day[len(day)-1]) {
		return p.takeDate(day) && p.take(clock)
	}
	parts := strings.FieldsFunc(word, func(r rune) bool { return r == '/' || r == '-' || r == '.' })
	if len(parts) != 3 {
		return false
	}
	if month := monthOf(parts[1]); month != 0 {
		p.month = month
		return p.take(parts[0]) && p.take(parts[2])
	}
	var n [3]int
	for i, part := range parts {
		v, err := strconv.Atoi(part)
		if err != nil || v < 0 || len(part) > 4 {
			return false
		}
		n[i] = v
	}
	if strings.Count(word, ".") == 2 {
		p.dots = 2
	}
	return p.three(n, len(parts[0]), len(parts[2]))
}

// three takes the numbers of a date, of which the year is first where it has
// four digits, and else last.
func (p *pieces) three(n [3]int, firstDigits, lastDigits int) bool {
	if firstDigits == 4 {
		p.date, p.hasDate = dateOf(n[0], n[1], n[2])
		return p.hasDate
	}
	year, whole := n[2], lastDigits == 4
	switch {
	case lastDigits <= 2:
		year += 2000
	case !whole:
		return false
	}
	p.full = &numeric{first: n[0], second: n[1], year: year, whole: whole, dotted: p.dots >= 2}
	return true
}

// moment puts the pieces together.
func (p *pieces) moment() (moment, bool) {
	if p.half != "" && !p.takeHalf() {
		return moment{}, false
	}
	if len(p.numbers) == 3 && p.month == 0 {
		if p.full != nil || p.hasDate || !p.three([3]int(p.numbers), p.digits[0], p.digits[2]) {
			return moment{}, false
		}
		p.numbers = nil
	}
	if p.month != 0 && !p.named() {
		return moment{}, false
	}
	if len(p.numbers) > 0 || p.full != nil && p.hasDate {
		return moment{}, false
	}
	m := moment{date: p.date, hasDate: p.hasDate || p.full != nil, clock: p.clock, hasClock: p.hasTime, numbers: p.full}
	return m, m.hasDate || m.hasClock
}

// named makes a date of a month's name, a day and a year.
func (p *pieces) named() bool {
	if len(p.numbers) != 2 || p.full != nil || p.hasDate {
		return false
	}
	day, year := p.numbers[0], p.numbers[1]
	if p.digits[0] == 4 {
		day, year = year, day
	} else if p.digits[1] <= 2 {
		year += 2000
	}
	p.date, p.hasDate = dateOf(year, int(p.month), day)
	p.numbers = nil
	return p.hasDate
}

// takeHalf applies am or pm: 12 am is midnight.
func (p *pieces) takeHalf() bool {
	if !p.hasTime {
		if len(p.numbers) == 0 {
			return false
		}
		last := len(p.numbers) - 1 // "8 pm"
		p.clock, p.hasTime = time.Duration(p.numbers[last])*time.Hour, true
		p.numbers, p.digits = p.numbers[:last], p.digits[:last]
	}
	if p.clock < time.Hour || p.clock >= 13*time.Hour {
		return false
	}
	p.clock %= 12 * time.Hour
	if p.half == "pm" {
		p.clock += 12 * time.Hour
	}
	return true
}

func isHalf(word string) bool { return isHalfOf(word) != "" }

func isHalfOf(word string) string {
	switch word {
	case "am", "a.m.", "a.m":
		return "am"
	case "pm", "p.m.", "p.m":
		return "pm"
	default:
		return ""
	}
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
