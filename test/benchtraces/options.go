package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// options are what the command line says.
type options struct {
	traces      string
	only        []string
	cells       []cell
	cores       int
	seed        uint64
	wrong       bool
	write, json bool
	document    string
	said        string // flags that decide what is played, as they were given
}

// usual are the prices and leads that the design's figures are of.
const (
	usualPrices = "20,100,500"
	usualLeads  = "30/120,90/240,180/420"
)

func parse(arguments []string, out io.Writer) (options, error) {
	var o options
	var only, prices, times string
	flags := flag.NewFlagSet("benchtraces", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.traces, "traces", os.Getenv("TRACES"), "the folder of traces (TRACES)")
	flags.StringVar(&only, "only", "", "names of traces with commas between, all unless given")
	flags.StringVar(&prices, "prices", usualPrices, "what a missed replica-hour costs against one of nodes")
	flags.StringVar(&times, "leads", usualLeads, "pod and node leads in seconds")
	flags.IntVar(&o.cores, "cores", 2, "cores to play on")
	flags.Uint64Var(&o.seed, "seed", 1, "of the false events that are drawn")
	flags.BoolVar(&o.wrong, "wrong", true, "play wrong calendars too")
	flags.BoolVar(&o.write, "write", false, "write the figures between the document's markers")
	flags.StringVar(&o.document, "document", "docs/BENCHMARKS.md", "the document to write to")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	if err := flags.Parse(arguments); err != nil {
		return o, err
	}
	switch {
	case o.traces == "":
		return o, fmt.Errorf("say where the traces are: -traces FOLDER, or TRACES=FOLDER with make")
	case o.cores < 1 || flags.NArg() > 0:
		return o, fmt.Errorf("-cores %d %s: give one core at least, and no other arguments", o.cores, strings.Join(flags.Args(), " "))
	case o.write && (only != "" || prices != usualPrices || times != usualLeads || !o.wrong):
		return o, fmt.Errorf("-write is for the whole: the document shows every trace, price, lead and calendar, the bad ones too")
	}
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	flags.Visit(func(f *flag.Flag) {
		if slices.Contains([]string{"only", "prices", "leads", "cores", "seed", "wrong"}, f.Name) {
			o.said += fmt.Sprintf(" -%s=%s", f.Name, f.Value)
		}
	})
	var err error
	o.cells, err = cellsOf(prices, times)
	return o, err
}

// cellsOf reads prices and leads: each of the one with each of the other.
func cellsOf(prices, times string) ([]cell, error) {
	var cells []cell
	seen := map[cell]bool{}
	for l := range strings.SplitSeq(times, ",") {
		pod, node, both := strings.Cut(l, "/")
		podSeconds, err1 := strconv.ParseUint(pod, 10, 16)
		nodeSeconds, err2 := strconv.ParseUint(node, 10, 16)
		if !both || err1 != nil || err2 != nil {
			return nil, fmt.Errorf("-leads %q are none: write seconds of pods and nodes, such as 90/240", l)
		}
		for p := range strings.SplitSeq(prices, ",") {
			price, err := strconv.ParseFloat(p, 64)
			if err != nil || !(price >= 1 && price <= 1e6) {
				return nil, fmt.Errorf("-prices %q is none: write a number from 1 to a million", p)
			}
			c := cell{Price: price, leads: leads{podSeconds, nodeSeconds}}
			if seen[c] {
				return nil, fmt.Errorf("%s is there twice", c)
			}
			seen[c] = true
			cells = append(cells, c)
		}
	}
	return cells, nil
}
