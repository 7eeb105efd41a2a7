package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/headstart-scaler/headstart/api"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/planner"
)

// A Headstart without a store reads a file and says what is in it, and refuses
// to keep it.
func ExampleNew() {
	a := api.New(api.Options{
		Planner:  planner.New(planner.Options{}, planner.Pinned{}),
		Snapshot: func() *pipeline.Snapshot { return nil }, Ledger: ledger{},
	})
	const file = "id,title,start,end,timezone\ncup,Cup,2031-03-01 20:00,2031-03-01 23:00,Europe/Malta\n"
	for _, query := range []string{"mode=merge&dry_run=true", "mode=merge&author=mia"} {
		r := httptest.NewRequest(http.MethodPost, "http://localhost/api/v1/schedule/imports?"+query, strings.NewReader(file))
		r.RemoteAddr = "127.0.0.1:50412"
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("Content-Type"))
	}
	// Output:
	// 200 application/json
	// 501 application/problem+json
}
