package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// making is how figures came about.
type making struct {
	Date    time.Time `json:"date"`
	Commit  string    `json:"commit"`
	Machine string    `json:"machine"`
	Cores   int       `json:"cores"`
	Go      string    `json:"go"`
	Seconds int       `json:"seconds"`
	Command string    `json:"command"`
}

// makingOf knows all but when it began and how long it took.
func makingOf(ctx context.Context, o options) making {
	m := making{
		Commit: commit(ctx), Machine: processor(), Cores: o.cores, Go: runtime.Version(),
		Command: "make bench-traces TRACES=folder",
	}
	if o.said != "" {
		m.Command += fmt.Sprintf(" ARGS='%s'", strings.TrimSpace(o.said))
	}
	return m
}

// sentence is for a document's readers.
func (m making) sentence() string {
	return fmt.Sprintf("Measured on %s at commit %s, in %s on %d cores of %s with %s, by `%s`.",
		m.Date.Format("2 January 2006"), m.Commit, time.Duration(m.Seconds)*time.Second, m.Cores, m.Machine, m.Go, m.Command)
}

func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--exclude=*", "--abbrev=12").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// processor is what Linux calls it; elsewhere its architecture must do.
func processor() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(data)) {
			if name, model, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				return strings.TrimSpace(model)
			}
		}
	}
	return runtime.GOARCH
}
