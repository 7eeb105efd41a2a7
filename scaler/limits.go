package scaler

import (
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
)

// Limits bound what a peer may take, and for how long.
type Limits struct {
	// MessageBytes bounds a request.
	MessageBytes int
	// Streams bounds the calls open at a time on one connection.
	Streams uint32
	// Handshake bounds the time from accepting a connection to its first
	// HTTP/2 settings, TLS included.
	Handshake time.Duration
	// Ping is the silence after which a connection is probed; PingTimeout
	// later without an answer it is closed.
	Ping, PingTimeout time.Duration
	// LeastPing is how often a client may ping.
	LeastPing time.Duration
	// ConnectionAge is when a connection is retired, give or take a tenth:
	// calls on it go on, new ones take a new connection. Zero means never.
	ConnectionAge time.Duration
	// Notice is how long a shutdown still takes calls while the health service
	// already says NOT_SERVING; Drain bounds the whole shutdown.
	Notice, Drain time.Duration
}

// DefaultLimits suit KEDA's client, which keeps one connection per address for
// all ScaledObjects, balances round_robin, sends no keepalive, sets no
// deadline and does not retry.
func DefaultLimits() Limits {
	return Limits{
		// Trigger metadata is a handful of short strings.
		MessageBytes: 256 << 10,
		// KEDA holds two streams per push trigger on its one connection, and
		// a call beyond the limit waits on the client's side, without a
		// deadline: 100 000 leaves room for 40 000 push triggers and is there
		// only to stop a peer that means harm.
		Streams:   100_000,
		Handshake: 5 * time.Second,
		// KEDA sends no keepalive, so a vanished KEDA pod is noticed by us or
		// not at all, and would leave its streams behind.
		Ping:        time.Minute,
		PingTimeout: 20 * time.Second,
		LeastPing:   10 * time.Second,
		// KEDA resolves the address again only when it loses a connection.
		// Retiring connections is how it comes to know replicas that were
		// added behind a headless Service, and how it leaves the one that a
		// ClusterIP pinned it to.
		ConnectionAge: 30 * time.Minute,
		// Enough for clients that watch our health to turn elsewhere. KEDA does
		// not; it is told by GOAWAY and loses nothing either.
		Notice: 250 * time.Millisecond,
		// The whole process has to be gone within 5 s of SIGTERM.
		Drain: 4500 * time.Millisecond,
	}
}

// settings are the limits as gRPC's server knows them. There is no
// MaxConnectionAgeGrace: cutting a stream is an error to KEDA, and its backoff
// grows to a minute and is only reset by a stream that ends cleanly. Ours do,
// after Terms.StreamAge.
func (l Limits) settings() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(l.MessageBytes),
		grpc.MaxConcurrentStreams(l.Streams),
		grpc.ConnectionTimeout(l.Handshake),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			Time:             l.Ping,
			Timeout:          l.PingTimeout,
			MaxConnectionAge: l.ConnectionAge,
		}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{
			MinTime:             l.LeastPing,
			PermitWithoutStream: true,
		}),
	}
}
