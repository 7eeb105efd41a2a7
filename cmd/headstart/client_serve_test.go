package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// operator calls commands against a server that runs.
type operator struct {
	*served
	t *testing.T
}

// does runs a command and returns what it prints. It has to exit with a code.
func (o operator) does(code int, args ...string) (stdout, stderr string) {
	o.t.Helper()
	var out, complaints bytes.Buffer
	if got := Main(o.t.Context(), append(args, "--server", o.address), &out, &complaints); got != code {
		o.t.Fatalf("headstart %s: exit %d, want %d\n%s%s", strings.Join(args, " "), got, code, out.String(), complaints.String())
	}
	return out.String(), complaints.String()
}

// says is does with the code 0, and a text that has to be printed.
func (o operator) says(want string, args ...string) string {
	o.t.Helper()
	out, complaints := o.does(0, args...)
	if !regexp.MustCompile(want).MatchString(out) {
		o.t.Fatalf("headstart %s does not say %q but\n%s%s", strings.Join(args, " "), want, out, complaints)
	}
	return out
}

// servesAndKeeps is a server with a store, which KEDA asks for shop/lobby.
func servesAndKeeps(t *testing.T) operator {
	t.Helper()
	s := newServed(t)
	s.run("tick: 1s", "tick: 1s\n  store: {sqlite: {file: kept.db}}")
	if n := s.replicas(); n != 20 {
		t.Fatalf("%v replicas for 1000/s at 50/s each, want 20", n)
	}
	return operator{s, t}
}

// sheet writes a schedule with events that take place from a day after now on,
// two hours each, in UTC.
func (o operator) sheet(name string, rows ...string) string {
	o.t.Helper()
	day := time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	text := "id,title,class,start,end,timezone,workloads,expected_peak,unit\n"
	for i, r := range rows {
		text += strings.NewReplacer("START", fmt.Sprintf("%s %02d:00", day, i), "END", fmt.Sprintf("%s %02d:00", day, i+2)).Replace(r) + "\n"
	}
	path := filepath.Join(o.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		o.t.Fatal(err)
	}
	return path
}

// What marketing does with a schedule, from the first look to taking it back,
// against the real API on a real store.
func TestAScheduleIsImportedAndTakenBack(t *testing.T) {
	o := servesAndKeeps(t)
	first := o.sheet("first.csv", "a,Launch,promo,START,END,UTC,name=lobby,3,x", "b,Draw,promo,START,END,UTC,name=nobody,3,x")
	o.says(`shop/lobby 20 → 60 replicas`, "schedule", "import", first, "--dry-run")
	o.says(`no version yet`, "schedule", "history")
	if _, complaint := o.does(2, "schedule", "import", first); !strings.Contains(complaint, "--yes") {
		t.Errorf("without a terminal: %s", complaint)
	}
	o.says(`Applied: version 1 of the schedule, 2 events, by ana`, "schedule", "import", first, "--yes", "--author", "ana", "--reason", "spring")
	o.says(`Nothing changes`, "schedule", "import", first, "--yes")

	second := o.sheet("second.csv", "a,Launch,promo,START,END,UTC,name=lobby,5,x")
	o.says(`impact: ×3 → ×5\n`, "schedule", "import", second, "--dry-run")
	if _, complaint := o.does(1, "schedule", "import", second, "--yes", "--expect", "0"); !strings.Contains(complaint, "the schedule is at version 1, and --expect says 0") {
		t.Errorf("with a stale version: %s", complaint)
	}
	var im imported
	text := o.says(`"applied": true`, "schedule", "import", second, "--yes", "--author", "bo", "-o", "json")
	if err := json.Unmarshal([]byte(text), &im); err != nil || im.Version.Number != 2 || len(im.Diff.Changed) != 1 || im.Diff.Changed[0].Replicas[0] != (replicaChange{"shop/lobby", 60, 100, 0}) {
		t.Errorf("%v: %s", err, text)
	}
	o.says(`2 +\S.* bo +import of second.csv +second.csv\n1 +\S.* ana +spring +first.csv`, "schedule", "history")

	bad, out := o.sheet("bad.csv", "a,Launch,promo,START,never,UTC,name=lobby,5,x"), filepath.Join(o.folder, "to-correct.csv")
	o.does(1, "schedule", "import", bad, "--dry-run", "--corrected", out)
	if content, err := os.ReadFile(out); err != nil || !strings.Contains(string(content), ",problem\r\na,Launch,") || !strings.Contains(string(content), "found never") {
		t.Errorf("the table given back: %v\n%s", err, content)
	}

	listed := o.says(`×5`, "schedule", "list", "--to", time.Now().AddDate(0, 0, 3).UTC().Format(time.RFC3339), "--workload", "shop/lobby")
	if strings.Contains(listed, "Draw") {
		t.Errorf("an event that does not concern the workload is listed:\n%s", listed)
	}
	for _, ending := range []string{"csv", "xlsx", "ics", "json"} {
		file := filepath.Join(o.folder, "export."+ending)
		o.does(0, "schedule", "export", "-o", file)
		o.says(`Nothing changes`, "schedule", "import", file, "--dry-run")
	}

	o.says(`(?s)impact: ×5 → ×3.*\n0 added, 1 changed, 0 removed\nApplied: version 3 of the schedule, as version 1 was, by ana`,
		"schedule", "rollback", "1", "--reason", "too much", "--author", "ana", "--yes")
	o.says(`Nothing changes`, "schedule", "import", first, "--dry-run")
	if _, complaint := o.does(1, "schedule", "rollback", "9", "--reason", "x", "--yes"); !strings.Contains(complaint, "ersion 9") {
		t.Errorf("to a version that is not there: %s", complaint)
	}
	o.auditTells("ana schedule.apply", "bo schedule.apply", "ana schedule.rollback")
}

// auditTells exports the audit log, verifies it, and compares who did what.
func (o operator) auditTells(want ...string) {
	o.t.Helper()
	file := filepath.Join(o.folder, "audit.jsonl")
	o.says(`The chain holds`, "audit", "export", "-o", file)
	kept := filepath.Join(o.folder, "kept")
	if err := os.WriteFile(kept, []byte(o.says(`^\d+:`, "audit", "checkpoint")), 0o600); err != nil {
		o.t.Fatal(err)
	}
	var out, complaints bytes.Buffer
	if code := Main(o.t.Context(), []string{"audit", "verify", file, "--checkpoint", kept}, &out, &complaints); code != 0 {
		o.t.Errorf("verify: exit %d: %s", code, complaints.String())
	}
	var log struct {
		Records []struct{ Actor, Verb string }
	}
	if err := json.Unmarshal([]byte(o.says(``, "audit", "list", "-o", "json")), &log); err != nil {
		o.t.Fatal(err)
	}
	var told []string
	for _, r := range log.Records {
		told = append(told, r.Actor+" "+r.Verb)
	}
	if strings.Join(told, ", ") != strings.Join(want, ", ") {
		o.t.Errorf("the audit log tells %q, want %q", told, want)
	}
}

// Mass removal is refused by the server and allowed by a flag; a range that is
// replaced loses what the file does not have.
func TestARangeIsReplaced(t *testing.T) {
	o := servesAndKeeps(t)
	var rows []string
	for i := range 20 {
		rows = append(rows, fmt.Sprintf("e%02d,Event %d,promo,START,END,UTC,,2,x", i, i))
	}
	o.does(0, "schedule", "import", o.sheet("many.csv", rows...), "--yes", "--author", "ana")
	few := o.sheet("few.csv", rows[0])
	day := func(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
	span := []string{"schedule", "import", few, "--author", "ana", "--replace", day(0) + ".." + day(2), "--timezone", "UTC"}
	o.says(`0 added, 0 changed, 19 removed`, append(span, "--dry-run")...)
	if _, complaint := o.does(1, append(span, "--yes")...); !strings.Contains(complaint, "--remove-many") {
		t.Errorf("a mass removal: %s", complaint)
	}
	o.says(`Applied: version 2 of the schedule, 1 event,`, append(span, "--yes", "--remove-many")...)
}

// An order changes what KEDA is answered, and the command shows it.
func TestAnOverrideIsSeenToHold(t *testing.T) {
	o := servesAndKeeps(t)
	o.says(`(?s)^Override 1: shop/lobby has at least 33 replicas until .*\nbefore  20 replicas at \d\d:\d\d:\d\d UTC\nnow     33 replicas at`,
		"override", "create", "shop/lobby", "--floor", "33", "--for", "1h", "--reason", "TV spot", "--author", "ana")
	if n := o.replicas(); n != 33 {
		t.Errorf("%v replicas under an override, want 33", n)
	}
	o.says(`1 +shop/lobby +at least 33 .* holds +ana +TV spot`, "override", "list")
	o.says(`(?s)^Override 1 ended: shop/lobby no longer has at least 33 replicas.\nwas     to hold until .* longer, by ana: TV spot\nbefore  33 replicas at \d\d:\d\d:\d\d UTC\nnow     \d+ replicas`,
		"override", "expire", "1", "--reason", "over", "--author", "bo")
	o.says(`No override holds now`, "override", "list")
	o.says(`ended early .* by bo: over`, "override", "list", "--all")
	if _, complaint := o.does(1, "override", "expire", "1", "--reason", "over", "--author", "ana"); !strings.Contains(complaint, "ended") {
		t.Errorf("what has ended was ended again: %s", complaint)
	}
	o.says(`note: KEDA has not asked for shop/lobyy yet`, "override", "create", "shop/lobyy", "--fixed", "3", "--for", "1h", "--reason", "x", "--author", "ana", "--wait", "10ms")
	o.says(`note: 100000 is beyond the policy's maxReplicas \d+ \(\w+\): `,
		"override", "create", "shop/lobby", "--floor", "100000", "--for", "1h", "--reason", "x", "--author", "ana", "--wait", "0")
	o.says(`note: Override 3 by ana holds too, floor 100000 .* The highest floor counts: at least 100000 while both hold\.`,
		"override", "create", "shop/lobby", "--floor", "2", "--for", "1h", "--reason", "x", "--author", "ana", "--wait", "0")
	o.auditTells("ana override.create", "bo override.expire", "ana override.create", "ana override.create", "ana override.create")
}

// An answer that is lost after the change was made is asked for again, and the
// change is made once: the server knows the key.
func TestALostAnswerChangesNothingTwice(t *testing.T) {
	o := servesAndKeeps(t)
	target, err := url.Parse(o.address)
	if err != nil {
		t.Fatal(err)
	}
	var lost atomic.Int32
	way := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(r *http.Response) error {
			change := r.Request.Method == http.MethodPost && r.Request.URL.Query().Get("dry_run") == ""
			if change && lost.Add(1)%2 == 1 {
				panic(http.ErrAbortHandler) // the server has answered
			}
			return nil
		},
	}
	bad := httptest.NewServer(way)
	t.Cleanup(bad.Close)
	direct := o.address
	o.address = bad.URL
	o.says(`Applied: version 1 of the schedule, 1 event, by ana`,
		"schedule", "import", o.sheet("e.csv", "a,Launch,promo,START,END,UTC,name=lobby,3,x"), "--yes", "--author", "ana")
	o.says(`^Override 1: `, "override", "create", "shop/lobby", "--floor", "33", "--for", "1h", "--reason", "TV spot", "--author", "ana", "--wait", "0")
	o.says(`^Override 1 ended`, "override", "expire", "1", "--reason", "over", "--author", "ana", "--wait", "0")
	if n := lost.Load(); n != 6 {
		t.Errorf("changes were asked for %d times, want twice each", n)
	}
	o.address = direct
	o.auditTells("ana schedule.apply", "ana override.create", "ana override.expire")
}
