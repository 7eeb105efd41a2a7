package prometheus

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// Defaults of a Config.
const (
	DefaultTimeout     = 3 * time.Second
	DefaultConcurrency = 8
	DefaultStaleAfter  = 2 * time.Minute // above VictoriaMetrics' latency offset of 30 s
	DefaultMaxResponse = 4 << 20         // a full chunk of history takes 0.4 MB
	DefaultTenant      = "X-Scope-OrgID"
)

// Config says where a server is and how to ask it. The zero value of a field
// other than Address is its default.
type Config struct {
	// Address is the URL of the API up to, not including, /api/v1. Its query
	// is sent with every request.
	Address string
	Auth    Auth
	TLS     TLS
	// Headers are added to each request.
	Headers map[string]string
	Tenant  Tenant
	// Timeout bounds one query; History has 30 s for each chunk if that is
	// longer.
	Timeout time.Duration
	// Concurrency is how many queries are under way at once.
	Concurrency int
	// StaleAfter is the age beyond which an answer is Stale, by the instant
	// it was evaluated at: see the package comment for what that can show.
	StaleAfter time.Duration
	// MaxResponse bounds an answer's body, in bytes after decompression.
	MaxResponse int64
	// Now is the clock; time.Now unless set.
	Now func() time.Time
	// Logger receives the API's warnings at debug level and failed reloads of
	// credentials; nothing is logged unless set.
	Logger *slog.Logger
}

// Auth is how we prove who we are: a bearer token, a name and password, or
// neither.
type Auth struct {
	Bearer   Secret
	Username Secret
	Password Secret
}

// Secret is a credential: a value, or a file that is read again whenever it
// changes. White space at the end of a file does not count.
type Secret struct {
	Value string
	File  string
}

func (s Secret) set() bool { return s.Value != "" || s.File != "" }

// TLS says whom to trust and which certificate to show. Files are PEM and read
// again whenever they change; until the new ones can be used the old ones
// stay in use.
type TLS struct {
	// CAFile holds the authorities to trust instead of the system's.
	CAFile            string
	CertFile, KeyFile string
	// ServerName is the name expected in the server's certificate when it is
	// not the address' host.
	ServerName string
	// InsecureSkipVerify trusts any certificate.
	InsecureSkipVerify bool
}

// Tenant names whose data is asked for, in a header of each request. Nothing
// is sent while Value is empty.
type Tenant struct {
	Header string // DefaultTenant unless set
	Value  string
}

func (c *Config) complete() {
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Concurrency == 0 {
		c.Concurrency = DefaultConcurrency
	}
	if c.StaleAfter == 0 {
		c.StaleAfter = DefaultStaleAfter
	}
	if c.MaxResponse == 0 {
		c.MaxResponse = DefaultMaxResponse
	}
	if c.Tenant.Header == "" {
		c.Tenant.Header = DefaultTenant
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
}

func (c *Config) check() error {
	address, err := c.checkAddress()
	return errors.Join(err,
		positive("timeout", c.Timeout > 0),
		positive("concurrency", c.Concurrency > 0),
		positive("staleAfter", c.StaleAfter > 0),
		positive("maxResponse", c.MaxResponse > 0),
		c.Auth.check(),
		c.TLS.check(address),
		c.checkHeaders())
}

func positive(field string, ok bool) error {
	if ok {
		return nil
	}
	return fmt.Errorf("%s is negative: leave it out for the default", field)
}

func (c *Config) checkAddress() (*url.URL, error) {
	u, err := url.Parse(c.Address)
	switch {
	case err != nil:
		// The parser's own error quotes the whole address, which may hold a
		// password.
		return nil, errors.New("address is not a URL: write http://HOST:PORT")
	case (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
		return nil, errors.New("address is not an http or https URL with a host: write http://HOST:PORT")
	case u.User != nil:
		return nil, errors.New("address holds a user name: give user name and password as credentials of their own")
	case strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/api/v1"):
		return nil, errors.New("address ends in /api/v1: leave that off")
	}
	return u, nil
}

func (a Auth) check() error {
	for _, s := range []struct {
		name string
		Secret
	}{{"bearer token", a.Bearer}, {"user name", a.Username}, {"password", a.Password}} {
		if s.Value != "" && s.File != "" {
			return fmt.Errorf("%s is given as a value and as the file %s: keep one", s.name, s.File)
		}
	}
	switch {
	case a.Bearer.set() && (a.Username.set() || a.Password.set()):
		return errors.New("a bearer token and a user name are given: keep one")
	case a.Password.set() && !a.Username.set():
		return errors.New("a password is given without a user name")
	}
	return nil
}

func (t TLS) check(address *url.URL) error {
	switch {
	case (t.CertFile == "") != (t.KeyFile == ""):
		return errors.New("a client certificate needs both its certificate and its key file")
	case address != nil && address.Scheme == "http" && t != TLS{}:
		return errors.New("TLS settings have no effect on an http address: write https")
	}
	return nil
}

func (c *Config) checkHeaders() error {
	for name, value := range c.Headers {
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			return fmt.Errorf("header name %q is not a token of letters, digits and hyphens", name)
		case !httpguts.ValidHeaderFieldValue(value):
			return fmt.Errorf("value of header %s holds a control character", name)
		case strings.EqualFold(name, "Authorization") && (c.Auth.Bearer.set() || c.Auth.Username.set()):
			return errors.New("an Authorization header is given beside credentials: keep one")
		}
	}
	if !httpguts.ValidHeaderFieldName(c.Tenant.Header) || !httpguts.ValidHeaderFieldValue(c.Tenant.Value) {
		return fmt.Errorf("tenant header %q or its value cannot be sent in a request", c.Tenant.Header)
	}
	return nil
}
