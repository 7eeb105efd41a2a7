package prometheus

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/signal"
)

func TestReadTakesOneNumber(t *testing.T) {
	cases := map[string]struct {
		body string
		want signal.Reading
	}{
		"vector of one":       {sample("42.5", time.Second), signal.Good(now.Add(-time.Second), 42.5)},
		"scalar":              {answer("scalar", `[1795377600,"7"]`), signal.Good(now, 7)},
		"fraction of second":  {answer("scalar", `[1795377599.5,"7"]`), signal.Good(now.Add(-500*time.Millisecond), 7)},
		"zero":                {sample("0", 0), signal.Good(now, 0)},
		"negative by a bit":   {sample("-1e-10", 0), signal.Good(now, 0)},
		"at the age of stale": {sample("1", 2*time.Minute), signal.Good(now.Add(-2*time.Minute), 1)},
		"server clock ahead":  {sample("1", -time.Hour), signal.Good(now, 1)},
		"with warnings":       {strings.Replace(sample("3", 0), `{"status"`, `{"warnings":["w"],"status"`, 1), signal.Good(now, 3)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := one(t.Context(), serve(t, respond(http.StatusOK, c.body), nil))
			if !got.At.Equal(c.want.At) || got.Value != c.want.Value || got.Condition != signal.Fine || got.Reason != "" {
				t.Fatalf("read %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestReadNamesEveryCondition(t *testing.T) {
	vector := func(result string) string { return answer("vector", result) }
	cases := map[string]struct {
		code int
		body string
		want signal.Condition
		says string
	}{
		"empty":              {200, vector(`[]`), signal.Empty, "vector(0)"},
		"two series":         {200, vector(`[{"metric":{"pod":"a"},"value":[1795377600,"1"]},{"metric":{"pod":"b"},"value":[1795377600,"2"]}]`), signal.Several, `matched 2 series, {pod="a"} and {pod="b"}: `},
		"five series":        {200, vector(`[` + strings.Repeat(`{"metric":{"pod":"a"},"value":[1795377600,"1"]},`, 4) + `{"metric":{"pod":"b"},"value":[1795377600,"2"]}]`), signal.Several, `{pod="a"}, {pod="a"}, {pod="a"} and 2 more: a signal is one number; wrap the query in sum(…)`},
		"NaN":                {200, sample("NaN", 0), signal.NaN, "0/0"},
		"+Inf":               {200, sample("+Inf", 0), signal.Inf, "+Inf"},
		"-Inf":               {200, sample("-Inf", 0), signal.Inf, "-Inf"},
		"negative":           {200, sample("-1e-8", 0), signal.Invalid, "never negative"},
		"stale":              {200, sample("1", 2*time.Minute+time.Second), signal.Stale, "2026-11-22T19:57:59Z, older than 2m0s"},
		"stale before NaN":   {200, sample("NaN", time.Hour), signal.Stale, "older"},
		"matrix":             {200, answer("matrix", `[]`), signal.Invalid, "yielded a matrix"},
		"native histogram":   {200, vector(`[{"metric":{},"histogram":[1795377600,{"count":"1","sum":"2"}]}]`), signal.Invalid, "histogram_quantile"},
		"string":             {200, answer("string", `[1795377600,"a"]`), signal.Refused, `result type is "string"`},
		"sample without val": {200, vector(`[{"metric":{},"value":[1795377600]}]`), signal.Refused, "a sample is [1795377600]"},
		"sample of null":     {200, vector(`[{"metric":{},"value":[1795377600,null]}]`), signal.Refused, "a sample is [1795377600,null]"},
		"sample of no time":  {200, vector(`[{"metric":{},"value":[null,"1"]}]`), signal.Refused, "a sample is"},
		"value is a number":  {200, vector(`[{"metric":{},"value":[1795377600,5]}]`), signal.Refused, "a sample is"},
		"three in a sample":  {200, answer("scalar", `[1795377600,"1","2"]`), signal.Refused, "a sample is"},
		"value not a number": {200, sample("many", 0), signal.Refused, "many"},
		"series of nothing":  {200, vector(`[{"metric":{}}]`), signal.Refused, "a sample is"},
		"histogram of null":  {200, vector(`[{"metric":{},"histogram":null}]`), signal.Refused, "a sample is"},
		"null series":        {200, vector(`[null]`), signal.Refused, "a sample is"},
		"null result":        {200, vector(`null`), signal.Refused, "not a list"},
		"no data":            {200, `{"status":"success"}`, signal.Refused, "result type"},
		"no status":          {200, `{"data":{"resultType":"scalar","result":[1,"1"]}}`, signal.Refused, "status"},
		"login page":         {200, "<html>Sign in", signal.Refused, `beginning "<html>Sign in"`},
		"no body":            {200, "", signal.Refused, "not the API's JSON"},
		"no content":         {204, "", signal.Refused, "not the API's JSON"},
		"error in a 200":     {200, `{"status":"error","errorType":"execution","error":"boom"}`, signal.Refused, "boom"},
		"timeout in a 200":   {200, `{"status":"error","errorType":"timeout","error":"slow"}`, signal.Unreachable, "gave up"},
		"bad query":          {400, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:5: parse error: unexpected end"}`, signal.Refused, "1:5: parse error: unexpected end"},
		"cannot execute":     {422, `{"status":"error","errorType":"execution","error":"query processing would load too many samples"}`, signal.Refused, "too many samples"},
		"plain 400":          {400, "no org id\nmore", signal.Refused, "no org id"},
		"unauthorised":       {401, "", signal.Refused, "bearer token"},
		"forbidden":          {403, "rbac", signal.Refused, "tenant header"},
		"not found":          {404, "404 page not found", signal.Refused, "path of the address"},
		"method not allowed": {405, "", signal.Refused, "405"},
		"too many":           {429, "rate limit", signal.Refused, "rate limit"},
		"broken":             {500, `{"status":"error","errorType":"internal","error":"storage gone"}`, signal.Refused, "storage gone"},
		"bad gateway":        {502, "", signal.Unreachable, "502"},
		"starting":           {503, "Service Unavailable", signal.Unreachable, "still starting"},
		"query timed out":    {503, `{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}`, signal.Unreachable, "query timed out"},
		"gateway timeout":    {504, "", signal.Unreachable, "504"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := one(t.Context(), serve(t, respond(c.code, c.body), nil))
			if got.Condition != c.want || got.Value != 0 || got.OK() {
				t.Fatalf("read %+v, want %s", got, c.want)
			}
			if !strings.Contains(got.Reason, c.says) || !strings.Contains(got.Reason, `query "sum(rate(http_requests_total[1m]))"`) {
				t.Fatalf("reason %q does not name the query and %q", got.Reason, c.says)
			}
		})
	}
}

func TestReadFollowsNoRedirect(t *testing.T) {
	got := one(t.Context(), serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://login.example/start?secret=1")
		w.WriteHeader(http.StatusFound)
	}, nil))
	if got.Condition != signal.Refused || !strings.Contains(got.Reason, `"https://login.example/start"`) || strings.Contains(got.Reason, "secret") {
		t.Fatalf("read %+v", got)
	}
}

func TestReadFallsBackToGet(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		if r.URL.Query().Get("partial_response") != "false" {
			t.Errorf("query %q lacks the address' own", r.URL.RawQuery)
		}
		respond(http.StatusOK, sample("5", 0))(w, r)
	}, func(c *Config) { c.Address += "/?partial_response=false" })
	if got := one(t.Context(), s); got.Value != 5 {
		t.Fatalf("read %+v", got)
	}
}

func TestReadRefusesWhatIsNoExpression(t *testing.T) {
	s := serve(t, respond(http.StatusOK, sample("1", 0)), nil)
	got := s.Read(t.Context(), []signal.Query{signal.ConsumerGroup{Group: "deposits"}, signal.Expression{PromQL: "up"}})
	if got[0].Condition != signal.Invalid || !strings.Contains(got[0].Reason, "consumer group deposits") || !got[1].OK() {
		t.Fatalf("read %+v", got)
	}
	if got := s.Read(t.Context(), nil); len(got) != 0 {
		t.Fatalf("nothing asked, %+v answered", got)
	}
}

func TestWarningsAreLogged(t *testing.T) {
	var log bytes.Buffer
	s := serve(t, respond(http.StatusOK, strings.Replace(sample("3", 0), `{"status"`, `{"warnings":["store gone"],"status"`, 1)),
		func(c *Config) {
			c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
	one(t.Context(), s)
	if !strings.Contains(log.String(), "store gone") || !strings.Contains(log.String(), "level=DEBUG") {
		t.Fatalf("log %q", log.String())
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	cases := map[string]struct {
		config Config
		says   string
	}{
		"no address":         {Config{}, "http://HOST:PORT"},
		"no scheme":          {Config{Address: "prometheus:9090"}, "http://HOST:PORT"},
		"not a URL":          {Config{Address: "http://u:secret@ho st"}, "not a URL"},
		"user in address":    {Config{Address: "http://u:secret@host"}, "credentials of their own"},
		"path of the API":    {Config{Address: "http://host/api/v1/"}, "leave that off"},
		"negative timeout":   {Config{Address: "http://host", Timeout: -1}, "timeout"},
		"negative workers":   {Config{Address: "http://host", Concurrency: -1}, "concurrency"},
		"negative age":       {Config{Address: "http://host", StaleAfter: -1}, "staleAfter"},
		"negative size":      {Config{Address: "http://host", MaxResponse: -1}, "maxResponse"},
		"two identities":     {Config{Address: "http://host", Auth: Auth{Bearer: Secret{Value: "a"}, Username: Secret{Value: "b"}}}, "keep one"},
		"value and file":     {Config{Address: "http://host", Auth: Auth{Bearer: Secret{Value: "a", File: "b"}}}, "keep one"},
		"nobody's password":  {Config{Address: "http://host", Auth: Auth{Password: Secret{Value: "b"}}}, "without a user name"},
		"colon in user":      {Config{Address: "http://host", Auth: Auth{Username: Secret{Value: "a:b"}}}, "colon"},
		"token of two lines": {Config{Address: "http://host", Auth: Auth{Bearer: Secret{Value: "a\nb"}}}, "line break"},
		"missing file":       {Config{Address: "http://host", Auth: Auth{Bearer: Secret{File: "/nowhere/token"}}}, "/nowhere/token"},
		"TLS on http":        {Config{Address: "http://host", TLS: TLS{ServerName: "x"}}, "write https"},
		"certificate alone":  {Config{Address: "https://host", TLS: TLS{CertFile: "x"}}, "both"},
		"header name":        {Config{Address: "http://host", Headers: map[string]string{"a b": "c"}}, `"a b"`},
		"header value":       {Config{Address: "http://host", Headers: map[string]string{"a": "c\n"}}, "control"},
		"two authorisations": {Config{Address: "http://host", Headers: map[string]string{"authorization": "c"}, Auth: Auth{Bearer: Secret{Value: "a"}}}, "keep one"},
		"tenant":             {Config{Address: "http://host", Tenant: Tenant{Value: "a\n"}}, "X-Scope-OrgID"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := New(c.config)
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "secret") {
				t.Fatalf("error %v does not say %q", err, c.says)
			}
		})
	}
}
