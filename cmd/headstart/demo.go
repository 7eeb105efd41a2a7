package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/headstart-scaler/headstart/cmd/headstart/demo"
	"github.com/headstart-scaler/headstart/planner"
	"github.com/headstart-scaler/headstart/telemetry"
)

func newDemo() *cobra.Command {
	var (
		o    = appOptions{}
		logs logFlags
	)
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Everything embedded: broker, metrics, traffic, scaler, pages",
		Long: `Demo runs a small platform in this one process and scales it: a Kafka-protocol
broker with a consumer group (demo/deposits), a Prometheus-compatible endpoint
(demo/lobby-api), traffic that surges every few minutes, a schedule of the
tournaments that bring lobby-api's, the first of them in two minutes, and a
stand-in for Kubernetes that asks the real gRPC server as KEDA does.

While it runs, beside it:
  headstart explain demo/deposits
  headstart schedule list
  headstart override create demo/deposits --floor 20 --for 1m --reason "see it"`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := logs.logger(cmd)
			if err != nil {
				return err
			}
			o.log = log
			return runDemo(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&o.grpcListen, "grpc-listen", "127.0.0.1:9090", "address for KEDA's calls")
	cmd.Flags().StringVar(&o.httpListen, "http-listen", "127.0.0.1:8080", "address for pages, API, metrics and health")
	logs.add(cmd, "text")
	// A live table and a log share the terminal badly: only what matters.
	if err := cmd.Flags().Set("log-level", "error"); err != nil {
		panic(err)
	}
	return cmd
}

// runDemo starts the platform, an app on it, and shows both until ctx ends.
func runDemo(ctx context.Context, o appOptions, out io.Writer) (err error) {
	folder, err := os.MkdirTemp("", "headstart-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the demo: %w", err)
	}
	defer func() {
		if gone := os.RemoveAll(folder); gone != nil && err == nil {
			err = fmt.Errorf("remove the demo's folder: %w", gone)
		}
	}()
	platform, err := demo.Start(ctx, o.log)
	if err != nil {
		return err
	}
	defer platform.Close()
	o.path = filepath.Join(folder, "server.yaml")
	if err := os.WriteFile(o.path, []byte(platform.Configuration()), 0o600); err != nil {
		return fmt.Errorf("write the demo's configuration: %w", err)
	}
	o.observer = platform
	if o.traces, err = telemetry.Tracing(ctx, os.Getenv, thisBuild().Version, o.log); err != nil {
		return err
	}
	a, err := newApp(ctx, o)
	if err != nil {
		return err
	}
	if err := uploadDemo(ctx, a, platform); err != nil {
		a.close()
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		defer cancel()
		ended <- a.run(ctx)
	}()
	err = platform.Run(ctx, demo.Screen{
		Out: out, Width: columns(out),
		Snapshot: a.pipeline.Snapshot, Agenda: a.pipeline.Agenda, GRPC: a.grpcListener.Addr().String(), HTTP: a.httpListener.Addr().String(),
	})
	cancel()
	if ran := <-ended; ran != nil {
		return ran
	}
	return err
}

// uploadDemo imports the platform's schedule as marketing does.
func uploadDemo(ctx context.Context, a *app, platform *demo.Platform) error {
	im, err := a.planner.Import(ctx, planner.Upload{
		Name: "tournaments.csv", Data: platform.Schedule(),
		By: planner.Person{Author: "marketing@aurora.example", Reason: "this evening's tournaments"},
	})
	if err == nil && !im.Read.OK() {
		err = errors.New(im.Read.Errors[0].String())
	}
	if err != nil {
		return fmt.Errorf("import the demo's schedule: %w", err)
	}
	return nil
}

// columns returns how to ask for the width of the terminal that out is, or nil
// when it is none.
func columns(out io.Writer) func() int {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return func() int {
		const usual = 80
		width, _, err := term.GetSize(int(file.Fd()))
		if err != nil || width <= 0 {
			return usual
		}
		return width
	}
}
