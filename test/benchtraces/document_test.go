package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOnlyWhatIsBetweenTheMarkersIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "BENCHMARKS.md")
	document := "# Figures\nby hand\n" + beginMarker + "\nold\n" + endMarker + "\nmore by hand\n"
	if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // written twice, it is the same
		if err := writeDocument(path, "\nnew\n\n"); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.Replace(document, "old", "new", 1); string(got) != want {
			t.Errorf("written is:\n%s", got)
		}
	}
}

func TestADocumentWithoutItsMarkersIsLeftAlone(t *testing.T) {
	for name, c := range map[string]struct{ document, want string }{
		"none":         {"# Figures\n", "<!-- bench-traces --> is there 0 times"},
		"no end":       {beginMarker + "\n", "<!-- /bench-traces --> is there 0 times"},
		"two begins":   {beginMarker + beginMarker + endMarker, "<!-- bench-traces --> is there 2 times"},
		"wrong way up": {endMarker + beginMarker, "swap them"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "BENCHMARKS.md")
			if err := os.WriteFile(path, []byte(c.document), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, err := range []error{checkDocument(path), writeDocument(path, "new")} {
				if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
					t.Errorf("the error is %v", err)
				}
			}
			if got, _ := os.ReadFile(path); string(got) != c.document {
				t.Errorf("it was written to: %s", got)
			}
		})
	}
}

// The real one is ready to be written to.
func TestTheDocumentHasItsPlace(t *testing.T) {
	if err := checkDocument("../../docs/BENCHMARKS.md"); err != nil {
		t.Error(err)
	}
}
