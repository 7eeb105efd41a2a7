package demo

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// The queries the demo's endpoint answers, as a policy would ask them.
const (
	rateQuery    = `sum(rate(http_requests_total{app="lobby-api"}[1m]))`
	latencyQuery = `histogram_quantile(0.95, sum(rate(http_request_duration_seconds_bucket{app="lobby-api"}[1m])) by (le))`

	lobbyPerSecond = 50.0 // requests one replica answers within the objective
	serviceTime    = 0.04 // seconds a request takes on an idle replica
	objective      = 0.3  // seconds
)

// endpoint speaks the part of the Prometheus HTTP API that queries need, over
// the demo's own traffic.
type endpoint struct {
	start time.Time
	wave  wave
	ready func() int // replicas that serve lobby-api
}

func (e *endpoint) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/v1/query", e.query)
	mux.HandleFunc("/api/v1/query_range", e.queryRange)
	return mux
}

func (e *endpoint) rate(at time.Time) float64 { return e.wave.at(max(0, at.Sub(e.start))) }

// latency is the 95th percentile of a queue that meets the objective exactly
// at the capacity of its replicas and saturates beyond it.
func (e *endpoint) latency(at time.Time) float64 {
	ready := e.ready()
	if ready == 0 {
		return math.NaN() // no requests answered: 0/0, as the real one would say
	}
	limit := lobbyPerSecond / (1 - serviceTime/objective)
	load := e.rate(at) / float64(ready)
	if load >= 0.98*limit {
		return 2
	}
	return min(2, serviceTime/(1-load/limit))
}

func (e *endpoint) value(query string, at time.Time) (float64, bool) {
	switch query {
	case rateQuery:
		return e.rate(at), true
	case latencyQuery:
		return e.latency(at), true
	default:
		return 0, false
	}
}

type point [2]any

func sample(at time.Time, v float64) point {
	return point{float64(at.UnixMilli()) / 1000, strconv.FormatFloat(v, 'g', -1, 64)}
}

func (e *endpoint) query(w http.ResponseWriter, r *http.Request) {
	at := instant(r.FormValue("time"), time.Now())
	result := []any{}
	if v, known := e.value(r.FormValue("query"), at); known {
		result = append(result, map[string]any{"metric": map[string]string{}, "value": sample(at, v)})
	}
	reply(w, "vector", result)
}

func (e *endpoint) queryRange(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	from, to := instant(r.FormValue("start"), now), instant(r.FormValue("end"), now)
	step, err := strconv.ParseFloat(r.FormValue("step"), 64)
	if err != nil || step < 1 || to.Sub(from).Seconds()/step > 11000 {
		http.Error(w, `{"status":"error","errorType":"bad_data","error":"step must be seconds, and at most 11000 points"}`, http.StatusBadRequest)
		return
	}
	points := []point{}
	for at := from; !at.After(to); at = at.Add(time.Duration(step * float64(time.Second))) {
		if v, known := e.value(r.FormValue("query"), at); known && !at.Before(e.start) {
			points = append(points, sample(at, v))
		}
	}
	result := []any{}
	if len(points) > 0 {
		result = append(result, map[string]any{"metric": map[string]string{}, "values": points})
	}
	reply(w, "matrix", result)
}

func reply(w http.ResponseWriter, kind string, result []any) {
	w.Header().Set("Content-Type", "application/json")
	body := map[string]any{"status": "success", "data": map[string]any{"resultType": kind, "result": result}}
	if err := json.NewEncoder(w).Encode(body); err != nil {
		http.Error(w, fmt.Sprintf("encode the answer: %v", err), http.StatusInternalServerError)
	}
}

func instant(text string, otherwise time.Time) time.Time {
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return otherwise
	}
	return time.UnixMilli(int64(seconds * 1000))
}
