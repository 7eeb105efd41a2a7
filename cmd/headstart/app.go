package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/headstart-scaler/headstart/config"
	"github.com/headstart-scaler/headstart/forecast"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/planner"
	"github.com/headstart-scaler/headstart/scaler"
	"github.com/headstart-scaler/headstart/telemetry"
	"github.com/headstart-scaler/headstart/web"
	"github.com/headstart-scaler/headstart/workload/kube"
)

// appOptions are what an app is made of besides its configuration.
type appOptions struct {
	// path of the configuration, watched for changes.
	path string
	// grpcListen and httpListen replace the configuration's addresses where
	// not empty.
	grpcListen, httpListen string
	log                    *slog.Logger
	// observer stands in for a cluster; nil means the one configured.
	observer pipeline.Observer
	// cluster finds the cluster; nil means kube.Connect.
	cluster func(kube.Options) (*kube.Cluster, error)
	// traces is where spans go.
	traces *telemetry.Traces
}

// app is Headstart wired together: config → sources → pipeline → faces. It is
// built whole before anything runs.
type app struct {
	options  appOptions
	set      *config.Set
	sources  *sources
	cluster  *kube.Cluster
	pipeline *pipeline.Pipeline
	keeper   keeper // nil where nothing is kept
	planner  *planner.Planner
	watcher  *config.Watcher
	metrics  *telemetry.Metrics
	news     *news
	grpc     *scaler.Server
	http     *web.Server

	grpcListener, httpListener net.Listener
}

// newApp builds an app and listens; nothing is served before run.
func newApp(ctx context.Context, o appOptions) (*app, error) {
	a := &app{options: o}
	if err := a.build(ctx); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *app) build(ctx context.Context) (err error) {
	if a.set, err = config.Load(a.options.path); err != nil {
		return err
	}
	if a.sources, err = openSources(a.set.Server, a.options.log); err != nil {
		return err
	}
	if a.cluster, err = a.connect(); err != nil {
		return err
	}
	files := a.repin(a.set, planner.Pinned{Never: true})
	if a.keeper, err = openStore(ctx, a.set.Server.Store, a.options.log); err != nil {
		return err
	}
	a.planner = planner.New(a.plannerOptions(), files)
	a.metrics = telemetry.NewMetrics(a.telemetry())
	a.news = newNews(a.cluster, known{a})
	a.pipeline = pipeline.New(a.pipelineOptions(), policiesOf(a.set))
	if a.keeper != nil || files.Never {
		a.pipeline.Follow(&pipeline.Agenda{Unknown: "the schedule and the overrides have not been read since start"})
	}
	a.watcher = config.NewWatcher(a.options.path, a.set, a.apply, a.options.log, time.Now)
	if a.grpc, err = a.scaler(); err != nil {
		return err
	}
	if a.http, err = a.web(); err != nil { //nolint:contextcheck // what it serves lives until run ends
		return err
	}
	return a.listen(ctx)
}

func policiesOf(s *config.Set) *pipeline.Policies {
	p := pipeline.NewPolicies(s.Hash, s.Policies, s.Bindings)
	p.ReactiveOnly = s.Server.ReactiveOnly
	return p
}

// connect finds the cluster, whose triggers are decided before KEDA asks.
func (a *app) connect() (*kube.Cluster, error) {
	find := a.options.cluster
	if find == nil {
		find = kube.Connect
	}
	o := clusterOptions(a.set.Server.Kubernetes)
	o.Logger, o.Now, o.Found = a.options.log, time.Now, a.found
	cluster, err := find(o)
	if err != nil {
		return nil, fmt.Errorf("connect to the cluster: %w", err)
	}
	return cluster, nil
}

func (a *app) pipelineOptions() pipeline.Options {
	o := pipelineTimes(a.set.Server)
	o.Sources, o.Forecaster, o.Observer = a.sources.byName, forecast.Hold{}, a.cluster
	o.Logger, o.Now, o.Published, o.ScaledObject = a.options.log, time.Now, a.published, a.cluster.Has
	o.Labels = a.cluster.Labels
	zone := a.set.Server.Forecast.Zone()
	o.Model = func() pipeline.Model { return forecast.NewLearner(zone) }
	if a.keeper != nil {
		o.Memory = memory{a.keeper, a.options.log}
	}
	if a.options.observer != nil {
		o.Observer = a.options.observer
	}
	return o
}

func (a *app) plannerOptions() planner.Options {
	o := planner.Options{Workloads: a.planned, Follow: a.follow, Logger: a.options.log, Now: time.Now}
	if a.keeper != nil {
		o.Store = a.keeper
	}
	return o
}

func (a *app) scaler() (*scaler.Server, error) {
	server := a.set.Server
	service := scaler.NewService(a.pipeline, a.cluster, scalerTerms(server), time.Now)
	o := scaler.Options{
		Log: a.options.log, Now: time.Now, Calls: a.metrics, Stats: a.options.traces.ServerStats(),
		TLS: scalerTLS(server.GRPC.TLS), Limits: scalerLimits(server.GRPC),
	}
	return scaler.NewServer(service, o)
}

func (a *app) web() (*web.Server, error) {
	people, err := a.api()
	if err != nil {
		return nil, err
	}
	return web.New(web.Options{
		API: people, Snapshot: a.pipeline.Snapshot, Configuration: a.configuration, Ledger: a.pipeline,
		Metrics: a.metrics.Handler(), Version: thisBuild().Version, MaxAge: a.set.Server.SnapshotMaxAge,
		Log: a.options.log, Now: time.Now,
	}), nil
}

func (a *app) listen(ctx context.Context) (err error) {
	var config net.ListenConfig
	if a.grpcListener, err = config.Listen(ctx, "tcp", either(a.options.grpcListen, a.set.Server.GRPC.Listen)); err != nil {
		return fmt.Errorf("listen for gRPC: %w (--grpc-listen)", err)
	}
	if a.httpListener, err = config.Listen(ctx, "tcp", either(a.options.httpListen, a.set.Server.HTTP.Listen)); err != nil {
		return fmt.Errorf("listen for HTTP: %w (--http-listen)", err)
	}
	return nil
}

func either(first, otherwise string) string {
	if first != "" {
		return first
	}
	return otherwise
}

// run serves until ctx ends or a listener fails. The faces end first, so that
// what was accepted is still answered from a live pipeline.
func (a *app) run(ctx context.Context) error {
	defer a.close()
	a.options.log.Info("headstart serves", "grpc", a.grpcListener.Addr().String(), "http", a.httpListener.Addr().String(),
		"config", a.set.Hash, "policies", len(a.set.Policies), "cluster", a.cluster.Status().Why, "version", thisBuild().Version)
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	var background sync.WaitGroup
	background.Go(func() { a.watcher.Run(work) })
	background.Go(func() { a.cluster.Run(work) })
	background.Go(func() { a.planner.Run(work) })
	if late, ok := a.keeper.(*lateStore); ok {
		background.Go(func() { late.run(work) })
	}
	background.Go(func() { a.news.run(work, a.pipeline.Found) })
	ticking := make(chan error, 1)
	background.Go(func() { ticking <- a.pipeline.Run(work) })

	err := a.serve(ctx)
	stop()
	background.Wait()
	if tick := <-ticking; tick != nil && !errors.Is(tick, context.Canceled) {
		err = errors.Join(err, tick)
	}
	if err == nil {
		a.options.log.Info("headstart ended cleanly")
	}
	return err
}

// serve runs both faces; when one fails, the other ends too.
func (a *app) serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan error, 2)
	var faces sync.WaitGroup
	for _, face := range []func() error{
		func() error { return a.grpc.Serve(ctx, a.grpcListener) },
		func() error { return a.http.Serve(ctx, a.httpListener) },
	} {
		faces.Go(func() {
			defer cancel()
			failed <- face()
		})
	}
	faces.Wait()
	return errors.Join(<-failed, <-failed)
}

// close gives back what build took, as far as it came.
func (a *app) close() {
	if a.sources != nil {
		a.sources.Close()
	}
	if err := closeStore(a.keeper); err != nil {
		a.options.log.Warn("what was acknowledged is kept all the same", "error", err)
	}
	for _, l := range []net.Listener{a.grpcListener, a.httpListener} {
		if l != nil {
			_ = l.Close() // closed already after serving
		}
	}
}
