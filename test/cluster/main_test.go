package cluster

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/headstart-scaler/headstart/test/cluster/plane"
	"github.com/headstart-scaler/headstart/test/cluster/scenario"
	"github.com/headstart-scaler/headstart/test/rig"
)

// shared is the cluster all scenarios play on; it takes ten seconds to start
// and they do not disturb one another.
var shared *scenario.Cluster

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		fmt.Println("THE CLUSTER SUITE IS SKIPPED: -SHORT LEAVES OUT WHAT NEEDS A CLUSTER")
		os.Exit(0)
	}
	// Scenarios wait far more than they compute.
	if err := flag.Set("test.parallel", "32"); err != nil {
		panic(err) // the flag is the testing package's
	}
	code, err := play(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// play runs the scenarios on the cluster that the environment names, or on
// one of their own.
func play(m *testing.M) (code int, err error) {
	ctx, stop := rig.UntilEnded()
	defer stop()
	defer rig.RemoveBuild()
	place, given, err := scenario.Given()
	if err != nil {
		return 0, err
	}
	var own *plane.Plane
	if given {
		fmt.Fprintln(os.Stderr, "scenarios play on the cluster of", place.Kubeconfig)
	} else {
		if own, err = plane.Start(ctx, plane.Options{Progress: os.Stderr, KEDAQPS: plane.ManyQPS, ControllerQPS: plane.ManyQPS}); err != nil {
			return 0, fmt.Errorf("start the cluster: %w", err)
		}
		defer func() { err = errors.Join(err, leave(own, code)) }()
		place.Kubeconfig, place.KEDAMetrics, place.Emulated = own.Kubeconfig(), own.KEDAMetrics(), true
	}
	if shared, err = scenario.Connect(ctx, place); err != nil {
		return 0, fmt.Errorf("prepare the cluster: %w", err)
	}
	defer shared.Close()
	// Tests do not look at the context: they end here when it does.
	defer context.AfterFunc(ctx, func() {
		fmt.Fprintln(os.Stderr, "interrupted")
		shared.Close()
		if own != nil {
			_ = own.Remove() // nobody is left to read it
		}
		rig.RemoveBuild()
		os.Exit(rig.Interrupted)
	})()
	return m.Run(), nil
}

// leave ends a cluster, and keeps its logs when a scenario failed.
func leave(own *plane.Plane, code int) error {
	if code == 0 {
		return own.Remove()
	}
	own.Stop()
	fmt.Fprintln(os.Stderr, "the logs of the cluster's parts are in", filepath.Join(own.Folder(), "logs"))
	return nil
}
