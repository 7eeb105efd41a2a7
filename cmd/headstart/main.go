// Headstart is a KEDA external scaler: it tells KEDA how many replicas a
// workload needs at the moment those replicas will be ready.
//
// The command prints answers on standard output, logs and errors on standard
// error. It exits with 0 when all is fine, 1 when something is wrong, 2 when it
// was called wrongly, 3 when `check --strict` found only warnings.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/headstart-scaler/headstart/workload"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := Main(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Main runs the command with its arguments and returns its exit code. It ends
// when ctx does. Tests run the real program through it.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot() //nolint:contextcheck // cobra hands ctx to each command as cmd.Context()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var exit exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		if exit.err != nil {
			complain(stderr, exit.err)
		}
		return exit.code
	default:
		complain(stderr, err)
		return 1
	}
}

// complain says what went wrong; when even that cannot be written, the exit code
// has to do.
func complain(stderr io.Writer, err error) { _, _ = fmt.Fprintf(stderr, "headstart: %v\n", err) }

// exitError carries an exit code; a nil err has said already what there is to
// say.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e exitError) Unwrap() error { return e.err }

// knownCommand refuses what is no command, and says what was meant.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var known []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			known = append(known, c.Name())
		}
	}
	text := fmt.Sprintf("unknown command %q for headstart", args[0])
	if near := workload.Nearest(args[0], known); near != "" {
		return exitError{2, fmt.Errorf("%s: did you mean %s?", text, near)}
	}
	return exitError{2, fmt.Errorf("%s; known: %s", text, strings.Join(known, ", "))}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "headstart",
		Short: "Replicas and warm nodes before the peak: an external scaler for KEDA",
		Long: `Headstart tells KEDA how many replicas a workload needs at the moment those
replicas will be ready, from Kafka lag, request rate, p95 latency and a forecast.

Start with:  headstart demo      everything embedded, nothing to install
Then:        headstart check     your configuration and ScaledObjects
             headstart serve     the scaler for your cluster
             headstart explain   why that many replicas?
             headstart replay    your own last month, before you install it
             headstart forecast  the next hour of a recorded series
             headstart schedule  what will happen: import it, list it, take it back
             headstart override  replicas by hand, for a while
             headstart audit     who changed what, and why

It exits with 0 when all is fine, 1 when something is wrong, 2 when it was
called wrongly, and check --strict with 3 when there are only warnings.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return exitError{2, err} })
	root.AddCommand(newDemo(), newServe(), newCheck(), newExplain(), newReplay(), newForecast(), newSchedule(), newOverride(), newAudit(), newVersion())
	return root
}
