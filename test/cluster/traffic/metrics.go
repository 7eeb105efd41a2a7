package traffic

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/test/rig"
)

// patience is far more than anything here takes; it only ends what hangs.
const patience = 10 * time.Second

// Metrics answers queries with what was set for them, as one series without
// labels. All its methods but Up are for any goroutine.
type Metrics struct {
	t    testing.TB
	door *door

	mu     sync.Mutex
	values map[string]history // by the exact text of the query
}

// StartMetrics starts an endpoint on a free loopback port, which knows no
// query yet.
func StartMetrics(t testing.TB) *Metrics {
	t.Helper()
	d, err := newDoor()
	if err != nil {
		t.Fatalf("start the metrics endpoint: %v", err)
	}
	m := &Metrics{t: t, door: d, values: map[string]history{}}
	server := &http.Server{Handler: m.handler(), ReadHeaderTimeout: patience}
	served := make(chan error, 1)
	go func() { served <- server.Serve(d) }()
	t.Cleanup(func() {
		_ = server.Close() // the listener's end, which the door told already
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("the metrics endpoint ended by itself: %v", err)
		}
	})
	return m
}

// URL is the address to configure, http://HOST:PORT.
func (m *Metrics) URL() string { return "http://" + m.door.address.String() }

// Set makes a value the answer to exactly this query from now on. Range
// queries keep telling what it was before.
func (m *Metrics) Set(query string, value float64) { m.change(query, value, true) }

// Drop makes the answer to a query empty from now on, as when its target is no
// longer scraped.
func (m *Metrics) Drop(query string) { m.change(query, 0, false) }

func (m *Metrics) change(query string, value float64, there bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values[query] = m.values[query].add(time.Now(), value, there)
}

// Value is the answer to a query now, and whether there is one.
func (m *Metrics) Value(query string) (float64, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h := m.values[query]
	if len(h) == 0 {
		return 0, false
	}
	last := h[len(h)-1]
	return last.value, last.there
}

// past is the history of a query until now. It is only ever appended to, so it
// may be read without the lock.
func (m *Metrics) past(query string) history {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.values[query]
}

// Down ends every connection and refuses new ones. Values can be set
// meanwhile, and are part of the past once it is Up.
func (m *Metrics) Down() { m.door.shut() }

// Up answers again, on the same port.
func (m *Metrics) Up() {
	m.t.Helper()
	rig.Eventually(m.t, patience, m.door.open)
}
