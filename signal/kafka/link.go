package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/saslauthenticate"
	"github.com/segmentio/kafka-go/protocol/saslhandshake"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// hungFor is how long a broker that did not answer in time is left alone, so
// that it does not cost every tick its timeout.
const hungFor = 10 * time.Second

// The stages of an exchange, as faults name them.
const (
	stageConnect   = "connecting"
	stageHandshake = "TLS handshake"
	stageNegotiate = "negotiating versions"
	stageLogin     = "SASL login"
	stageRequest   = "request"
)

// link is the way to one broker: at most one connection, made when needed and
// made anew when broken. It is used by one goroutine at a time.
type link struct {
	address string
	conf    *Config
	log     *slog.Logger
	sent    *atomic.Uint64

	socket net.Conn
	conn   *conn

	down      bool // the last exchange failed
	hungUntil time.Time
	cause     *fault
}

// do runs an exchange on the broker's connection, within the time it may
// take. A connection the broker had closed since it was last used is replaced
// once; the exchange then runs again.
func (l *link) do(ctx context.Context, exchange func(*conn) error) *fault {
	if l.conf.Now().Before(l.hungUntil) {
		return l.cause
	}
	given := l.allowance(ctx)
	whole := ctx
	ctx, cancel := context.WithTimeout(whole, given)
	defer cancel()
	used := l.conn != nil
	err := l.attempt(ctx, exchange)
	if used && err != nil && closedByPeer(err) && ctx.Err() == nil {
		err = l.attempt(ctx, exchange)
	}
	if err != nil && errors.Is(whole.Err(), context.Canceled) {
		err = whole.Err() // called off, which on the socket looks like a timeout
	}
	l.remember(err, given)
	if err != nil {
		return l.cause
	}
	return nil
}

// allowance is the configured timeout, but at most half of what is left.
func (l *link) allowance(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return l.conf.Timeout
	}
	return min(l.conf.Timeout, time.Until(deadline)/2)
}

// remember keeps how the broker fares. It is called hung only when it had a
// fair part of the timeout to answer in.
func (l *link) remember(err error, given time.Duration) {
	if err == nil {
		if l.down {
			l.log.Info("kafka broker answers again", "broker", l.address)
		}
		l.down, l.hungUntil, l.cause = false, time.Time{}, nil
		return
	}
	l.cause = linkFault(l.address, stageRequest, err)
	if timedOut(err) && given >= l.conf.Timeout/4 {
		l.hungUntil = l.conf.Now().Add(hungFor)
	}
	if !l.down {
		l.log.Warn("kafka broker lost", "broker", l.address, "reason", l.cause.reason)
	}
	l.down = true
}

// attempt connects if need be and runs the exchange. Any error closes the
// connection: what is still to come on it is not known.
func (l *link) attempt(ctx context.Context, exchange func(*conn) error) error {
	if l.conn == nil {
		if err := l.connect(ctx); err != nil {
			return err
		}
	}
	release := bind(ctx, l.socket)
	err := exchange(l.conn)
	if !release() || err != nil {
		l.close()
	}
	return err
}

// bind makes the end of ctx the end of all reading and writing on the socket.
// Release unbinds it, and reports false when ctx had ended meanwhile.
func bind(ctx context.Context, socket net.Conn) (release func() bool) {
	deadline, _ := ctx.Deadline()
	socket.SetDeadline(deadline) //nolint:errcheck // a socket that cannot take it fails at its next use
	return context.AfterFunc(ctx, func() {
		socket.SetDeadline(time.Unix(1, 0)) //nolint:errcheck // as above
	})
}

func (l *link) close() {
	if l.socket != nil {
		l.socket.Close() //nolint:errcheck // nothing is left to be lost on it
	}
	l.socket, l.conn = nil, nil
}

// connect dials, secures, negotiates and logs in.
func (l *link) connect(ctx context.Context) error {
	socket, err := l.dial(ctx)
	if err != nil {
		return err
	}
	release := bind(ctx, socket)
	c, err := l.open(ctx, socket)
	if !release() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		socket.Close() //nolint:errcheck // it is given up
		return err
	}
	l.socket, l.conn = socket, c
	return nil
}

func (l *link) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	socket, err := d.DialContext(ctx, "tcp", l.address)
	if err != nil {
		return nil, linkFault(l.address, stageConnect, err)
	}
	if l.conf.TLS == nil {
		return socket, nil
	}
	secured, err := l.secure(ctx, socket)
	if err != nil {
		socket.Close() //nolint:errcheck // it is given up
		return nil, err
	}
	return secured, nil
}

func (l *link) secure(ctx context.Context, socket net.Conn) (net.Conn, error) {
	conf, err := l.conf.TLS.load()
	if err != nil {
		return nil, refused(err, "broker %s: %v", l.address, err)
	}
	if conf.ServerName == "" {
		conf.ServerName, _, _ = net.SplitHostPort(l.address)
	}
	secured := tls.Client(socket, conf)
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, linkFault(l.address, stageHandshake, err)
	}
	return secured, nil
}

func (l *link) open(ctx context.Context, socket net.Conn) (*conn, error) {
	c := &conn{pc: protocol.NewConn(socket, clientID), sent: l.sent}
	if err := c.negotiate(); err != nil {
		return nil, linkFault(l.address, stageNegotiate, err)
	}
	if l.conf.SASL == nil {
		return c, nil
	}
	if err := l.login(ctx, c); err != nil {
		return nil, err
	}
	return c, nil
}

// negotiate learns which versions the broker speaks. Version 0 of the request
// is answered by every broker since 0.10.
func (c *conn) negotiate() error {
	request := kmsg.NewPtrApiVersionsRequest()
	request.SetVersion(0)
	answer, err := c.askOne(request)
	if err != nil {
		return err
	}
	offered, ok := answer.(*kmsg.ApiVersionsResponse)
	if !ok {
		return errAnswer(answer)
	}
	if offered.ErrorCode != 0 {
		return kafka.Error(offered.ErrorCode)
	}
	c.versions = make(map[int16]versionRange, len(offered.ApiKeys))
	chosen := make(map[protocol.ApiKey]int16, len(offered.ApiKeys))
	for _, k := range offered.ApiKeys {
		c.versions[k.ApiKey] = versionRange{k.MinVersion, k.MaxVersion}
		key := protocol.ApiKey(k.ApiKey)
		chosen[key] = key.SelectVersion(k.MinVersion, k.MaxVersion)
	}
	c.pc.SetVersions(chosen)
	return nil
}

// errAnswer is for an answer of another type than its request has; codecs
// pair them, so it takes a defect to see one.
func errAnswer(answer any) error { return fmt.Errorf("unexpected answer of type %T", answer) }

// login authenticates with the credentials as they are now.
func (l *link) login(ctx context.Context, c *conn) error {
	user, password, err := l.conf.SASL.Credentials()
	if err != nil {
		return refused(err, "broker %s: credentials: %v", l.address, err)
	}
	mechanism, err := l.conf.SASL.Mechanism.with(user, password)
	if err != nil {
		return refused(err, "broker %s: credentials of %s: %v", l.address, user, err)
	}
	if err := c.authenticate(ctx, mechanism); err != nil {
		return l.loginFault(user, mechanism.Name(), err)
	}
	return nil
}

func (l *link) loginFault(user, mechanism string, err error) *fault {
	var code kafka.Error
	switch {
	case errors.As(err, &code) && code == kafka.UnsupportedSASLMechanism:
		return refused(err, "broker %s does not offer SASL %s on this listener: choose another mechanism or port", l.address, mechanism)
	case errors.As(err, &code):
		return refused(err, "broker %s refuses the login of user %s by SASL %s: check user, password and mechanism (%v)", l.address, user, mechanism, err)
	case closedByPeer(err):
		return refused(err, "broker %s closed the connection during the SASL %s login of user %s: check user, password and mechanism", l.address, mechanism, user)
	default:
		return linkFault(l.address, stageLogin, err)
	}
}

// authenticate runs the mechanism's exchange of challenges and answers.
func (c *conn) authenticate(ctx context.Context, mechanism sasl.Mechanism) error {
	shaken, err := c.ask(&saslhandshake.Request{Mechanism: mechanism.Name()})
	if err != nil {
		return err
	}
	if r, ok := shaken.(*saslhandshake.Response); ok && r.ErrorCode != 0 {
		return kafka.Error(r.ErrorCode)
	}
	session, state, err := mechanism.Start(ctx)
	if err != nil {
		return err
	}
	for done := false; !done; {
		answer, err := c.ask(&saslauthenticate.Request{AuthBytes: state})
		if err != nil {
			return err
		}
		r, ok := answer.(*saslauthenticate.Response)
		if !ok {
			return errAnswer(answer)
		}
		if r.ErrorCode != 0 {
			return kafka.Error(r.ErrorCode)
		}
		if done, state, err = session.Next(ctx, r.AuthBytes); err != nil {
			return err
		}
	}
	return nil
}
