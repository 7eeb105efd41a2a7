package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// client is how commands ask a server's API.
type client struct {
	server, tokenFile string
	timeout           time.Duration
	// named reports whether the server was named, and is not just the default.
	named func() bool
	// pause is how long to wait before a change is sent a second time.
	pause time.Duration
}

const defaultServer = "http://127.0.0.1:8080"

// How long an answer is waited for: a file of 100 000 events takes a busy server
// a while.
const (
	patience     = 30 * time.Second
	longPatience = 3 * time.Minute
)

// flags defines how a command finds its server, and how long it waits for it.
func (c *client) flags(cmd *cobra.Command, usually time.Duration) {
	cmd.Flags().StringVar(&c.server, "server", defaultServer, "address of the server's HTTP port")
	cmd.Flags().StringVar(&c.tokenFile, "token-file", "", "file with the token that the server takes changes by")
	cmd.Flags().DurationVar(&c.timeout, "timeout", usually, "how long to wait for each answer of the server")
	c.named = func() bool { return cmd.Flags().Changed("server") }
	c.pause = time.Second
}

// call is one request to the API.
type call struct {
	method, path string
	query        url.Values
	header       http.Header
	kind         string // media type of the body
	body         []byte
}

// reply is what the server answered, if it is no problem.
type reply struct {
	header http.Header
	body   []byte
}

// unreachableError means that nothing was sent.
type unreachableError struct {
	server string
	err    error
}

func (e unreachableError) Error() string {
	return fmt.Sprintf("ask %s: %v: is the server's HTTP port there? (--server)", printable(e.server), e.err)
}

func (e unreachableError) Unwrap() error { return e.err }

// lostError means that the request may have been heard, and the answer was not.
type lostError struct {
	server string
	err    error
}

func (e lostError) Error() string {
	return fmt.Sprintf("the answer of %s was lost: %v", printable(e.server), e.err)
}

func (e lostError) Unwrap() error { return e.err }

// largestReply bounds what a server can make us hold: 100 000 events and all
// that is said of them take a quarter of it.
const largestReply = 512 << 20

// send makes one request. An answer that is a problem is an apiError.
func (c *client) send(ctx context.Context, q call) (reply, error) {
	request, cancel, err := c.request(ctx, q)
	if err != nil {
		return reply{}, err
	}
	defer cancel()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
			return reply{}, unreachableError{c.server, unwrapURL(err)}
		}
		return reply{}, lostError{c.server, unwrapURL(err)}
	}
	defer response.Body.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(io.LimitReader(response.Body, largestReply+1))
	switch {
	case err != nil:
		return reply{}, lostError{c.server, err}
	case len(body) > largestReply:
		return reply{}, fmt.Errorf("the answer of %s is larger than %d MiB: is this a Headstart server?", printable(c.server), largestReply>>20)
	case response.StatusCode < 200 || response.StatusCode > 299:
		return reply{}, c.problem(response.Status, body)
	}
	return reply{response.Header, body}, nil
}

func (c *client) request(ctx context.Context, q call) (*http.Request, context.CancelFunc, error) {
	address, err := c.address(q)
	if err != nil {
		return nil, nil, exitError{2, err}
	}
	token, err := c.token()
	if err != nil {
		return nil, nil, exitError{2, err}
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	request, err := http.NewRequestWithContext(ctx, q.method, address, bytes.NewReader(q.body))
	if err != nil {
		cancel()
		return nil, nil, fmt.Errorf("ask %s: %w", printable(c.server), err)
	}
	for name, values := range q.header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	request.Header.Set("Accept", "application/json")
	if q.body != nil {
		request.Header.Set("Content-Type", q.kind)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return request, cancel, nil
}

func (c *client) address(q call) (string, error) {
	server := c.server
	if !strings.Contains(server, "://") {
		server = "http://" + server
	}
	base, err := url.Parse(server)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return "", fmt.Errorf("--server %q is not an address such as %s", c.server, defaultServer)
	}
	u := base.JoinPath("api", "v1", q.path)
	u.RawQuery = q.query.Encode()
	return u.String(), nil
}

// token is read anew for each request: the file may be rotated meanwhile.
func (c *client) token() (string, error) {
	if c.tokenFile == "" {
		return "", nil
	}
	content, err := os.ReadFile(c.tokenFile)
	if err != nil {
		return "", fmt.Errorf("read the token (--token-file): %w", err)
	}
	token := strings.TrimSpace(string(content))
	if token == "" || printable(token) != token {
		return "", fmt.Errorf("--token-file %s holds no token: one line of text is expected", c.tokenFile)
	}
	return token, nil
}

// get asks for something and reads it into a value.
func (c *client) get(ctx context.Context, path string, query url.Values, into any) error {
	r, err := c.send(ctx, call{method: http.MethodGet, path: path, query: query})
	if err != nil {
		return err
	}
	return c.decode(r, into)
}

func (c *client) decode(r reply, into any) error {
	if err := json.Unmarshal(r.body, into); err != nil {
		return fmt.Errorf("read the answer of %s: %w: is this a Headstart server?", printable(c.server), err)
	}
	return nil
}

// change asks for a change under an idempotency key. Where it is not known
// whether the change was made, it is asked for once more: the key makes that
// the same change.
func (c *client) change(ctx context.Context, q call, key string, into any) error {
	if q.header == nil {
		q.header = http.Header{}
	}
	q.method = http.MethodPost
	q.header.Set("Idempotency-Key", key)
	r, err := c.send(ctx, q)
	if inDoubt(err) {
		select {
		case <-ctx.Done():
		case <-time.After(c.pause):
			r, err = c.send(ctx, q)
		}
	}
	if inDoubt(err) {
		return fmt.Errorf("%w\nIt is not known whether the change was made: look, or repeat it with --key %s", err, key)
	}
	if err != nil {
		return err
	}
	return c.decode(r, into)
}

// changeJSON is change with a body of JSON.
func (c *client) changeJSON(ctx context.Context, path, key string, b body, into any) error {
	q, err := c.jsonCall(path, b)
	if err != nil {
		return err
	}
	return c.change(ctx, q, key, into)
}

// jsonCall is a call with a body of JSON.
func (c *client) jsonCall(path string, b body) (call, error) {
	text, err := json.Marshal(b)
	if err != nil {
		return call{}, fmt.Errorf("ask %s: %w", printable(c.server), err)
	}
	return call{method: http.MethodPost, path: path, kind: "application/json", body: text}, nil
}

// inDoubt reports whether a change may or may not have been made.
func inDoubt(err error) bool {
	if _, ok := errors.AsType[lostError](err); ok {
		return true
	}
	p, ok := errors.AsType[apiError](err)
	return ok && (p.is("in-doubt") || p.is("gave-up"))
}
