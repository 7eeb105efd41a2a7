package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
)

func crossOrigin(err error) error {
	f := answerKind{"cross-origin", "Not from here", http.StatusForbidden, codes.PermissionDenied}.
		fault("A page of another site sent this change.", "Send it from a program, or from a page of this address.")
	f.cause = err
	return f
}

func wrongMethod(r *http.Request, possible []string) error {
	f := answerKind{"method", "Method not allowed", http.StatusMethodNotAllowed, codes.Unimplemented}.
		fault(fmt.Sprintf("%.16s is not possible on %.200s.", r.Method, r.URL.Path), "Use "+strings.Join(possible, " or ")+".")
	f.allow = strings.Replace(strings.Join(possible, ", "), http.MethodGet, "GET, HEAD", 1)
	return f
}

// refuse shows an error as a problem (RFC 9457).
func (t *routes) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := *asFault(err)
	f.Instance = r.URL.Path
	t.guard.tell(r.Context(), r.Method+" "+r.URL.Path, &f)
	f.headers(w.Header())
	writeJSON(w, f.Status, mediaProblem, &f)
}

// headers are those that go with a fault.
func (f *fault) headers(h http.Header) {
	if f.after > 0 {
		h.Set("Retry-After", strconv.Itoa(int(f.after.Seconds())))
	}
	if f.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="headstart"`)
	}
	if f.allow != "" {
		h.Set("Allow", f.allow)
	}
	if f.Current != nil {
		h.Set("ETag", etag(*f.Current))
	}
}

// writeJSON writes a value of texts, numbers and lists, which always encodes.
func writeJSON(w http.ResponseWriter, status int, media string, value any) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	write(w, status, media, body.Bytes())
}

// write sends a whole body. Its own failure means that the reader has gone.
func write(w http.ResponseWriter, status int, media string, body []byte) {
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
