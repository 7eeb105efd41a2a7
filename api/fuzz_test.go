package api

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
)

// What an address says of an import is read or refused, never half read, and
// reads the same when it is written again.
func FuzzParseImport(f *testing.F) {
	for _, seed := range []string{
		"", "mode=merge", "mode=replace&replace_from=2026-11-01T00:00:00Z&replace_to=2026-11-02T00:00:00%2B01:00",
		"replace_from=2026-11-01T00:00:00+01:00", "column.Start+Date=start&column.=x&column.a=b&column.a=c", "dry_run=true&dry_run=false",
		"filename=%00&author=%ff", "remove_many=TRUE", "timezone=Europe/Malta;mode=merge", "%zz", "a&b=c&=d",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		r, err := parseImport(raw, importParameters())
		if err == nil {
			checkImport(t, raw, r)
		} else if f := asFault(err); f.Status != 400 && f.Status != 422 || f.Repair == "" {
			t.Errorf("%q: %+v", raw, f)
		}
	})
}

func checkImport(t *testing.T, raw string, r *pb.ImportScheduleRequest) {
	t.Helper()
	values, err := url.ParseQuery(raw)
	if err != nil {
		t.Fatalf("%q was read, and is no query: %v", raw, err)
	}
	again := url.Values{}
	for name, given := range values {
		if len(given) != 1 {
			t.Fatalf("%q: %s was given %d times and read", raw, name, len(given))
		}
		again.Set(name, given[0])
	}
	if len(r.GetColumns()) != strings.Count("&"+again.Encode(), "&column.") {
		t.Errorf("%q: columns %v", raw, r.GetColumns())
	}
	second, err := parseImport(again.Encode(), importParameters())
	if err != nil || second.GetMode() != r.GetMode() || second.GetDryRun() != r.GetDryRun() || second.GetRemoveMany() != r.GetRemoveMany() ||
		!second.GetReplaceFrom().AsTime().Equal(r.GetReplaceFrom().AsTime()) || second.GetAuthor() != r.GetAuthor() {
		t.Errorf("%q was read as %v, and again as %v (%v)", raw, r, second, err)
	}
}

// A token is read back as it was written, and nothing else breaks anything.
func FuzzParseToken(f *testing.F) {
	f.Add("ZXZlbnRzADEAYQ")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		for list, parts := range map[string]int{"events": 2, "occurrences": 6, "decisions": 4} {
			if found, err := parseToken(text, list, parts); err == nil && found != nil {
				checkToken(t, list, found)
			}
		}
	})
}

// checkToken holds a token to what it was read as. Its text need not come
// again: base64 may leave bits over at its end, which decode all the same.
func checkToken(t *testing.T, list string, found []string) {
	t.Helper()
	if again, err := parseToken(token(list, found...), list, len(found)); err != nil || strings.Join(again, "|") != strings.Join(found, "|") {
		t.Errorf("%q, then %q (%v)", found, again, err)
	}
	if list != "occurrences" {
		return
	}
	if n, err := parseSpan(found); err == nil && n.check() != nil {
		t.Errorf("%q: span %v", found, n)
	}
}

func FuzzParseETag(f *testing.F) {
	for _, seed := range []string{`"7"`, `W/"7"`, "*", `"007"`, `"7","8"`, "7"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := parseETag(text); err == nil && (etag(n) != text || n < 0 || !utf8.ValidString(text)) {
			t.Errorf("%q was read as %d", text, n)
		}
	})
}
