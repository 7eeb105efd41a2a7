package prometheus

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/api"
)

// client is an api.Client that bounds what it reads, follows no redirect and
// tells apart what the API's own client makes one error.
type client struct {
	api.Client // builds URLs
	http       *http.Client
	limit      int64
}

func newClient(c Config, rt http.RoundTripper) (*client, error) {
	urls, err := api.NewClient(api.Config{Address: c.Address, RoundTripper: rt})
	if err != nil {
		return nil, fmt.Errorf("address: %w", err)
	}
	return &client{
		Client: urls,
		http: &http.Client{
			Transport:     rt,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		limit: c.MaxResponse,
	}, nil
}

// statusError is an answer whose HTTP status is not 2xx.
type statusError struct {
	code     int
	message  string // the server's own words, if any
	location string // where a redirect points
}

func (e *statusError) Error() string {
	return fmt.Sprintf("HTTP %d %s: %s", e.code, http.StatusText(e.code), e.message)
}

// sizeError is an answer larger than agreed.
type sizeError struct{ limit int64 }

func (e *sizeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d bytes", e.limit)
}

// Do sends a request and returns its whole body, which ends with ctx. The
// response is returned beside an error, for the API's client decides by its
// status whether to try GET.
func (c *client) Do(ctx context.Context, req *http.Request) (*http.Response, []byte, error) {
	resp, err := c.http.Do(req.WithContext(ctx)) //nolint:gosec // the operator chooses the address
	if err != nil {
		return nil, nil, err //nolint:wrapcheck // explain names the query and the address around it
	}
	defer func() { _ = resp.Body.Close() }() // what matters of the body has been read
	if resp.StatusCode/100 != 2 {
		// An error's text is short; more of it is not worth reading.
		body, _ := io.ReadAll(io.LimitReader(resp.Body, min(c.limit, 64<<10)))
		return resp, nil, &statusError{
			code: resp.StatusCode, message: serverMessage(resp, body), location: resp.Header.Get("Location"),
		}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.limit+1))
	switch {
	case err != nil:
		return resp, nil, fmt.Errorf("read the answer: %w", err)
	case int64(len(body)) > c.limit:
		return resp, nil, &sizeError{limit: c.limit}
	}
	if err := inspect(body); err != nil {
		return resp, nil, err
	}
	return resp, body, nil
}

// serverMessage finds what an error answer says: the API's error field, or the
// first line of a plain text.
func serverMessage(resp *http.Response, body []byte) string {
	var answer struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal(body, &answer); err == nil && answer.Error != "" {
		return cut(answer.Error, 300)
	}
	if strings.Contains(resp.Header.Get("Content-Type"), "html") {
		return "a web page"
	}
	line, _, _ := bytes.Cut(bytes.TrimSpace(body), []byte("\n"))
	if len(line) == 0 {
		return "no text"
	}
	return cut(strings.ToValidUTF8(string(line), "�"), 300)
}
