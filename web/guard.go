package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
)

// secure sets the headers that go with every answer. Pages carry no script and
// load nothing but their own style sheet and icon, so that whatever a
// ScaledObject's author wrote into a name can do nothing in on-call's browser.
func secure(h http.Header) {
	h.Set("Content-Security-Policy",
		"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// guarded stands around every handler: it sets the headers above and turns a
// panic into a problem.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		begun := &watched{ResponseWriter: w}
		defer s.rescue(begun, r)
		next.ServeHTTP(begun, r)
	})
}

// rescue is deferred around a handler.
func (s *Server) rescue(w *watched, r *http.Request) {
	panicked := recover()
	if panicked == nil {
		return
	}
	if err, ok := panicked.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(panicked) // the server's own way of cutting a connection
	}
	s.options.Log.ErrorContext(r.Context(), "HTTP handler panicked",
		slog.String("path", r.URL.Path), slog.String("panic", fmt.Sprint(panicked)), slog.String("stack", string(debug.Stack())))
	if w.begun {
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
	s.problemInKind(w, r, asProblem(nil))
}

// watched is a response that knows whether it has begun.
type watched struct {
	http.ResponseWriter
	begun bool
}

func (w *watched) WriteHeader(status int) {
	w.begun = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }
