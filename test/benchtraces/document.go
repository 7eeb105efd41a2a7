package main

import (
	"fmt"
	"os"
	"strings"
)

// Figures stand between these in the document; all else is a person's.
const (
	beginMarker = "<!-- bench-traces -->"
	endMarker   = "<!-- /bench-traces -->"
)

// replaced is a document with other text between its markers.
func replaced(document, text string) (string, error) {
	for _, marker := range []string{beginMarker, endMarker} {
		if n := strings.Count(document, marker); n != 1 {
			return "", fmt.Errorf("%s is there %d times: write the figures' place as %s and %s, once", marker, n, beginMarker, endMarker)
		}
	}
	before, rest, _ := strings.Cut(document, beginMarker)
	_, after, found := strings.Cut(rest, endMarker)
	if !found {
		return "", fmt.Errorf("%s stands before %s: swap them", endMarker, beginMarker)
	}
	return before + beginMarker + "\n" + strings.TrimSpace(text) + "\n" + endMarker + after, nil
}

// checkDocument says whether a document can be written to.
func checkDocument(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	if _, err := replaced(string(data), ""); err != nil {
		return fmt.Errorf("write the figures to %s: %w", path, err)
	}
	return nil
}

func writeDocument(path, text string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	document, err := replaced(string(data), text)
	if err != nil {
		return fmt.Errorf("write the figures to %s: %w", path, err)
	}
	if err := os.WriteFile(path, []byte(document), 0o644); err != nil { //nolint:gosec // a document is for everyone to read
		return fmt.Errorf("write the figures: %w", err)
	}
	return nil
}
