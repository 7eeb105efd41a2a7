package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestATerminalObeysNothingThatIsPrinted(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain", "Saturday ×3, €5 – 夜 ñ 🎉", "Saturday ×3, €5 – 夜 ñ 🎉"},
		{"a colour", "\x1b[31mred", `\x1b[31mred`},
		{"a title of the window", "\x1b]0;owned\a", `\x1b]0;owned\x07`},
		{"C1, which some terminals obey", "\u009b2J", `\u009b2J`},
		{"lines, tabs and odd blanks", "a\r\nb\tc\u00a0d", "a  b c d"},
		{"backwards", "1 → \u202e2", `1 → \u202e2`},
		{"invisible", "a\u200bb\ufeff", `a\u200bb\ufeff`},
		{"beyond 16 bits", "\U000e0041", `\U000e0041`},
		{"no UTF-8", "a\xffb", `a\xffb`},
		{"a replacement that is written", "a\ufffdb", "a\ufffdb"},
	} {
		if got := printable(c.text); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if got := printableLines("a\x1b\nb"); got != "a\\x1b\nb" {
		t.Errorf("lines: got %q", got)
	}
}

// JSON says the same to a program, and nothing to a terminal.
func TestJSONIsPrintable(t *testing.T) {
	text := "\x1b[31m \u009b \u202e <b> & \U000e0041 \u007f 夜"
	var b bytes.Buffer
	if err := writeJSON(&b, map[string]string{"title": text}); err != nil {
		t.Fatal(err)
	}
	for _, r := range b.String() {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("%q has %U", b.String(), r)
		}
	}
	if !strings.Contains(b.String(), "<b> &") {
		t.Errorf("%q escapes what no terminal obeys", b.String())
	}
	var read map[string]string
	if err := json.Unmarshal(b.Bytes(), &read); err != nil || read["title"] != text {
		t.Errorf("%q was read as %q, %v", b.String(), read["title"], err)
	}
}

// Whatever a text is, and not as a fuzz target: an instrumented build of this
// package and all it wires takes many minutes.
func TestAnyTextIsPrintable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		got := printable(text)
		for _, r := range got {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q became %q, which has %U", text, got, r)
			}
		}
		if again := printable(got); again != got {
			t.Fatalf("%q became %q, and then %q", text, got, again)
		}
	})
}

func TestCellsOfATerminal(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "夜の": 4, "e\u0301": 1, "×3": 2, "ｱ": 1} {
		if got := cells(text); got != want {
			t.Errorf("%q takes %d, want %d", text, got, want)
		}
	}
}
