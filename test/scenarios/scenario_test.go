// Package scenarios_test plays the Markdown files of this folder: each is a
// tutorial of one behaviour of the decision, and its outputs are goldens.
//
// A file has a ```yaml block with a policy, then pairs of an ```input block,
// one line per tick, and an ```output block with what was decided and why.
// `go test ./test/scenarios -update` writes the outputs anew.
package scenarios_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the outputs anew")

func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios found: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".md"), func(t *testing.T) { play(t, file) })
	}
}

func play(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	blocks := split(string(data))
	p := player{t: t, file: file}
	for i := range blocks {
		if err := p.take(&blocks[i]); err != nil {
			t.Fatalf("%s:%d: %v", file, blocks[i].line, err)
		}
	}
	if p.asked {
		t.Fatalf("%s: the last input has no ```output block after it", file)
	}
	if *update {
		if err := os.WriteFile(file, []byte(join(blocks)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// player takes a file block by block.
type player struct {
	t      *testing.T
	file   string
	stage  stage
	output string
	asked  bool // an input waits for its output block
}

func (p *player) take(b *block) (err error) {
	switch b.kind {
	case "yaml":
		p.stage, err = newStage(p.t.TempDir(), b.body)
	case "csv":
		err = p.stage.schedule(b.body)
	case "input":
		p.output, err = p.stage.play(b.body)
		p.asked = true
	case "output":
		if !p.asked {
			return errors.New("an output without an input before it")
		}
		if !*update && b.body != p.output {
			p.t.Errorf("%s:%d: got\n%s\nwant\n%s\n(go test ./test/scenarios -update accepts it)", p.file, b.line, p.output, b.body)
		}
		b.body, p.asked = p.output, false
	}
	return err
}

// block is a stretch of a Markdown file: prose, or what a fence encloses.
type block struct {
	kind string // the fence's word; empty for prose
	body string
	line int
}

func split(text string) []block {
	var blocks []block
	current := block{line: 1}
	for i, line := range strings.SplitAfter(text, "\n") {
		word, fence := strings.CutPrefix(strings.TrimRight(line, "\n"), "```")
		switch {
		case !fence:
			current.body += line
		case current.kind != "": // the end of a fence
			blocks = append(blocks, current)
			current = block{line: i + 2}
		default:
			blocks = append(blocks, current)
			current = block{kind: word, line: i + 2}
		}
	}
	return append(blocks, current)
}

func join(blocks []block) string {
	var b strings.Builder
	for _, x := range blocks {
		if x.kind == "" {
			b.WriteString(x.body)
			continue
		}
		fmt.Fprintf(&b, "```%s\n%s```\n", x.kind, x.body)
	}
	return b.String()
}
