package web

import (
	"net/http"
	"strings"
)

// alive answers /healthz: the process serves.
func (s *Server) alive(w http.ResponseWriter, _ *http.Request) error {
	return writeText(w, http.StatusOK, "ok\n")
}

// ready answers /readyz: KEDA's calls can be answered. It does not ask for
// sources: without Kafka or Prometheus the last good values are held, and an
// unready replica could not even say so.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) error {
	missing := s.missing()
	if len(missing) == 0 {
		return writeText(w, http.StatusOK, "ready\n")
	}
	return writeText(w, http.StatusServiceUnavailable, "not ready\n"+strings.Join(missing, ""))
}

// missing lists what this replica lacks to be ready, a line each.
func (s *Server) missing() []string {
	var lines []string
	if c := s.options.Configuration(); c.Hash == "" {
		reason := "none has been read yet"
		if c.Error != "" {
			reason = strings.ReplaceAll(strings.TrimSpace(c.Error), "\n", "\n  ")
		}
		lines = append(lines, "- no valid configuration: "+reason+"\n")
	}
	if s.options.Snapshot() == nil {
		lines = append(lines, "- no snapshot: the first tick has not finished\n")
	}
	return lines
}
