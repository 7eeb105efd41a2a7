package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The end of an override does not wait for a server that is slow to tell what it
// does, be it the list that takes long or the decision.
func TestTheEndOfAnOverrideDoesNotWaitForALook(t *testing.T) {
	const one = `{"id": 7, "workload": "shop/lobby", "kind": "floor", "replicas": 33, "author": "ana", "reason": "TV spot"}`
	for name, slow := range map[string]string{"the list": "/overrides", "the decision": "/decision"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			ended := make(chan time.Duration, 1)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == http.MethodPost:
					ended <- time.Since(begun)
					_, _ = fmt.Fprint(w, one)
				case len(ended) == 0 && strings.HasSuffix(r.URL.Path, slow):
					<-r.Context().Done() // until whoever asks has had enough
				case strings.HasSuffix(r.URL.Path, "/overrides"):
					_, _ = fmt.Fprintf(w, `{"overrides": [%s]}`, one)
				default:
					_, _ = fmt.Fprint(w, `{"replicas": 20, "at": "2026-11-24T10:00:00Z"}`)
				}
			}))
			defer server.Close()
			var out, complaints bytes.Buffer
			code := Main(t.Context(), []string{
				"override", "expire", "7", "--reason", "over", "--author", "ana", "--timeout", "6s", "--server", server.URL,
			}, &out, &complaints)
			if text := out.String(); code != 0 || !strings.Contains(text, "Override 7 ended") || strings.Contains(text, "before") || !strings.Contains(text, "now     20 replicas") {
				t.Errorf("exit %d: %s%s", code, text, complaints.String())
			}
			if after := <-ended; after < lookBefore || after > 2*lookBefore {
				t.Errorf("the end was sent after %s, want %s", after, lookBefore)
			}
		})
	}
}
