package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/workload"
)

// question is what `explain` asks a server.
type question struct {
	client
	policy, overrides, at string
	output                string
}

func newExplain() *cobra.Command {
	var q question
	cmd := &cobra.Command{
		Use:   "explain NAMESPACE/NAME",
		Short: "Say why a workload has that many replicas",
		Example: `  headstart explain demo/deposits
  headstart explain shop/checkout --at 2026-11-22T20:15:00Z --server http://headstart.keda:8080 -o json`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return q.ask(cmd.Context(), args[0], cmd.OutOrStdout())
		},
	}
	q.flags(cmd, 5*time.Second)
	cmd.Flags().StringVar(&q.at, "at", "", "the decision in force at this instant, RFC 3339; now by default")
	cmd.Flags().StringVar(&q.policy, "policy", "", "which policy, where the ScaledObject has several of our triggers")
	cmd.Flags().StringVar(&q.overrides, "overrides", "", "which of several triggers with that policy, by its overrides such as minReplicas=5")
	outputFlag(cmd, &q.output)
	return cmd
}

func (q *question) ask(ctx context.Context, workload string, out io.Writer) error {
	asked, err := q.call(workload)
	if err != nil {
		return exitError{2, err}
	}
	r, err := q.send(ctx, asked)
	if several, ok := errors.AsType[apiError](err); ok && len(several.Choices) > 0 {
		return several.choose(workload)
	}
	if err != nil {
		return err
	}
	return q.print(r.body, out)
}

func (q *question) call(text string) (call, error) {
	id, err := workload.ParseID(text)
	if err != nil {
		return call{}, fmt.Errorf("workload %w", err)
	}
	query := url.Values{}
	if q.policy != "" {
		query.Set("policy", q.policy)
	}
	if q.overrides != "" {
		query.Set("overrides", q.overrides)
	}
	if q.at != "" {
		if _, err := time.Parse(time.RFC3339, q.at); err != nil {
			return call{}, fmt.Errorf("--at %q is not an instant such as 2026-11-22T20:15:00Z", q.at)
		}
		query.Set("at", q.at)
	}
	return call{method: http.MethodGet, path: "workloads/" + id.Namespace + "/" + id.Name + "/decision", query: query}, nil
}

func (q *question) print(body []byte, out io.Writer) error {
	if q.output == "json" {
		var same json.RawMessage
		if err := json.Unmarshal(body, &same); err != nil {
			return fmt.Errorf("read the answer of %s: %w: is this a Headstart server?", q.server, err)
		}
		return writeJSON(out, same)
	}
	var e decision.Explanation
	if err := json.Unmarshal(body, &e); err != nil {
		return fmt.Errorf("read the answer of %s: %w: is this a Headstart server?", q.server, err)
	}
	_, err := io.WriteString(out, printableLines(e.Text()))
	return err
}

// choose says how to ask for each of several decisions that fit.
func (e apiError) choose(workload string) error {
	lines := []string{e.Detail}
	for _, c := range e.Choices {
		line := "  headstart explain " + workload + " --policy " + c.Policy
		if c.Overrides != "" {
			line += " --overrides '" + c.Overrides + "'"
		}
		lines = append(lines, line)
	}
	return errors.New(printableLines(strings.Join(lines, "\n")))
}

// unwrapURL drops the method and address that http adds: the caller names them.
func unwrapURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
