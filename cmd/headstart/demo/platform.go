package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/workload"
)

// Traffic of the demo: each workload surges soon after the start, and again
// every few minutes. Deposits do so without a word; lobby-api does when a
// tournament starts, far faster than a replica, and the schedule says so.
func depositsWave() wave {
	return wave{calm: 40, peak: 420, first: 4 * time.Second, every: 150 * time.Second, ramp: 8 * time.Second, crest: 40 * time.Second}
}

func lobbyWave() wave {
	return wave{calm: 80, peak: 1900, first: 2 * time.Minute, every: 210 * time.Second, ramp: 3 * time.Second, crest: time.Minute}
}

// Platform is the running demo, all of it but Headstart itself.
type Platform struct {
	log     *slog.Logger
	broker  *broker
	group   *consumers
	metrics *http.Server
	address string // of the metrics endpoint
	cluster *cluster
	began   time.Time // of the traffic, to the second

	stop    context.CancelFunc
	running sync.WaitGroup
}

// Screen is where and how the demo shows itself.
type Screen struct {
	Out io.Writer
	// Width of the terminal in columns, asked at every draw: the table is
	// redrawn in place. Nil where Out is none: lines are written.
	Width func() int
	// Snapshot is the latest of the Headstart that scales the platform.
	Snapshot func() *pipeline.Snapshot
	// Agenda is what it knows of the schedule.
	Agenda func() *pipeline.Agenda
	// GRPC and HTTP are its addresses.
	GRPC, HTTP string
}

var (
	deposits = workload.ID{Namespace: "demo", Name: "deposits"}  //nolint:gochecknoglobals // a constant that Go cannot write as one
	lobbyAPI = workload.ID{Namespace: "demo", Name: "lobby-api"} //nolint:gochecknoglobals // a constant that Go cannot write as one
)

// Start starts the broker, the metrics endpoint, the traffic and the first
// consumers. Close it when done.
func Start(ctx context.Context, log *slog.Logger) (*Platform, error) {
	p := &Platform{log: log, cluster: newCluster(log), began: time.Now().Truncate(time.Second)}
	ctx, p.stop = context.WithCancel(ctx)
	var err error
	if p.broker, err = startBroker(); err != nil {
		p.Close()
		return nil, err
	}
	if err := p.startMetrics(ctx); err != nil {
		p.Close()
		return nil, err
	}
	p.group = &consumers{brokers: p.broker.addresses(), log: log}
	p.running.Go(func() {
		if err := p.broker.produce(ctx, depositsWave()); err != nil {
			log.Error("produce deposits", "error", err)
		}
	})
	p.cluster.add(deposits, 2, depositsPartitions)
	p.cluster.add(lobbyAPI, 2, 60)
	p.group.resize(ctx, 2)
	return p, nil
}

func (p *Platform) startMetrics(ctx context.Context) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the metrics endpoint: %w", err)
	}
	p.address = "http://" + listener.Addr().String()
	e := &endpoint{start: p.began, wave: lobbyWave(), ready: func() int { return p.cluster.ready(lobbyAPI) }}
	p.metrics = &http.Server{Handler: e.handler(), ReadHeaderTimeout: 5 * time.Second}
	p.running.Go(func() {
		if err := p.metrics.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			p.log.Error("serve metrics", "error", err)
		}
	})
	return nil
}

// Scale is what the stand-in for Kubernetes says of a workload.
func (p *Platform) Scale(id workload.ID) decision.Scale { return p.cluster.Scale(id) }

// Run scales the platform by the Headstart on the screen and shows both,
// until ctx ends.
func (p *Platform) Run(ctx context.Context, s Screen) error {
	conn, err := grpc.NewClient(s.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("connect to the scaler at %s: %w", s.GRPC, err)
	}
	defer conn.Close() //nolint:errcheck // nothing is left to lose
	var asking sync.WaitGroup
	asking.Go(func() {
		p.cluster.run(ctx, conn, func(id workload.ID, ready int) {
			if id == deposits {
				p.group.resize(ctx, ready)
			}
		})
	})
	defer asking.Wait()
	return watch(ctx, s, newTable(s, p.cluster.Scale))
}

// watch shows each new snapshot until ctx ends.
func watch(ctx context.Context, s Screen, t *table) error {
	if _, err := fmt.Fprintln(s.Out, t.header); err != nil {
		return fmt.Errorf("show the demo: %w", err)
	}
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for shown := uint64(0); ; {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			latest := s.Snapshot()
			if latest == nil || latest.Sequence == shown {
				continue
			}
			shown = latest.Sequence
			if err := t.show(latest, now); err != nil {
				return fmt.Errorf("show the demo: %w", err)
			}
		}
	}
}

// Close ends everything Start started.
func (p *Platform) Close() {
	p.stop()
	if p.metrics != nil {
		_ = p.metrics.Close() // only ends connections
	}
	if p.group != nil {
		p.group.wait()
	}
	p.running.Wait()
	if p.broker != nil {
		p.broker.close()
	}
}
