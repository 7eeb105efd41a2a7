package main

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What is kept of checkpoints is read whole or refused.
func TestCheckpointsAreReadWholeOrRefused(t *testing.T) {
	hash := strings.Repeat("0a", 32)
	part := rapid.SampledFrom([]string{"5:" + hash, " ", "2026-11-23T20:00:00Z", "\n", "# kept by ana\n", `{"seq": 5, "hash": "` + hash + `", "at": "2026-11-23T20:00:00Z"}`, ":", "0:", "-1:", hash, "5:00", "\r", "\x00"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(part, 0, 6).Draw(t, "parts"), "")
		found, err := parseCheckpoints(text)
		if (err == nil) != (len(found) > 0) {
			t.Fatalf("%q: %v, %v", text, found, err)
		}
		for _, c := range found {
			if c.Seq != 5 || c.Hash.String() != hash {
				t.Fatalf("%q was taken for %v", text, c)
			}
		}
	})
}
