package rig

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// build compiles the product once for all tests of a binary, as the image
// does.
var build = sync.OnceValues(func() (string, error) { //nolint:gochecknoglobals // a build is shared by every test
	main, err := Root()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "headstart-binary-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "headstart")
	_, err = Run(context.Background(), main, "go", "build", "-tags", "timetzdata", "-o", path, "./cmd/headstart")
	return path, err
})

// RemoveBuild removes the binary that StartHeadstart built: TestMain calls it
// last.
func RemoveBuild() {
	if path, err := build(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path)) // a leftover in the temporary folder harms nobody
	}
}

// Headstart is the product as a user runs it.
type Headstart struct {
	*Process
	GRPC string // HOST:PORT for KEDA
	HTTP string // http://HOST:PORT of pages and API

	t       testing.TB
	command Command
}

// StartHeadstart writes the configuration, starts `headstart serve` on free
// ports and returns when it is ready.
func StartHeadstart(t testing.TB, configuration string) *Headstart {
	t.Helper()
	file := filepath.Join(t.TempDir(), "headstart.yaml")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatalf("write the configuration: %v", err)
	}
	return ServeHeadstart(t, file, "127.0.0.1:0")
}

// ServeHeadstart starts `headstart serve` on a configuration file, with gRPC on
// the address given and HTTP on a free port, and returns when it is ready.
func ServeHeadstart(t testing.TB, file, listen string) *Headstart {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatalf("build headstart: %v", err)
	}
	h := &Headstart{t: t, command: Command{
		Name: "headstart", Path: binary,
		Args: []string{"serve", "--config", file, "--grpc-listen", listen, "--http-listen", "127.0.0.1:0"},
	}}
	h.start()
	return h
}

// Restart starts a Headstart that has ended again, on the same addresses, as
// a Service keeps its name.
func (h *Headstart) Restart() {
	h.t.Helper()
	select {
	case <-h.Exited():
	default:
		h.t.Fatal("headstart still runs: Kill or Terminate it before Restart")
	}
	h.command.Args = append(h.command.Args[:3:3], "--grpc-listen", h.GRPC, "--http-listen", strings.TrimPrefix(h.HTTP, "http://"))
	h.start()
}

func (h *Headstart) start() {
	h.t.Helper()
	h.Process = Beside(h.t, h.command)
	err := h.AwaitReady(h.t.Context(), 30*time.Second, func(ctx context.Context) error {
		if err := h.findAddresses(); err != nil {
			return err
		}
		_, err := Fetch(ctx, h.HTTP+"/healthz")
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// findAddresses reads the ports from the log's line about serving.
func (h *Headstart) findAddresses() error {
	for lines := bufio.NewScanner(bytes.NewReader(h.Log())); lines.Scan(); {
		var line struct{ Msg, GRPC, HTTP string }
		if err := json.Unmarshal(lines.Bytes(), &line); err == nil && line.GRPC != "" && line.HTTP != "" {
			h.GRPC, h.HTTP = line.GRPC, "http://"+line.HTTP
			return nil
		}
	}
	return fmt.Errorf("no line of the log tells the addresses: %.500s", h.Log())
}

// Explanation is what `headstart explain -o json` says of a workload, as far
// as these tests read it.
type Explanation struct {
	Workload string
	At       time.Time
	Replicas int
	Active   bool
	Policy   string
	Stale    bool
	Refusal  string
	Steps    []struct {
		Name          string
		Before, After int
		Why           string
	}
	Signals []struct {
		Name, Condition string
		Value           float64
	}
}

// Step returns the reason of a named step, and whether there was such a step.
func (e Explanation) Step(name string) (why string, found bool) {
	for _, s := range e.Steps {
		if s.Name == name {
			return s.Why, true
		}
	}
	return "", false
}

// Condition returns what became of a signal's last reading.
func (e Explanation) Condition(signal string) string {
	for _, s := range e.Signals {
		if s.Name == signal {
			return s.Condition
		}
	}
	return "no signal " + signal
}

// Explain asks the command line why a workload has its replicas; more are
// further flags, such as --at.
func (h *Headstart) Explain(workload string, more ...string) (Explanation, error) {
	out, err := h.Run(append([]string{"explain", workload, "--server", h.HTTP, "-o", "json"}, more...)...)
	if err != nil {
		return Explanation{}, err
	}
	var e Explanation
	if err := json.Unmarshal(out, &e); err != nil {
		return e, fmt.Errorf("read the explanation of %s: %w", workload, err)
	}
	return e, nil
}

// Decision asks the API what Explain asks the command line: many times a
// second, a program to start for each would leave the others no processor.
func (h *Headstart) Decision(ctx context.Context, workload string) (Explanation, error) {
	body, err := Fetch(ctx, h.HTTP+"/api/v1/workloads/"+workload+"/decision")
	if err != nil {
		return Explanation{}, err
	}
	var e Explanation
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("read the decision on %s: %w", workload, err)
	}
	return e, nil
}

// Run runs another command of the same binary and returns what it prints.
func (h *Headstart) Run(args ...string) ([]byte, error) {
	return Run(h.t.Context(), ".", h.command.Path, args...)
}
