package web

import (
	"fmt"
	"net/http"
)

// answer handles a request; an error it returns is shown as a problem.
type answer func(w http.ResponseWriter, r *http.Request) error

// unmatched is the pattern of what no route takes.
const unmatched = "/"

// apiPatterns are what Options.API answers, with whatever method.
func apiPatterns() []string {
	return []string{
		"/api/v1/schedule", "/api/v1/schedule/", "/api/v1/overrides", "/api/v1/overrides/",
		"/api/v1/decisions", "/api/v1/decisions/", "/api/v1/audit/",
	}
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	api := func(pattern string, a answer) { mux.Handle("GET "+pattern, s.answered(a, s.problemAsJSON)) }
	html := func(pattern string, a answer) { mux.Handle("GET "+pattern, s.answered(a, s.problemAsPage)) }

	api("/healthz", s.alive)
	api("/readyz", s.ready)
	api("/api/v1/workloads", s.listWorkloads)
	api("/api/v1/workloads/{namespace}/{name}/decision", s.showDecision)
	api("/api/v1/config", s.showConfiguration)
	if s.options.Metrics != nil {
		mux.Handle("GET /metrics", s.options.Metrics)
	}
	if s.options.API != nil {
		for _, pattern := range apiPatterns() {
			mux.Handle(pattern, s.options.API)
		}
	}
	html("/{$}", s.showIndex)
	html("/workloads/{namespace}/{name}", s.showWorkload)
	html(stylePath+"{file}", s.pages.asset)
	mux.Handle(unmatched, s.answered(s.lost(mux), s.problemInKind))
	return mux
}

// lost answers what no route takes: a known address with another method, or an
// unknown address.
func (s *Server) lost(mux *http.ServeMux) answer {
	return func(w http.ResponseWriter, r *http.Request) error {
		asGet := r.Clone(r.Context())
		asGet.Method = http.MethodGet
		if _, pattern := mux.Handler(asGet); pattern != unmatched {
			w.Header().Set("Allow", "GET, HEAD")
			return newProblem(http.StatusMethodNotAllowed, "method", "Method not allowed",
				fmt.Sprintf("%.16s is not possible on %.200s.", r.Method, r.URL.Path), "Use GET: everything here is read-only.")
		}
		return newProblem(http.StatusNotFound, "no-page", "Nothing here",
			fmt.Sprintf("There is nothing at %.200s.", r.URL.Path), "Start at / for the pages or at /api/v1/workloads for the API.")
	}
}

// answered makes a handler of an answer and the form its problems take.
func (s *Server) answered(a answer, show func(http.ResponseWriter, *http.Request, *problem)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := a(w, r)
		if err == nil {
			return
		}
		p := asProblem(err)
		if p.Status == http.StatusInternalServerError {
			s.options.Log.ErrorContext(r.Context(), "HTTP request could not be answered", "path", r.URL.Path, "error", err.Error())
		}
		if p.Status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "5")
		}
		show(w, r, p)
	})
}

func (s *Server) problemAsJSON(w http.ResponseWriter, _ *http.Request, p *problem) {
	// A problem holds strings and numbers, which always encode.
	_ = writeJSON(w, p.Status, mediaProblem, p)
}

// problemInKind answers a browser with a page and others with JSON.
func (s *Server) problemInKind(w http.ResponseWriter, r *http.Request, p *problem) {
	if preferred(r, mediaProblem, mediaHTML) == mediaHTML {
		s.problemAsPage(w, r, p)
		return
	}
	s.problemAsJSON(w, r, p)
}
