package replay_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	. "github.com/headstart-scaler/headstart/replay"
	"github.com/headstart-scaler/headstart/signal"
)

func read(text string) (*Trace, error) {
	return ReadTrace(strings.NewReader(text), TraceOptions{})
}

func TestReadTrace(t *testing.T) {
	gap := math.NaN()
	for _, c := range []struct {
		name, text string
		step       time.Duration
		values     []float64
	}{
		{"RFC 3339", "timestamp,value\n2026-11-22T20:00:00Z,1\n2026-11-22T20:01:00Z,2.5\n", time.Minute, []float64{1, 2.5}},
		{"another zone", "timestamp,value\n2026-11-22T21:00:00+01:00,1\n2026-11-22T20:01:00Z,2\n", time.Minute, []float64{1, 2}},
		{"Unix seconds", "timestamp,value\n1795377600,1\n1795377660,2\n", time.Minute, []float64{1, 2}},
		{"gaps stay", "timestamp,value\n1795377600,1\n1795377660,2\n1795377720,2\n1795377900,4\n", time.Minute, []float64{1, 2, 2, gap, gap, 4}},
		{"five minutes are held", "timestamp,value\n1795377600,1\n1795377900,2\n", 5 * time.Minute, []float64{1, 2}},
		{"other columns, another order, quotes, a mark", "\ufeffValue,host,Timestamp\r\n\"1\",a,\"1795377600\"\r\n2,a,1795377660\r\n", time.Minute, []float64{1, 2}},
		{"empty lines", "timestamp,value\n\n1795377600,1\n\n1795377660,2\n\n", time.Minute, []float64{1, 2}},
		{"not quite regular", "timestamp,value\n1795377600,1\n1795377660,2\n1795377720,2\n1795377779,3\n1795377841,5\n1795377868,7\n", time.Minute, []float64{1, 2, 2, 3, 6}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := read(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Start.Equal(time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)) || got.Step != c.step || fmt.Sprint(got.Values) != fmt.Sprint(c.values) {
				t.Errorf("from %s every %s: %v, want every %s: %v", got.Start, got.Step, got.Values, c.step, c.values)
			}
		})
	}
}

func TestReadTraceRefuses(t *testing.T) {
	const head, row = "timestamp,value\n", "1795377600,1\n"
	for _, c := range []struct {
		name, text string
		line       int
		want       string
	}{
		{"nothing", "", 0, "there is no header"},
		{"no header", row + row, 1, "write timestamp,value before the first row"},
		{"a header alone", head, 0, "two at least"},
		{"one row", head + row, 0, "1 rows"},
		{"unordered", head + row + "1795377540,1\n", 3, "sort the rows"},
		{"twice", head + row + row, 3, "there twice"},
		{"negative", head + row + "1795377660,-1\n", 3, "is negative"},
		{"NaN", head + row + "1795377660,NaN\n", 3, "leave the row out"},
		{"infinite", head + row + "1795377660,+Inf\n", 3, "leave the row out"},
		{"beyond a float", head + row + "1795377660,1e999\n", 3, "leave the row out"},
		{"no value", head + row + "1795377660,\n", 3, "write 0 where nothing came"},
		{"no number", head + row + "1795377660,many\n", 3, "is no number"},
		{"no time", head + "2026-11-22 20:00,1\n", 2, "2026-11-22T20:00:00Z"},
		{"milliseconds", head + "1795377600000,1\n", 2, "divide milliseconds by 1000"},
		{"a decimal comma", head + "1795377600,1,5\n", 2, "a point in a number"},
		{"steps below a second", head + "1795377600.0,1\n1795377600.1,1\n", 0, "100 ms apart"},
		{"a century in minutes", head + "1795377600,1\n1795377660,1\n4795377660,1\n", 0, "cut the trace"},
		{"a line without end", head + strings.Repeat("9", 70_000), 2, "is this CSV"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(c.text)
			fault, ok := errors.AsType[*TraceError](err)
			if !ok || fault.Line != c.line || !strings.Contains(fault.Text, c.want) {
				t.Errorf("got %v, want line %d with %q", err, c.line, c.want)
			}
		})
	}
}

func TestReadTraceUnpacks(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte("timestamp,value\n1795377600,60\n1795377660,120\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := ReadTrace(bytes.NewReader(packed.Bytes()), TraceOptions{PerMinute: true})
	if err != nil || fmt.Sprint(got.Values) != "[1 2]" {
		t.Errorf("per minute: %v, %v", got, err)
	}
	broken := packed.Bytes()[:packed.Len()-6]
	if _, err := ReadTrace(bytes.NewReader(broken), TraceOptions{}); err == nil || !strings.Contains(err.Error(), "copy it again") {
		t.Errorf("a file cut short: %v", err)
	}
}

func TestNewTrace(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 22, 20, minute, 0, 0, time.UTC) }
	got, err := NewTrace([]signal.Sample{{At: at(0), Value: 1}, {At: at(1), Value: 2}, {At: at(2), Value: math.NaN()}, {At: at(3), Value: 4}, {At: at(4), Value: 5}})
	if err != nil || fmt.Sprint(got.Values) != "[1 2 NaN 4 5]" || got.Step != time.Minute {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := NewTrace([]signal.Sample{{At: at(1), Value: 1}, {At: at(0), Value: 2}}); err == nil || !strings.Contains(err.Error(), "sample 2") {
		t.Error(err)
	}
	if _, err := NewTrace([]signal.Sample{{At: at(1), Value: 1}}); err == nil || !strings.Contains(err.Error(), "1 samples") {
		t.Error(err)
	}
}

func TestCapacity(t *testing.T) {
	hundred := make([]float64, 0, 102)
	for i := range 100 {
		hundred = append(hundred, float64(i))
	}
	for _, c := range []struct {
		name   string
		values []float64
		want   float64
	}{
		{"the 99th percentile is 40 replicas", hundred, 99. / 40},
		{"gaps do not count", append([]float64{math.NaN(), math.NaN()}, hundred...), 99. / 40},
		{"nearly always nothing", append(make([]float64, 1000), 80), 2},
		{"four digits", []float64{123.456789, 123.456789}, 3.086},
	} {
		got, err := (&Trace{Step: time.Minute, Values: c.values}).Capacity()
		if err != nil || math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %g, %v; want %g", c.name, got, err, c.want)
		}
	}
	for _, nothing := range [][]float64{{}, {math.NaN()}, {0, 0}} {
		if got, err := (&Trace{Step: time.Minute, Values: nothing}).Capacity(); err == nil {
			t.Errorf("%v: got %g", nothing, got)
		}
	}
}

// Whatever a file holds, a trace is sound or an error.
func FuzzReadTrace(f *testing.F) {
	f.Add([]byte("timestamp,value\n1795377600,1\n1795377660,2\n"))
	f.Add([]byte("timestamp,value\n2026-11-22T20:00:00Z,1\n2026-11-22T20:05:00Z,2\n2026-11-22T21:05:00Z,0\n"))
	f.Add([]byte{0x1f, 0x8b, 8, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ReadTrace(bytes.NewReader(data), TraceOptions{})
		if err != nil {
			return
		}
		if got.Step < time.Second || len(got.Values) < 1 || math.IsNaN(got.Values[0]) || math.IsNaN(got.Values[len(got.Values)-1]) {
			t.Fatalf("not sound: %d values every %s", len(got.Values), got.Step)
		}
		for _, v := range got.Values {
			if v < 0 || math.IsInf(v, 0) {
				t.Fatalf("value %g", v)
			}
		}
	})
}
