package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/headstart-scaler/headstart/telemetry"
)

// serve runs an app until ctx ends, with traces as the environment says.
func serve(ctx context.Context, o appOptions) (err error) {
	if o.traces, err = telemetry.Tracing(ctx, os.Getenv, thisBuild().Version, o.log); err != nil {
		return err
	}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTraces)
		defer cancel()
		if lost := o.traces.Shutdown(last); lost != nil {
			o.log.Warn("send the last traces", "error", lost)
		}
	}()
	a, err := newApp(ctx, o)
	if err != nil {
		return err
	}
	return a.run(ctx)
}

// lastTraces is how long the end of the process waits for a collector.
const lastTraces = 300 * time.Millisecond

// logFlags say how to log.
type logFlags struct{ level, format string }

func (f *logFlags) add(cmd *cobra.Command, format string) {
	words := []string{"json", "text"}
	if format == "text" {
		words = []string{"text", "json"}
	}
	wordFlag(cmd, &f.level, "log-level", "least level that is logged", "info", "debug", "warn", "error")
	wordFlag(cmd, &f.format, "log-format", "form of the log", words...)
}

func (f *logFlags) logger(cmd *cobra.Command) (*slog.Logger, error) {
	return telemetry.NewLogger(cmd.ErrOrStderr(), f.format, f.level)
}

func newServe() *cobra.Command {
	var (
		o    appOptions
		logs logFlags
	)
	cmd := &cobra.Command{
		Use:   "serve --config FILE",
		Short: "Serve KEDA, and the pages and API",
		Long: `Serve answers KEDA's external-scaler calls on the gRPC port and shows decisions,
metrics and health on the HTTP port. Policies are reloaded when their files
change; a reload that is not valid leaves the last good configuration in force.

SIGTERM ends it within five seconds: streams first, accepted calls are answered.
Traces are sent when OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_TRACES_EXPORTER is set.`,
		Example: `  headstart serve --config /etc/headstart/server.yaml
  headstart serve --config server.yaml --grpc-listen 127.0.0.1:0 --http-listen 127.0.0.1:0`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.path == "" {
				return exitError{2, errors.New("serve needs --config FILE, a Server document: see deploy/examples/server.yaml")}
			}
			log, err := logs.logger(cmd)
			if err != nil {
				return err
			}
			o.log = log
			return serve(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.path, "config", "", "file or folder with the Server document (required)")
	cmd.Flags().StringVar(&o.grpcListen, "grpc-listen", "", "address for KEDA, instead of the configuration's")
	cmd.Flags().StringVar(&o.httpListen, "http-listen", "", "address for pages, API, metrics and health, instead of the configuration's")
	logs.add(cmd, "json")
	return cmd
}
