// Command up starts a plane for scenarios to run against, and ends it at
// Ctrl-C or SIGTERM. With -build it only builds what a plane runs.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/headstart-scaler/headstart/test/cluster/plane"
)

func main() {
	folder := flag.String("folder", "", "folder for logs and certificates, which stays; a temporary one where empty")
	build := flag.Bool("build", false, "only build what a plane runs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	task := func() error { return run(ctx, *folder) }
	if *build {
		task = func() error { return plane.Build(ctx, os.Stdout) }
	}
	if err := task(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folder string) error {
	begin := time.Now()
	p, err := plane.Start(ctx, plane.Options{Folder: folder, Progress: os.Stdout})
	if err != nil {
		return err
	}
	defer p.Stop()
	env := filepath.Join(p.Folder(), "env")
	if err := os.WriteFile(env, environment(p), 0o600); err != nil {
		return fmt.Errorf("write the variables for scenarios: %w", err)
	}
	fmt.Printf(`up after %s
  kubeconfig    %s
  KEDA metrics  %s
  logs          %s
Run scenarios against it:  . %s; go test -count=1 .
Ctrl-C ends it.
`, time.Since(begin).Round(time.Second), p.Kubeconfig(), p.KEDAMetrics(), filepath.Join(p.Folder(), "logs"), env)
	return watch(ctx, p)
}

// environment is a shell file with what package scenario reads.
func environment(p *plane.Plane) []byte {
	return fmt.Appendf(nil, `export KUBECONFIG=%[1]q
export HEADSTART_TEST_KUBECONFIG=%[1]q
export HEADSTART_TEST_KEDA_METRICS=%[2]q
export HEADSTART_TEST_EMULATED=true
`, p.Kubeconfig(), p.KEDAMetrics())
}

// watch returns when it is told to end, or when a part has ended by itself.
func watch(ctx context.Context, p *plane.Plane) error {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
			for _, name := range p.Ended() {
				return fmt.Errorf("%s has ended:\n%s", name, p.Part(name).Tail(30))
			}
		}
	}
}
