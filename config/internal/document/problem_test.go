package document

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// What a file holds reaches a terminal as text, wherever in a problem it is
// quoted, and the caret stays where it points.
func TestProblemsObeyNoFile(t *testing.T) {
	type spec struct {
		A string `yaml:"a" jsonschema:"enum=x"`
	}
	for name, text := range map[string]string{
		"escape in a comment": "a: y # \x1b[31mred\x1b[0m\n",
		"escape in a key":     "\"\x1b[2Jb\": y\n",
		"escape in a value":   "a: \"\x1b]0;title\x07\"\n",
		"turned around":       "a: y # \u202eevil\n",
		"one byte control":    "a: y # \x9b31m\n",
		"carriage return":     "a: \"y\rz\"\n",
	} {
		docs, problems := Parse("file.yaml", []byte(text))
		for _, d := range docs {
			problems = append(problems, d.Decode(new(spec))...)
		}
		if len(problems) == 0 {
			t.Errorf("%s: nothing is wrong", name)
		}
		for _, p := range problems {
			checkPrintable(t, name, p)
		}
	}
	p := Problem{File: "f", Line: 1, Column: 3, Message: "m", source: "a\x1bb", width: 1}
	if got := p.Error(); !strings.HasSuffix(got, "    1 | a\ufffdb\n      |   ^") {
		t.Errorf("the caret is elsewhere: %q", got)
	}
}

func checkPrintable(t *testing.T, name string, p Problem) {
	t.Helper()
	obeyed := func(r rune) bool { return r != '\n' && unicode.In(r, unicode.Cc, unicode.Bidi_Control) }
	for _, out := range []string{p.Error(), p.Report()} {
		if !utf8.ValidString(out) || strings.ContainsFunc(out, obeyed) {
			t.Errorf("%s: printed raw: %q", name, out)
		}
	}
}

func TestExponents(t *testing.T) {
	type spec struct {
		Capacity float64 `yaml:"capacity"`
		Replicas int     `yaml:"replicas"`
	}
	for text, want := range map[string]struct {
		capacity float64
		fix      string
	}{
		"capacity: 1e3":                  {1000, ""},
		"capacity: 2.5E-1":               {0.25, ""},
		"capacity: .5e+1":                {5, ""},
		"capacity: \"1e3\"":              {0, "Write 1e3, without quotes."},
		"capacity: 99999999999999999999": {1e20, ""},
		"capacity: 1e":                   {0, "Write a number."},
		"capacity: 1e999":                {0, "Write a finite number."},
		"replicas: 1e3":                  {0, "Write 1000."},
		"replicas: 1.5e0":                {0, "Write a whole number."},
		"replicas: \"7\"":                {0, "Write 7, without quotes."},
		"replicas: 1e400":                {0, "Write a finite number."},
		"replicas: 99999999999999999999": {0, "Write a smaller number."},
		"replicas: 9223372036854775808":  {0, "Write a smaller number."},
	} {
		docs, problems := Parse("file.yaml", []byte(text+"\n"))
		if len(docs) != 1 || len(problems) != 0 {
			t.Fatalf("%s: %v", text, problems)
		}
		var got spec
		problems = docs[0].Decode(&got)
		if got.Capacity != want.capacity || (len(problems) == 0) != (want.fix == "") {
			t.Errorf("%s: read as %g, %v", text, got.Capacity, problems)
		}
		if len(problems) > 0 && !strings.HasPrefix(problems[0].Fix, want.fix) {
			t.Errorf("%s: the repair is %q, want %q", text, problems[0].Fix, want.fix)
		}
	}
}
