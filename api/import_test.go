package api_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/headstart-scaler/headstart/store"
)

func TestAFileIsImportedShownAndApplied(t *testing.T) {
	w := newWorld(t)
	dry := w.do(t, "POST", imports+"?mode=merge&dry_run=true", sheet("a", "b")).want(t, http.StatusOK)
	if dry.at("applied") != false || dry.at("version") != nil || len(dry.list("diff.added")) != 2 {
		t.Errorf("dry run: %v", dry)
	}
	if v := w.do(t, "GET", "/api/v1/schedule", "").want(t, http.StatusOK); v.at("version.number") != 0.0 {
		t.Errorf("a dry run changed something: %v", v)
	}
	answer := w.do(t, "POST", merge+"&reason=season", sheet("a", "b"))
	got := answer.want(t, http.StatusOK)
	if got.at("applied") != true || got.at("version.number") != 1.0 || got.at("version.author") != "mia" || got.at("version.reason") != "season" ||
		got.at("version.origin") != "cup.csv" || got.at("format") != "csv" || answer.Header.Get("ETag") != `"1"` {
		t.Errorf("got %s, ETag %s", answer.body, answer.Header.Get("ETag"))
	}
	if ids := got.ids("events", "id"); !slices.Equal(ids, []string{"a", "b"}) {
		t.Errorf("events %v", ids)
	}
	schedule := w.do(t, "GET", "/api/v1/schedule", "")
	if o := schedule.want(t, http.StatusOK); schedule.Header.Get("ETag") != `"1"` || o.at("events_in_force") != 2.0 || o.at("version.number") != 1.0 {
		t.Errorf("got %s, ETag %s", schedule.body, schedule.Header.Get("ETag"))
	}
	changed := w.do(t, "POST", merge, strings.ReplaceAll(sheet("a"), "Cup", "Grand cup")).want(t, http.StatusOK)
	if changed.at("base_version") != 1.0 || !slices.Equal(changed.ids("diff.changed", "title"), []string{"Grand cup a"}) || len(changed.list("diff.removed")) != 0 {
		t.Errorf("changed: %v", changed)
	}
	replaced := w.do(t, "POST", imports+"?mode=replace&author=mia&replace_from=2026-11-25T00:00:00Z&replace_to=2026-11-27T00:00:00%2B01:00", sheet("c")).want(t, http.StatusOK)
	if !slices.Equal(replaced.ids("diff.removed", "id"), []string{"b"}) || !slices.Equal(replaced.ids("diff.added", "id"), []string{"c"}) {
		t.Errorf("replaced: %v", replaced.at("diff"))
	}
	w.takeBack(t)
}

// Who has looked at a change in a dry run is told numbers when it is applied.
func TestABriefAnswerHasCountsInPlaceOfEvents(t *testing.T) {
	w := newWorld(t)
	w.do(t, "POST", merge, sheet("a", "b")).want(t, http.StatusOK)
	full := w.do(t, "POST", imports+"?mode=merge&dry_run=true", strings.ReplaceAll(sheet("b", "c"), "Cup", "Grand cup")).want(t, http.StatusOK)
	brief := w.do(t, "POST", merge+"&omit_events=true&omit_diff=true", strings.ReplaceAll(sheet("b", "c"), "Cup", "Grand cup")).want(t, http.StatusOK)
	for name, answer := range map[string]object{"full": full, "brief": brief} {
		if answer.at("events_read") != 2.0 || answer.at("counts.added") != 1.0 || answer.at("counts.changed") != 1.0 || answer.at("counts.removed") != 0.0 {
			t.Errorf("%s: %v events, counts %v", name, answer.at("events_read"), answer.at("counts"))
		}
	}
	if len(full.list("events")) != 2 || len(full.list("diff.added")) != 1 {
		t.Errorf("a full answer lacks events or diff: %v", full)
	}
	if half := w.do(t, "POST", imports+"?mode=merge&dry_run=true&omit_events=true", sheet("d")).want(t, http.StatusOK); len(half.list("events")) != 0 || len(half.list("diff.added")) != 1 {
		t.Errorf("an answer without events: %v", half)
	}
	if brief.at("applied") != true || brief.at("version.number") != 2.0 || brief.at("diff") != nil || len(brief.list("events")) != 0 {
		t.Errorf("a brief answer: %v", brief)
	}
	dry := w.do(t, "POST", "/api/v1/schedule/rollback", `{"version":1,"dry_run":true}`).want(t, http.StatusOK)
	if dry.at("version") != nil || dry.at("base_version") != 2.0 || len(dry.list("diff.removed")) != 1 {
		t.Errorf("a dry run of a rollback: %v", dry)
	}
	back := w.do(t, "POST", "/api/v1/schedule/rollback", `{"version":1,"author":"ben","reason":"wrong file","omit_diff":true}`).want(t, http.StatusOK)
	if back.at("version.number") != 3.0 || back.at("base_version") != 2.0 || back.at("diff") != nil || back.at("counts.removed") != 1.0 || back.at("counts.changed") != 1.0 {
		t.Errorf("a brief rollback: %v", back)
	}
}

// takeBack makes version 1 the fourth.
func (w *world) takeBack(t *testing.T) {
	t.Helper()
	back := w.do(t, "POST", "/api/v1/schedule/rollback", `{"version":1,"author":"ben","reason":"wrong file"}`)
	if o := back.want(t, http.StatusOK); o.at("version.number") != 4.0 || o.at("version.rolled_back_to") != 1.0 || back.Header.Get("ETag") != `"4"` {
		t.Errorf("rollback: %s", back.body)
	}
	versions := w.do(t, "GET", "/api/v1/schedule/versions", "").want(t, http.StatusOK)
	if len(versions.list("versions")) != 4 || versions.at("next_page_token") != "" {
		t.Errorf("versions: %v", versions)
	}
}

// Programs read these members whatever the file: lists are never null, and
// numbers are numbers.
func TestTheShapeOfAnImportIsStable(t *testing.T) {
	w := newWorld(t)
	for name, file := range map[string]string{"fine": sheet("a"), "errors": "id,title,start,end\nx,Cup,2026-13-01,2026-12-01\n", "nothing": "id,title,start\n"} {
		body := string(w.do(t, "POST", imports+"?mode=merge&dry_run=true", file).body)
		var o map[string]json.RawMessage
		if err := json.Unmarshal([]byte(body), &o); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var diff map[string]json.RawMessage
		if err := json.Unmarshal(o["diff"], &diff); err != nil {
			t.Fatalf("%s: diff: %v", name, err)
		}
		for _, list := range []json.RawMessage{o["events"], o["errors"], o["warnings"], o["repairs"], o["columns"], diff["added"], diff["changed"], diff["removed"]} {
			if len(list) == 0 || list[0] != '[' {
				t.Errorf("%s: a list is %q in\n%s", name, list, body)
			}
		}
	}
}

func TestErrorsOfAFileBlockItAndNameTheirRepair(t *testing.T) {
	w := newWorld(t)
	bad := "id,title,start,end,timezone\na,Cup,2026-12-01 20:00,2026-12-01 23:00,Europe/Malta\nb,Cup b,2026-12-02 20:00,2026-12-02 19:00,Europe/Malta\n"
	answer := w.do(t, "POST", merge, bad)
	o := answer.want(t, http.StatusUnprocessableEntity)
	if answer.Header.Get("Content-Type") != "application/problem+json" || o.at("type") != "urn:headstart:problem:file-errors" || o.at("status") != 422.0 {
		t.Errorf("got %s", answer.body)
	}
	errors := o.list("errors")
	if len(errors) != 1 {
		t.Fatalf("got %s", answer.body)
	}
	first, _ := errors[0].(map[string]any)
	for name, want := range map[string]any{"row": 3.0, "column": "end", "code": "end-not-after-start"} {
		if first[name] != want {
			t.Errorf("%s is %v, want %v", name, first[name], want)
		}
	}
	if first["found"] == "" || first["expected"] == "" || first["fix"] == "" {
		t.Errorf("something is missing: %v", first)
	}
	if repairs := o.list("repairs"); len(repairs) == 0 {
		t.Errorf("no repairs: %s", answer.body)
	}
	if o.at("applied") != false || len(o.list("events")) != 1 {
		t.Errorf("got %s", answer.body)
	}
	if v := w.do(t, "GET", "/api/v1/schedule", "").want(t, http.StatusOK); v.at("version.number") != 0.0 {
		t.Error("a file with errors was applied")
	}
}

func TestATableIsGivenBackToCorrect(t *testing.T) {
	w := newWorld(t)
	bad := "id,title,start,end,timezone\na,Cup,2026-12-01 20:00,2026-12-01 23:00,Europe/Malta\nb,Cup b,2026-12-02 20:00,2026-12-02 19:00,Europe/Malta\n"
	corrected := w.do(t, "POST", imports+"/corrected?filename=C%3A%5Cplans%5Ccup.csv", bad)
	if corrected.StatusCode != http.StatusOK || corrected.Header.Get("Content-Disposition") != "attachment; filename=cup-to-correct.csv" ||
		corrected.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(string(corrected.body), "problem") {
		t.Errorf("corrected: %s %v\n%s", corrected.Status, corrected.Header, corrected.body)
	}
	mended := strings.ReplaceAll(string(corrected.body), "2026-12-02 19:00", "2026-12-02 23:00")
	if o := w.do(t, "POST", merge, mended).want(t, http.StatusOK); o.at("applied") != true {
		t.Errorf("the corrected file was not applied: %v", o)
	}
}

// A file is mended by itself: whether the store answers is no matter.
func TestATableIsGivenBackWhileTheStoreIsAway(t *testing.T) {
	w := newWorld(t, fails(store.ErrUnavailable))
	if r := w.do(t, "POST", imports+"/corrected", sheet("a")); r.StatusCode != http.StatusOK {
		t.Errorf("corrected: %s\n%s", r.Status, r.body)
	}
}

func TestWhatTheUploaderSaysOfAFileCounts(t *testing.T) {
	w := newWorld(t)
	file := "Nummer;Was;Von;Bis\n1;Pokal;03/04/2027 20:00;03/04/2027 23:00\n"
	const columns = "&column.Nummer=id&column.Was=title&column.Von=start&column.Bis=end"
	if o := w.do(t, "POST", imports+"?mode=merge&dry_run=true"+columns, file).want(t, http.StatusOK); len(o.list("errors")) == 0 {
		t.Errorf("dates without an order and a zone were taken: %v", o)
	}
	o := w.do(t, "POST", imports+"?mode=merge&dry_run=true&timezone=Europe/Berlin&date_order=dmy"+columns, file).want(t, http.StatusOK)
	if len(o.list("errors")) != 0 || len(o.list("events")) != 1 {
		t.Fatalf("got %v", o)
	}
	event, _ := o.list("events")[0].(map[string]any)
	if event["start"] != "2027-04-03T20:00" || event["timezone"] != "Europe/Berlin" || event["id"] != "1" {
		t.Errorf("got %v", event)
	}
}

// form is a file in a form.
func form(t *testing.T, parts ...[2]string) (body, contentType string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, p := range parts {
		var err error
		var to interface{ Write([]byte) (int, error) }
		if p[0] == "" {
			to, err = m.CreateFormField("note")
		} else {
			to, err = m.CreateFormFile("file", p[0])
		}
		if err == nil {
			_, err = to.Write([]byte(p[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), m.FormDataContentType()
}

func TestAFileMayComeInAForm(t *testing.T) {
	w := newWorld(t)
	body, media := form(t, [2]string{"season.csv", sheet("a")})
	o := w.do(t, "POST", imports+"?mode=merge&author=mia", body, "Content-Type", media).want(t, http.StatusOK)
	if o.at("version.origin") != "season.csv" {
		t.Errorf("got %v", o.at("version"))
	}
	two, twoMedia := form(t, [2]string{"a.csv", sheet("a")}, [2]string{"b.csv", sheet("b")})
	note, noteMedia := form(t, [2]string{"", "hello"}, [2]string{"b.csv", sheet("b")})
	none, noneMedia := form(t)
	for name, c := range map[string][2]string{
		"two files": {two, twoMedia}, "a field": {note, noteMedia}, "no file": {none, noneMedia},
		"cut": {body[:len(body)/2], media}, "no boundary": {body, "multipart/form-data"},
	} {
		o := w.do(t, "POST", imports+"?mode=merge&author=mia", c[0], "Content-Type", c[1]).want(t, http.StatusBadRequest)
		if o.at("repair") == "" {
			t.Errorf("%s: no repair", name)
		}
	}
}

// Whatever a title begins with, a spreadsheet takes it for text.
func TestAnExportHoldsNoFormula(t *testing.T) {
	w := newWorld(t)
	evil := []string{`=HYPERLINK("http://evil.example","win")`, "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1"}
	var events []map[string]any
	for i, title := range evil {
		events = append(events, map[string]any{"id": fmt.Sprintf("e%d", i), "title": title, "start": "2026-12-01T20:00", "end": "2026-12-01T23:00", "timezone": "UTC", "notes": title})
	}
	file, err := json.Marshal(map[string]any{"events": events})
	if err != nil {
		t.Fatal(err)
	}
	w.do(t, "POST", merge, string(file)).want(t, http.StatusOK)
	for _, path := range []string{"/api/v1/schedule/export?format=csv", "/api/v1/schedule/export?version=1"} {
		r := w.do(t, "GET", path, "")
		if r.StatusCode != http.StatusOK || r.Header.Get("Content-Disposition") != "attachment; filename=schedule-1.csv" || r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Fatalf("%s: %s %v", path, r.Status, r.Header)
		}
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(r.body, []byte("\ufeff")))).ReadAll()
		if err != nil || len(rows) != len(evil)+1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for _, cell := range slices.Concat(rows...) {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("%s: cell %q is a formula", path, cell)
			}
		}
	}
}

func TestEveryFormatIsDownloaded(t *testing.T) {
	w := newWorld(t)
	w.given(t, "a", "b")
	for _, c := range []struct{ path, begins, name string }{
		{"export?format=csv", "\ufeffid", "schedule-1.csv"},
		{"export?format=XLSX", "PK", "schedule-1.xlsx"},
		{"export?format=ics", "BEGIN:VCALENDAR", "schedule-1.ics"},
		{"export?format=json", "{", "schedule-1.json"},
		{"template", "\ufeffid", "schedule-template.csv"},
		{"template?format=xlsx", "PK", "schedule-template.xlsx"},
	} {
		r := w.do(t, "GET", "/api/v1/schedule/"+c.path, "")
		if r.StatusCode != http.StatusOK || !strings.HasPrefix(string(r.body), c.begins) || !strings.HasSuffix(r.Header.Get("Content-Disposition"), c.name) {
			t.Errorf("%s: %s %s %.40q", c.path, r.Status, r.Header.Get("Content-Disposition"), r.body)
		}
		if strings.HasPrefix(c.path, "export") {
			if o := w.do(t, "POST", imports+"?mode=merge&dry_run=true", string(r.body)).want(t, http.StatusOK); len(o.list("events")) != 2 || len(o.list("diff.changed")) != 0 {
				t.Errorf("%s reads back as %v", c.path, o.at("diff"))
			}
		}
	}
	for _, path := range []string{"export?format=pdf", "template?format=ics", "export?version=x"} {
		w.do(t, "GET", "/api/v1/schedule/"+path, "").want(t, http.StatusUnprocessableEntity)
	}
	w.do(t, "GET", "/api/v1/schedule/export?version=7", "").want(t, http.StatusNotFound)
}
