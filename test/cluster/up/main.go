// Command up starts a plane for scenarios to run against, and ends it at
// Ctrl-C, at SIGTERM, or with the program that started it. With -build it only
// builds what a plane runs.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/headstart-scaler/headstart/test/cluster/plane"
	"github.com/headstart-scaler/headstart/test/rig"
)

func main() {
	folder := flag.String("folder", "", "folder for logs and certificates, which stays; a temporary one, which goes, where empty")
	build := flag.Bool("build", false, "only build what a plane runs")
	flag.Parse()
	ctx, stop := rig.UntilEnded()
	defer stop()
	task := func() error { return run(ctx, *folder) }
	if *build {
		task = func() error { return plane.Build(ctx, os.Stdout) }
	}
	if err := task(); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folder string) error {
	begin := time.Now()
	p, err := plane.Start(ctx, plane.Options{Folder: folder, Progress: os.Stdout, KEDAQPS: plane.ManyQPS, ControllerQPS: plane.ManyQPS})
	if err != nil {
		return err
	}
	defer p.Stop() // and Remove, where it ends as it should
	env := filepath.Join(p.Folder(), "env")
	if err := os.WriteFile(env, environment(p), 0o600); err != nil {
		return fmt.Errorf("write the variables for scenarios: %w", err)
	}
	fmt.Printf(`up after %s
  kubeconfig    %s
  KEDA metrics  %s
  logs          %s
Run a scenario against it, from the repository's root:
  (. %s && cd test/cluster && go test -count=1 -v -run AStepInDemand .)
Ctrl-C, or kill %d, ends it.
`, time.Since(begin).Round(time.Second), p.Kubeconfig(), p.KEDAMetrics(), filepath.Join(p.Folder(), "logs"), env, os.Getpid())
	if err := watch(ctx, p); err != nil {
		return err
	}
	return p.Remove()
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
