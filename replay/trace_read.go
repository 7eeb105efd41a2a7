package replay

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

const (
	// mostRows bounds the memory that a trace takes: four years by the minute.
	mostRows = 1 << 21
	// longestRow is far beyond a time and a number.
	longestRow = 64 << 10
	// mostMinutes bounds the time a trace spans, by the steps that it is played
	// in: two years of them.
	mostSteps = 1 << 22
)

// TraceError is what keeps a trace from being read, and where.
type TraceError struct {
	Line int // from 1; 0 is the whole
	Text string
}

func (e *TraceError) Error() string {
	if e.Line == 0 {
		return e.Text
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Text)
}

// TraceOptions say how a trace is written.
type TraceOptions struct {
	// PerMinute says that values count what came in a minute, not in a second.
	PerMinute bool
}

// ReadTrace reads a trace from CSV, which may be compressed by gzip: a header
// with the columns timestamp and value, in any order and among others, then a
// row for each time, in order. Times are RFC 3339 or Unix seconds. The step is
// the one that most rows are apart; what is missing is a gap. A value is not
// negative. An error of what is written is a TraceError.
func ReadTrace(r io.Reader, o TraceOptions) (*Trace, error) {
	plain, err := unpacked(r)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(plain)
	lines.Buffer(nil, longestRow)
	var rows rows
	n := 0
	for lines.Scan() {
		n++
		if err := rows.add(n, lines.Text()); err != nil {
			return nil, err
		}
	}
	if err := lines.Err(); err != nil {
		return nil, unread(n+1, err)
	}
	trace, err := rows.trace()
	if err == nil && o.PerMinute {
		for i := range trace.Values {
			trace.Values[i] /= 60
		}
	}
	return trace, err
}

// NewTrace makes a trace of samples that a source knows of the past, in order,
// a step apart where there is no gap.
func NewTrace(samples []signal.Sample) (*Trace, error) {
	r := rows{width: 2}
	for i, x := range samples {
		at := x.At.UnixMilli()
		if err := r.follows(at, moment(at)); err != nil {
			return nil, &TraceError{0, fmt.Sprintf("sample %d: %v", i+1, err)}
		}
		if math.IsNaN(x.Value) || math.IsInf(x.Value, 0) || x.Value < 0 {
			continue
		}
		r.at, r.values = append(r.at, at), append(r.values, x.Value)
	}
	if len(r.at) < 2 {
		return nil, &TraceError{0, fmt.Sprintf("there are %d samples: a trace has two at least, from which its step follows", len(r.at))}
	}
	return r.trace()
}

// unpacked is the text of a file, which gzip begins with two bytes of its own.
func unpacked(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReader(r)
	head, err := buffered.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return buffered, nil
	}
	z, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, unread(0, err)
	}
	return z, nil
}

func unread(line int, err error) error {
	switch {
	case errors.Is(err, bufio.ErrTooLong):
		return &TraceError{line, fmt.Sprintf("is longer than %d bytes, which no row of a trace is: is this CSV?", longestRow)}
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.Is(err, io.ErrUnexpectedEOF):
		return &TraceError{line, fmt.Sprintf("the compressed file is broken (%v): copy it again", err)}
	}
	return err
}

// rows are those read so far.
type rows struct {
	time, value int // columns, once width is not 0
	width       int
	at          []int64 // Unix milliseconds
	values      []float64
}

func (r *rows) add(line int, text string) error {
	if line == 1 {
		text = strings.TrimPrefix(text, "\ufeff")
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	cells := strings.Split(text, ",")
	for i, c := range cells {
		cells[i] = strings.Trim(strings.TrimSpace(c), `"`)
	}
	if r.width == 0 {
		return r.header(line, cells)
	}
	if len(cells) != r.width {
		return &TraceError{line, fmt.Sprintf("has %d columns, and the header %d: write both values, and a point in a number instead of a comma", len(cells), r.width)}
	}
	if len(r.at) == mostRows {
		return &TraceError{line, fmt.Sprintf("there is room for %d rows: cut the trace, or write it in longer steps", mostRows)}
	}
	at, err := instant(cells[r.time])
	if err != nil {
		return &TraceError{line, err.Error()}
	}
	if err := r.follows(at, cells[r.time]); err != nil {
		return &TraceError{line, err.Error()}
	}
	value, err := number(cells[r.value])
	if err != nil {
		return &TraceError{line, err.Error()}
	}
	r.at, r.values = append(r.at, at), append(r.values, value)
	return nil
}

func (r *rows) header(line int, cells []string) error {
	r.time, r.value = -1, -1
	for i, c := range cells {
		switch strings.ToLower(c) {
		case "timestamp":
			r.time = i
		case "value":
			r.value = i
		}
	}
	if r.time < 0 || r.value < 0 {
		return &TraceError{line, fmt.Sprintf("%.60q is not the header: write timestamp,value before the first row", strings.Join(cells, ","))}
	}
	r.width = len(cells)
	return nil
}

// follows refuses a time that does not come after the one before it.
func (r *rows) follows(at int64, text string) error {
	if len(r.at) == 0 {
		return nil
	}
	switch before := r.at[len(r.at)-1]; {
	case at == before:
		return fmt.Errorf("%s is there twice: keep one of the rows, or add up what several series have at one time", text)
	case at < before:
		return fmt.Errorf("%s comes after a row of %s: sort the rows by time", text, moment(before))
	}
	return nil
}

func moment(milli int64) string { return time.UnixMilli(milli).UTC().Format(time.RFC3339) }

// instant reads a time in Unix milliseconds.
func instant(text string) (int64, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.UnixMilli(), nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(seconds) {
		return 0, fmt.Errorf("%.40q is no time: write it as 2026-11-22T20:00:00Z, or in Unix seconds", text)
	}
	if math.Abs(seconds) >= 1e11 { // the year 5138
		return 0, fmt.Errorf("%.40q is no time in Unix seconds: divide milliseconds by 1000", text)
	}
	return int64(math.Round(seconds * 1000)), nil
}

func number(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case text == "":
		return 0, errors.New("has no value: leave the row out where nothing was measured, and write 0 where nothing came")
	case err != nil && !errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("value %.40q is no number", text)
	case math.IsNaN(v):
		return 0, errors.New("value NaN is no number: leave the row out where nothing was measured")
	case math.IsInf(v, 0):
		return 0, fmt.Errorf("value %.40q is infinite: leave the row out", text)
	case v < 0:
		return 0, fmt.Errorf("value %.40q is negative, which no demand is: is it a difference of a counter that began anew? Leave the row out", text)
	}
	return v, nil
}

// trace puts the rows in their steps. Two that share one, as rows that are not
// quite regular may, are averaged.
func (r *rows) trace() (*Trace, error) {
	switch {
	case r.width == 0:
		return nil, &TraceError{0, "there is no header: write timestamp,value in the first line"}
	case len(r.at) < 2:
		return nil, &TraceError{0, fmt.Sprintf("there is a header and %d rows: a trace has two at least, from which its step follows", len(r.at))}
	}
	step := r.step()
	if step < 1000 {
		return nil, &TraceError{0, fmt.Sprintf("rows are %d ms apart: write a row a second, or fewer", step)}
	}
	first, last := r.at[0], r.at[len(r.at)-1]
	if most := mostSteps * Step.Milliseconds(); last-first >= most {
		return nil, &TraceError{0, fmt.Sprintf("from %s to %s are more than the %d days that can be played: cut the trace",
			moment(first), moment(last), most/(24*time.Hour).Milliseconds())}
	}
	cell := func(i int) int64 { return (r.at[i] - first + step/2) / step }
	t := &Trace{Start: time.UnixMilli(first).UTC(), Step: time.Duration(step) * time.Millisecond}
	t.Values = make([]float64, cell(len(r.at)-1)+1)
	for i := range t.Values {
		t.Values[i] = math.NaN()
	}
	for i := 0; i < len(r.at); {
		sum, n, at := 0.0, 0, cell(i)
		for ; i < len(r.at) && cell(i) == at; i++ {
			sum, n = sum+r.values[i], n+1
		}
		t.Values[at] = sum / float64(n)
	}
	return t, nil
}

// step is how far apart most rows are, in milliseconds; the least of several.
func (r *rows) step() int64 {
	apart := make([]int64, len(r.at)-1)
	for i := range apart {
		apart[i] = r.at[i+1] - r.at[i]
	}
	slices.Sort(apart)
	best, most := apart[0], 0
	for i := 0; i < len(apart); {
		j := i
		for j < len(apart) && apart[j] == apart[i] {
			j++
		}
		if j-i > most {
			best, most = apart[i], j-i
		}
		i = j
	}
	return best
}
