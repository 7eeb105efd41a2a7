package prometheus

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/signal"
)

var (
	_ pipeline.Source    = (*Source)(nil)
	_ pipeline.Historian = (*Source)(nil)
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// now is what the source under test takes for the present.
var now = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)

// serve starts a server and a source for it; edit may change its
// configuration.
func serve(t *testing.T, handler http.HandlerFunc, edit func(*Config)) *Source {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return connect(t, Config{Address: server.URL}, edit)
}

func connect(t *testing.T, c Config, edit func(*Config)) *Source {
	t.Helper()
	c.Now = func() time.Time { return now }
	if edit != nil {
		edit(&c)
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// one reads a single query.
func one(ctx context.Context, s *Source) signal.Reading {
	return s.Read(ctx, []signal.Query{signal.Expression{PromQL: "sum(rate(http_requests_total[1m]))"}})[0]
}

// answer is a successful answer of the API with the result given.
func answer(kind, result string) string {
	return fmt.Sprintf(`{"status":"success","data":{"resultType":%q,"result":%s}}`, kind, result)
}

// sample is a vector of one series, measured age ago.
func sample(value string, age time.Duration) string {
	return answer("vector", fmt.Sprintf(`[{"metric":{},"value":[%d,%q]}]`, now.Add(-age).Unix(), value))
}

func respond(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
	}
}
