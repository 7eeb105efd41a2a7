// Compare scores Headstart's forecasters over a folder of traces and prints
// them beside what other libraries' scored there (test/challengers/results).
//
// What enters: a folder with a folder for each trace, which holds trace.csv.gz,
// and the challengers' results. What leaves: tables in Markdown, or JSON. It
// refuses to print a challenger beside ours where a ruler, the last value, was
// not scored alike by both sides: the trace, its origins or the scores differ.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	traces, results string
	only            []string
	origins         int
	every           time.Duration
	half            string
	detail          bool
	format          string
}

func run(arguments []string, out io.Writer) error {
	o, err := parse(arguments)
	if err != nil {
		return err
	}
	others, err := readChallengers(o.results)
	if err != nil {
		return err
	}
	if o.every > 0 || o.half != "" {
		others = nil // they were asked at other origins
	}
	comparisons, err := compareAll(o, others)
	if err != nil {
		return err
	}
	if o.format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", " ")
		return encoder.Encode(struct {
			Challengers []challenger `json:"challengers"`
			Traces      []comparison `json:"traces"`
		}{others, comparisons})
	}
	_, err = io.WriteString(out, report(comparisons, others, o.detail))
	return err
}

func parse(arguments []string) (options, error) {
	var o options
	var only string
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	flags.StringVar(&o.traces, "traces", os.Getenv("TRACES"), "the folder of traces (TRACES)")
	flags.StringVar(&o.results, "results", "test/challengers/results", "the folder of the challengers' results")
	flags.StringVar(&only, "only", "", "names of traces with commas between, all unless given")
	flags.IntVar(&o.origins, "origins", 100, "origins a trace: the challengers' were asked at so many")
	flags.DurationVar(&o.every, "every", 0, "ask so often instead, such as 5m; without the challengers, who were not")
	flags.StringVar(&o.half, "half", "", "score the first half of each trace, to tune on, or the second, to report; without the challengers")
	flags.BoolVar(&o.detail, "detail", false, "print each trace's horizons and coverage too")
	flags.StringVar(&o.format, "o", "text", "text or json")
	if err := flags.Parse(arguments); err != nil {
		return o, err
	}
	switch {
	case o.traces == "":
		return o, fmt.Errorf("say where the traces are: -traces FOLDER, or TRACES=FOLDER with make")
	case o.format != "text" && o.format != "json":
		return o, fmt.Errorf("-o %s is neither text nor json", o.format)
	case o.half != "" && o.half != "first" && o.half != "second":
		return o, fmt.Errorf("-half %s is neither first nor second", o.half)
	case o.origins < 1 || o.every < 0 || flags.NArg() > 0:
		return o, fmt.Errorf("-origins %d, -every %s %s: give one origin at least, and no other arguments", o.origins, o.every, strings.Join(flags.Args(), " "))
	}
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	return o, nil
}
