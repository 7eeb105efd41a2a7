package main

import (
	"strings"
	"testing"
)

func events() *table {
	t := &table{heads: []string{"WHEN", "EVENT", "OWNER"}}
	t.row("Sat 20:00", "夜のレース", "ana")
	t.row("Sun 04:00", "Launch\nof it", "")
	return t
}

func TestATableThatFitsStandsInColumns(t *testing.T) {
	want := "" +
		"WHEN       EVENT         OWNER\n" +
		"Sat 20:00  夜のレース    ana\n" +
		"Sun 04:00  Launch of it  -\n"
	for _, limit := range []int{0, 30, 200} {
		var b strings.Builder
		if err := events().writeTo(&b, limit); err != nil {
			t.Fatal(err)
		}
		if b.String() != want {
			t.Errorf("at %d columns:\n%s\nwant\n%s", limit, b.String(), want)
		}
	}
}

// One column less, and rows become paragraphs: no line is broken.
func TestATableOnANarrowTerminalIsParagraphs(t *testing.T) {
	want := "" +
		"Sat 20:00\n" +
		"  EVENT  夜のレース\n" +
		"  OWNER  ana\n" +
		"Sun 04:00\n" +
		"  EVENT  Launch of it\n"
	var b strings.Builder
	if err := events().writeTo(&b, 29); err != nil {
		t.Fatal(err)
	}
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	if err := events().writeTo(&b, 18); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(b.String(), "  EVENT  Launch of\n         it\n") {
		t.Errorf("at 18 columns:\n%s", b.String())
	}
}

func TestTextsAreBrokenBetweenWords(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit int
		want  string
	}{
		{"one two three", 0, "one two three"},
		{"one two three", -3, "one two three"},
		{"one two three", 13, "one two three"},
		{"one two three", 12, "one two\n  three"},
		{"one two three", 7, "one two\n  three"},
		{"one two three", 6, "one\n  two\n  three"},
		{"one unbreakable", 4, "one\n  unbreakable"},
		{"夜夜 夜夜", 8, "夜夜\n  夜夜"},
	} {
		if got := wrapped(c.text, c.limit, "  "); got != c.want {
			t.Errorf("%q at %d: got %q, want %q", c.text, c.limit, got, c.want)
		}
	}
}
