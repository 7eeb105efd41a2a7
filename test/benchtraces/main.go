// Benchtraces plays every trace of a folder through Headstart, at its default
// policy, and through the peers over their whole tuning range, and says where
// Headstart stands.
//
// What enters: a folder with a folder for each trace, which holds trace.csv.gz
// and, where they are known, calendar.csv and meta.json. What leaves: verdicts
// against the figures of the design and every figure they come of, as Markdown,
// as JSON, or in docs/BENCHMARKS.md. It refuses to leave a trace out of the
// document, and to write there where the markers are not as it expects.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"
)

func main() {
	err := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "benchtraces:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string, out, progress io.Writer) error {
	o, err := parse(arguments, progress)
	if err != nil {
		return err
	}
	if o.write { // looked at before minutes are spent
		if err := checkDocument(o.document); err != nil {
			return err
		}
	}
	subjects, err := readFolder(o.traces, o.only)
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(o.cores)
	began, made := time.Now(), makingOf(ctx, o) // before the checkout goes on under it
	played, err := playAll(subjects, o, progress)
	if err != nil {
		return err
	}
	all := judge(played)
	made.Date, made.Seconds = began.UTC().Truncate(time.Second), int(time.Since(began).Seconds())
	all.Made = made
	return publish(all, o, out)
}

// publish writes findings to where they are wanted.
func publish(all *findings, o options, out io.Writer) error {
	if o.write {
		if err := writeDocument(o.document, all.markdown()); err != nil {
			return err
		}
	}
	if o.json {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", " ")
		return encoder.Encode(all)
	}
	text := all.markdown()
	if o.write { // the rest is in the document
		text = all.verdicts()
	}
	_, err := io.WriteString(out, text)
	return err
}
