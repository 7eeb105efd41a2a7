package prometheus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// past answers range queries as Prometheus does, with the Unix time as value,
// and notes how many points each asked for.
func past(t *testing.T, asked *[]int, value func(at float64) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		number := func(name string) float64 {
			v, err := strconv.ParseFloat(r.FormValue(name), 64)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			return v
		}
		start, end, step := number("start"), number("end"), number("step")
		if (end-start)/step > 11_000 {
			respond(http.StatusBadRequest, `{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution"}`)(w, r)
			return
		}
		var values []string
		for i := 0; start+float64(i)*step <= end+1e-6; i++ {
			at := start + float64(i)*step
			if v := value(at); v != "" {
				values = append(values, fmt.Sprintf(`[%.3f,%q]`, at, v))
			}
		}
		*asked = append(*asked, len(values))
		respond(http.StatusOK, answer("matrix", `[{"metric":{},"values":[`+strings.Join(values, ",")+`]}]`))(w, r)
	}
}

func unix(at float64) string { return strconv.FormatFloat(at, 'f', 3, 64) }

func TestHistoryIsReadInChunks(t *testing.T) {
	cases := []struct {
		points int // steps after the first
		chunks []int
	}{
		{0, []int{1}},
		{10_999, []int{11_000}},
		{11_000, []int{11_000, 1}},
		{25_000, []int{11_000, 11_000, 3_001}},
	}
	for _, c := range cases {
		for _, step := range []time.Duration{15 * time.Second, 1500 * time.Millisecond} {
			t.Run(fmt.Sprintf("%d of %s", c.points, step), func(t *testing.T) {
				readInChunks(t, c.points, step, c.chunks)
			})
		}
	}
}

func readInChunks(t *testing.T, points int, step time.Duration, chunks []int) {
	t.Helper()
	var asked []int
	s := serve(t, past(t, &asked, unix), nil)
	from := now.Add(-time.Duration(points) * step)
	got, err := s.History(t.Context(), signal.Expression{PromQL: "up"}, from, now.Add(step-time.Millisecond), step)
	if err != nil || !slices.Equal(asked, chunks) || len(got) != points+1 {
		t.Fatalf("read as %v, %d samples, error %v", asked, len(got), err)
	}
	for i, x := range got {
		if at := from.Add(time.Duration(i) * step); !x.At.Equal(at) || unix(x.Value) != unix(float64(at.UnixMilli())/1000) {
			t.Fatalf("sample %d is %+v, want one of %s", i, x, at)
		}
	}
}

func TestHistoryLeavesGapsOut(t *testing.T) {
	var asked []int
	values := []string{"1", "NaN", "", "+Inf", "-Inf", "-3", "-1e-12", "0", "2"}
	s := serve(t, past(t, &asked, func(at float64) string {
		return values[int(at-float64(now.Unix()))/60]
	}), nil)
	got, err := s.History(t.Context(), signal.Expression{PromQL: "up"}, now, now.Add(8*time.Minute), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	want := []signal.Sample{{At: now, Value: 1}, {At: now.Add(6 * time.Minute)}, {At: now.Add(7 * time.Minute)}, {At: now.Add(8 * time.Minute), Value: 2}}
	if len(got) != len(want) {
		t.Fatalf("history %v", got)
	}
	for i := range want {
		if !got[i].At.Equal(want[i].At) || got[i].Value != want[i].Value {
			t.Errorf("sample %d is %v, want %v", i, got[i], want[i])
		}
	}
}

func TestHistoryRefuses(t *testing.T) {
	series := `{"metric":{"pod":"a"},"values":[[1795377600,"1"]]}`
	cases := map[string]struct {
		query  signal.Query
		body   string
		code   int
		length time.Duration
		step   time.Duration
		says   string
	}{
		"several series": {body: answer("matrix", "["+series+","+series+"]"), says: `2 series, {pod="a"} and others`},
		"a vector":       {body: sample("1", 0), says: "not a range"},
		"histograms":     {body: answer("matrix", `[{"metric":{},"histograms":[[1795377600,{"count":"1","sum":"2"}]]}]`), says: "histogram_quantile"},
		"half a sample":  {body: answer("matrix", `[{"metric":{},"values":[[1795377600]]}]`), says: "a sample is [1795377600]"},
		"null series":    {body: answer("matrix", `[null]`), says: "a series is null"},
		"an error":       {body: "boom", code: 500, says: "boom"},
		"no step":        {step: time.Microsecond, says: "below the API's millisecond"},
		"backwards":      {length: -time.Second, says: "ends before it begins"},
		"too many":       {step: time.Millisecond, length: historyPoints * time.Millisecond, says: "take a longer step"},
		"a group":        {query: signal.ConsumerGroup{Group: "g"}, says: "PromQL expressions only"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			query := cmp.Or(c.query, signal.Query(signal.Expression{PromQL: "up"}))
			to := now.Add(c.length - time.Hour)
			got, err := serve(t, respond(cmp.Or(c.code, http.StatusOK), c.body), nil).
				History(t.Context(), query, now.Add(-time.Hour), to, cmp.Or(c.step, time.Minute))
			if err == nil || got != nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("history %v, error %v does not say %q", got, err, c.says)
			}
		})
	}
}

func TestHistoryOfNothingIsEmpty(t *testing.T) {
	got, err := serve(t, respond(http.StatusOK, answer("matrix", "[]")), nil).
		History(t.Context(), signal.Expression{PromQL: "up"}, now.Add(-time.Hour), now, time.Minute)
	if err != nil || len(got) != 0 {
		t.Fatalf("history %v, error %v", got, err)
	}
}

func TestHistoryEndsWithItsContext(t *testing.T) {
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // a server sees the client leave once the body is read
		<-r.Context().Done()
	}, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := s.History(ctx, signal.Expression{PromQL: "up"}, now.Add(-time.Hour), now, time.Minute)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error %v is not the context's", err)
	}
}
