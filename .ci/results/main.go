// Command results reads what `go test -json` wrote.
//
//	results show          prints its input as `go test` would have, passes left
//	                      out but for the lines in which they say what they
//	                      measured
//	results sum FOLDER    adds up every FILE.json, and the file steps of lines
//	                      "pass NAME" and "fail NAME", and prints the one line
//	                      "N passed, N failed"; exit code 1 when any failed or
//	                      nothing ran
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// event is one line of test2json's output.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

// tally counts what passed and failed. A package that fails without a failed
// test, because it does not build or its process died, is one failure.
type tally struct{ passed, failed, skipped int }

func main() {
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "show":
		err = show(os.Stdin)
	case len(os.Args) == 3 && os.Args[1] == "sum":
		err = sum(os.Args[2])
	default:
		fmt.Fprintln(os.Stderr, "usage: results show | results sum FOLDER")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "results:", err)
		os.Exit(1)
	}
}

// read calls each for every event. Lines that are no JSON are what the go
// command itself had to say.
func read(from io.Reader, each func(event)) error {
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			e := event{Action: "output", Output: line}
			if json.Unmarshal([]byte(line), &e) != nil {
				e = event{Action: "output", Output: line}
			}
			each(e)
		}
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read test results: %w", err)
		}
	}
}

// show prints a package's line, and the output of tests that failed or were
// skipped.
func show(from io.Reader) error {
	output := map[string]*strings.Builder{}
	return read(from, func(e event) {
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			if e.Test == "" {
				fmt.Print(packageLine(e.Output))
				return
			}
			if output[key] == nil {
				output[key] = &strings.Builder{}
			}
			output[key].WriteString(e.Output)
		case "fail", "skip":
			if e.Test != "" && output[key] != nil {
				fmt.Print(output[key].String())
			}
			delete(output, key)
		case "pass":
			if e.Test != "" && output[key] != nil {
				fmt.Print(measured(e.Test, output[key].String()))
			}
			delete(output, key)
		}
	})
}

// measured is what a test that passed said of its figures.
func measured(test, output string) string {
	var b strings.Builder
	for line := range strings.Lines(output) {
		if _, figure, ok := strings.Cut(line, ": measured: "); ok {
			b.WriteString(test + " measured " + figure)
		}
	}
	return b.String()
}

// packageLine leaves out what says no more than the package's own line does.
func packageLine(s string) string {
	if s == "PASS\n" || strings.Contains(s, "[no test files]") {
		return ""
	}
	return s
}

func sum(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return err
	}
	total, err := steps(filepath.Join(folder, "steps"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := total.add(file); err != nil {
			return err
		}
	}
	if total.skipped > 0 {
		fmt.Printf("%d skipped\n", total.skipped)
	}
	fmt.Printf("%d passed, %d failed\n", total.passed, total.failed)
	if total.failed > 0 || total.passed == 0 {
		os.Exit(1)
	}
	return nil
}

// steps counts the checks that pass or fail as a whole.
func steps(path string) (tally, error) {
	var t tally
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	} else if err != nil {
		return t, err
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "pass ") {
			t.passed++
		} else {
			t.failed++
		}
	}
	return t, nil
}

// add counts the tests of a file, subtests included.
func (t *tally) add(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // only read
	failedTests := map[string]bool{}    // packages with a failed test
	return read(file, func(e event) {
		switch {
		case e.Action == "pass" && e.Test != "":
			t.passed++
		case e.Action == "skip" && e.Test != "":
			t.skipped++
		case e.Action == "fail" && e.Test != "":
			t.failed++
			failedTests[e.Package] = true
		case e.Action == "fail" && !failedTests[e.Package]:
			t.failed++
		}
	})
}
