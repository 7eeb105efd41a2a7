package prometheus

import (
	"bytes"
	"io"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

// FuzzRead answers a query with any bytes: whatever they are, the reading is a
// finite number that is in them, or a condition with a reason.
func FuzzRead(f *testing.F) {
	for _, body := range []string{
		sample("42.5", 0), sample("NaN", 0), sample("+Inf", 0), sample("-1", 0), sample("0x1p4", 0),
		answer("scalar", `[1795377600,"7"]`), answer("vector", `[]`), answer("vector", `[null]`),
		answer("vector", `[{"metric":{},"value":[1795377600]}]`),
		answer("vector", `[{"metric":{},"histogram":[1795377600,{"count":"1","sum":"2","buckets":[[0,"1","2","3"]]}]}]`),
		answer("matrix", `[{"metric":{"a":"b"},"values":[[1795377600,"1"]]}]`), answer("string", `[1,"a"]`),
		`{"status":"error","errorType":"bad_data","error":"parse error"}`, "", "<html>", "[[[[",
	} {
		f.Add(200, []byte(body))
		f.Add(422, []byte(body))
	}
	var code int
	var body []byte
	c := Config{Address: "http://prometheus.example", Now: func() time.Time { return now }, MaxResponse: 1 << 16}
	c.complete()
	s, err := newSource(c, fake(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: code, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
	}))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status int, answer []byte) {
		code, body = 100+(status%500+500)%500, answer
		if got := one(t.Context(), s); got.OK() {
			checkFine(t, got, code, answer)
		} else if got.Reason == "" || got.Value != 0 {
			t.Fatalf("no reason in %+v", got)
		}
		history, err := s.History(t.Context(), signal.Expression{PromQL: "up"}, now, now, time.Second)
		for _, x := range history {
			if err != nil || !(x.Value >= 0) || math.IsInf(x.Value, 0) {
				t.Fatalf("history %v, error %v", history, err)
			}
		}
	})
}

func checkFine(t *testing.T, got signal.Reading, code int, answer []byte) {
	t.Helper()
	switch {
	case !(got.Value >= 0) || math.IsInf(got.Value, 0):
		t.Fatalf("fine, but %v", got.Value)
	case got.Value == 0 && !bytes.ContainsAny(answer, "0-"):
		t.Fatalf("0 out of %q", answer)
	case code/100 != 2:
		t.Fatalf("fine out of HTTP %d", code)
	case got.At.After(now) || now.Sub(got.At) > DefaultStaleAfter:
		t.Fatalf("fine, but of %s", got.At)
	}
}
