package harness

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// build compiles the product once for all tests of a binary, as the image
// does.
var build = sync.OnceValues(func() (string, error) { //nolint:gochecknoglobals // a build is shared by every test
	dir, err := os.MkdirTemp("", "headstart-binary-")
	if err != nil {
		return "", err
	}
	main, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "headstart")
	_, err = run(context.Background(), main, "go", "build", "-tags", "timetzdata", "-o", path, "./cmd/headstart")
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

	t      testing.TB
	binary string
}

// StartHeadstart writes the configuration, starts `headstart serve` on free
// ports and returns when it is ready.
func StartHeadstart(t testing.TB, configuration string) *Headstart {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatalf("build headstart: %v", err)
	}
	file := filepath.Join(t.TempDir(), "headstart.yaml")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatalf("write the configuration: %v", err)
	}
	h := &Headstart{t: t, binary: binary}
	h.Process = start(t, command{
		name: "headstart", path: binary,
		args: []string{"serve", "--config", file, "--grpc-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"},
	})
	h.ready(30*time.Second, func(ctx context.Context) error {
		if err := h.findAddresses(); err != nil {
			return err
		}
		_, err := Fetch(ctx, h.HTTP+"/healthz")
		return err
	})
	return h
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

// Terminate sends SIGTERM and returns how long the process took to end with
// code 0.
func (h *Headstart) Terminate(limit time.Duration) time.Duration {
	h.t.Helper()
	begin := time.Now()
	h.Signal(syscall.SIGTERM)
	select {
	case <-h.Exited():
	case <-time.After(limit):
		h.t.Fatalf("headstart still runs %s after SIGTERM", limit)
	}
	if code := h.ExitCode(); code != 0 {
		h.t.Errorf("headstart ended with code %d after SIGTERM, want 0", code)
	}
	return time.Since(begin)
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

// Explain asks the command line why a workload has its replicas.
func (h *Headstart) Explain(workload string) (Explanation, error) {
	out, err := run(h.t.Context(), ".", h.binary, "explain", workload, "--server", h.HTTP, "-o", "json")
	if err != nil {
		return Explanation{}, err
	}
	var e Explanation
	if err := json.Unmarshal(out, &e); err != nil {
		return e, fmt.Errorf("read the explanation of %s: %w", workload, err)
	}
	return e, nil
}
