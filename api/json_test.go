package api

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
)

// protojson varies its blanks on purpose: none of them may reach an answer, laid
// out for people or not.
func TestAnAnswerIsTheSameBytesEachTime(t *testing.T) {
	for name, c := range map[string]struct {
		notes  int
		layout func(to *bytes.Buffer, text []byte) error
	}{
		"short":     {10, func(to *bytes.Buffer, text []byte) error { return json.Indent(to, text, "", "  ") }},
		"very long": {longestIndented, json.Compact},
	} {
		text, err := newJSON().Marshal(&pb.ListEventsResponse{Events: []*pb.Event{{Id: "a", Notes: strings.Repeat("n", c.notes)}}})
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := c.layout(&want, bytes.TrimSuffix(text, []byte("\n"))); err != nil {
			t.Fatal(err)
		}
		if want.WriteByte('\n'); !bytes.Equal(text, want.Bytes()) {
			t.Errorf("a %s answer has other blanks than those of its layout: %.80q", name, text)
		}
	}
}
