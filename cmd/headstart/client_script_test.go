package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/headstart-scaler/headstart/store"
)

// Scripts of commands that ask a server. The stand-in answers what a script
// says, so that every fault of a server and of the way to it can be shown; the
// scripts of real/ ask the real API.
func TestClientScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "../../test/scripts/client", UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TZ", "UTC")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"answers": answers, "chain": chain},
	})
}

// answers starts a stand-in for a server, SERVER in the environment, that
// answers by the lines of a file:
//
//	METHOD PATH STATUS FILE   an answer with the file's content
//	METHOD PATH lost          the connection ends without one
//
// Each request takes the first line of its method and path that was not taken
// yet, or the last one again. The file requests tells what was asked.
func answers(ts *testscript.TestScript, _ bool, args []string) {
	s := &standIn{log: ts.MkAbs("requests"), read: ts.MkAbs}
	for text := range strings.Lines(ts.ReadFile(args[0])) {
		if fields := strings.Fields(text); len(fields) >= 3 {
			s.lines = append(s.lines, fields)
		}
	}
	ts.Check(os.WriteFile(s.log, nil, 0o600))
	server := httptest.NewServer(s)
	ts.Defer(server.Close)
	ts.Setenv("SERVER", server.URL)
}

type standIn struct {
	log  string
	read func(string) string

	mu    sync.Mutex
	lines [][]string
	taken []bool
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := s.next(r)
	switch {
	case answer == nil:
		http.Error(w, "no such page", http.StatusNotFound)
	case answer[2] == "lost":
		panic(http.ErrAbortHandler)
	default:
		content, err := os.ReadFile(s.read(answer[3]))
		if err != nil {
			panic(err)
		}
		status := 0
		if _, err := fmt.Sscan(answer[2], &status); err != nil {
			panic(err)
		}
		w.WriteHeader(status)
		_, _ = w.Write(content)
	}
}

// next is the line to answer by. What was asked is written down first.
func (s *standIn) next(r *http.Request) (line []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	asked := r.Method + " " + r.URL.Path + "?" + r.URL.RawQuery
	for _, name := range []string{"If-Match", "Idempotency-Key", "Authorization", "Content-Type"} {
		if v := r.Header.Get(name); v != "" {
			asked += " | " + name + ": " + v
		}
	}
	if len(body) > 0 {
		asked += " | " + strings.Join(strings.Fields(string(body)), " ")
	}
	log, err := os.OpenFile(s.log, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	defer log.Close()
	if _, err := log.WriteString(asked + "\n"); err != nil {
		panic(err)
	}
	if s.taken == nil {
		s.taken = make([]bool, len(s.lines))
	}
	for i, l := range s.lines {
		if l[0] != r.Method || l[1] != r.URL.Path {
			continue
		}
		if line = l; !s.taken[i] {
			s.taken[i] = true
			return line
		}
	}
	return line
}

// chain writes an audit log of five records as a server exports it (log.jsonl),
// as its pages and its head (page1.json, page2.json, head.json), and as somebody
// spoilt it.
func chain(ts *testscript.TestScript, _ bool, _ []string) {
	const length = 5
	var lines []string
	var head store.Checkpoint
	at := time.Date(2026, time.November, 23, 16, 0, 0, 0, time.UTC)
	for i := range length {
		e := store.Entry{Actor: "ana", Verb: store.VerbApply, Object: fmt.Sprintf("schedule/%d", i+1), After: store.Sum([]byte{byte(i)}), Reason: "plan \x1b[2J"}
		r := head.Append(e, at.Add(time.Duration(i)*time.Hour))
		line, err := r.AppendLine(nil)
		ts.Check(err)
		lines = append(lines, string(line))
		head = r.Checkpoint()
		ts.Check(os.WriteFile(ts.MkAbs(fmt.Sprintf("checkpoint%d", i+1)), fmt.Appendf(nil, "%d:%s", head.Seq, head.Hash), 0o600))
	}
	page := func(lines []string, next int) string {
		for i := range lines {
			lines[i] = strings.TrimSpace(lines[i])
		}
		text, err := json.Marshal(map[string]any{"lines": lines, "next_after": next})
		ts.Check(err)
		return string(text)
	}
	forged := strings.Replace(lines[2], `"actor":"ana"`, `"actor":"eve"`, 1)
	for name, text := range map[string]string{
		"log.jsonl":     strings.Join(lines, ""),
		"changed.jsonl": lines[0] + lines[1] + forged + lines[3] + lines[4],
		"removed.jsonl": lines[0] + lines[1] + lines[3] + lines[4],
		"cut.jsonl":     lines[0] + lines[1] + lines[2],
		"broken.jsonl":  lines[0] + "what is this?\n" + lines[2],
		"head.json":     fmt.Sprintf(`{"seq": %d, "hash": %q, "at": %q}`, head.Seq, head.Hash, head.At.Format(time.RFC3339)),
		"page1.json":    page(lines[:2:2], 2),
		"page2.json":    page(lines[2:], 0),
		"evil2.json":    page([]string{forged, lines[3], lines[4]}, 0),
	} {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}
