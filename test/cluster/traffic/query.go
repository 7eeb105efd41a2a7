package traffic

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// maxPoints is what Prometheus returns of a series in one range query at most.
const maxPoints = 11_000

func (m *Metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/v1/query", m.query)
	mux.HandleFunc("/api/v1/query_range", m.queryRange)
	return mux
}

func (m *Metrics) query(w http.ResponseWriter, r *http.Request) {
	at := time.Now()
	if text := r.FormValue("time"); text != "" {
		var err error
		if at, err = instant(text); err != nil {
			refuse(w, fmt.Errorf("time: %w", err))
			return
		}
	}
	result := []any{}
	if v, there := m.past(r.FormValue("query")).at(at); there {
		result = append(result, map[string]any{"metric": map[string]string{}, "value": sample(at, v)})
	}
	answer(w, "vector", result)
}

func (m *Metrics) queryRange(w http.ResponseWriter, r *http.Request) {
	span, err := parseSpan(r)
	if err != nil {
		refuse(w, err)
		return
	}
	past := m.past(r.FormValue("query"))
	values := []point{}
	for at := span.from; !at.After(span.to); at = at.Add(span.step) {
		if v, there := past.at(at); there {
			values = append(values, sample(at, v))
		}
	}
	result := []any{}
	if len(values) > 0 {
		result = append(result, map[string]any{"metric": map[string]string{}, "values": values})
	}
	answer(w, "matrix", result)
}

// span is the instants a range query asks for.
type span struct {
	from, to time.Time
	step     time.Duration
}

func parseSpan(r *http.Request) (span, error) {
	from, err := instant(r.FormValue("start"))
	if err != nil {
		return span{}, fmt.Errorf("start: %w", err)
	}
	to, err := instant(r.FormValue("end"))
	if err != nil {
		return span{}, fmt.Errorf("end: %w", err)
	}
	step, err := duration(r.FormValue("step"))
	switch {
	case err != nil:
		return span{}, fmt.Errorf("step: %w", err)
	case step <= 0:
		return span{}, errors.New("step: has to be above 0")
	case to.Before(from):
		return span{}, errors.New("end: is before start")
	case to.Sub(from)/step >= maxPoints:
		return span{}, fmt.Errorf("step: gives more than %d points", maxPoints)
	}
	return span{from, to, step}, nil
}

// instant reads a time as the API takes it: Unix seconds or RFC 3339.
func instant(text string) (time.Time, error) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(seconds) < 1e11 {
		return time.UnixMilli(int64(math.Round(seconds * 1000))), nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is neither Unix seconds nor RFC 3339", text)
	}
	return at, nil
}

// duration reads a step as the API takes it: seconds or 15s.
func duration(text string) (time.Duration, error) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(seconds) < 1e9 {
		return time.Duration(seconds * float64(time.Second)), nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is neither seconds nor a duration such as 15s", text)
	}
	return d, nil
}

// point is an instant in Unix seconds and a value as text.
type point [2]any

func sample(at time.Time, v float64) point {
	return point{float64(at.UnixMilli()) / 1000, strconv.FormatFloat(v, 'g', -1, 64)}
}

func answer(w http.ResponseWriter, kind string, result []any) {
	reply(w, http.StatusOK, map[string]any{
		"status": "success", "data": map[string]any{"resultType": kind, "result": result},
	})
}

func refuse(w http.ResponseWriter, err error) {
	reply(w, http.StatusBadRequest, map[string]string{"status": "error", "errorType": "bad_data", "error": err.Error()})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // who asked may be gone, which harms nobody
}
