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
	server, policy, overrides, at string
	output                        string
	timeout                       time.Duration
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
	cmd.Flags().StringVar(&q.server, "server", "http://127.0.0.1:8080", "address of the server's HTTP port")
	cmd.Flags().StringVar(&q.at, "at", "", "the decision in force at this instant, RFC 3339; now by default")
	cmd.Flags().StringVar(&q.policy, "policy", "", "which policy, where the ScaledObject has several of our triggers")
	cmd.Flags().StringVar(&q.overrides, "overrides", "", "which of several triggers with that policy, by its overrides such as minReplicas=5")
	cmd.Flags().DurationVar(&q.timeout, "timeout", 5*time.Second, "how long to wait for the server")
	outputFlag(cmd, &q.output)
	return cmd
}

func (q question) ask(ctx context.Context, workload string, out io.Writer) error {
	address, err := q.address(workload)
	if err != nil {
		return exitError{2, err}
	}
	ctx, cancel := context.WithTimeout(ctx, q.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return fmt.Errorf("ask %s: %w", q.server, err)
	}
	request.Header.Set("Accept", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask %s: %w: is the server's HTTP port there? (--server)", q.server, unwrapURL(err))
	}
	defer response.Body.Close() //nolint:errcheck // only read
	const largest = 4 << 20
	body, err := io.ReadAll(io.LimitReader(response.Body, largest))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", q.server, err)
	}
	if response.StatusCode != http.StatusOK {
		return problem(q.server, workload, response.Status, body)
	}
	return q.print(body, out)
}

func (q question) address(text string) (string, error) {
	id, err := workload.ParseID(text)
	if err != nil {
		return "", fmt.Errorf("workload %w", err)
	}
	server := q.server
	if !strings.Contains(server, "://") {
		server = "http://" + server
	}
	base, err := url.Parse(server)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return "", fmt.Errorf("--server %q is not an address such as http://127.0.0.1:8080", q.server)
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
			return "", fmt.Errorf("--at %q is not an instant such as 2026-11-22T20:15:00Z", q.at)
		}
		query.Set("at", q.at)
	}
	u := base.JoinPath("api", "v1", "workloads", id.Namespace, id.Name, "decision")
	u.RawQuery = query.Encode()
	return u.String(), nil
}

func (q question) print(body []byte, out io.Writer) error {
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

// problem is an RFC 9457 answer as an error. Where several decisions fit, it
// says how to ask for each.
func problem(server, workload, status string, body []byte) error {
	var p struct {
		Title, Detail string
		Choices       []struct{ Policy, Overrides string }
	}
	if err := json.Unmarshal(body, &p); err != nil || p.Title == "" {
		return fmt.Errorf("%s answered %s: is this a Headstart server?", server, status)
	}
	if p.Detail == "" {
		return errors.New(p.Title)
	}
	for _, c := range p.Choices {
		p.Detail += "\n  headstart explain " + workload + " --policy " + c.Policy
		if c.Overrides != "" {
			p.Detail += " --overrides '" + c.Overrides + "'"
		}
	}
	return errors.New(p.Detail)
}

// unwrapURL drops the method and address that http adds: the caller names them.
func unwrapURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
