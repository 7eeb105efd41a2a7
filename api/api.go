package api

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/reflection"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/planner"
	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/workload"
)

// Schedules are the versions there are, and what is in force.
type Schedules interface {
	Schedule(ctx context.Context, number int64) (store.Version, calendar.Schedule, error)
	History(ctx context.Context, before int64, limit int) ([]store.Version, error)
	InForce(ctx context.Context) (calendar.Schedule, calendar.Classes, error)
}

// Changes are what people do to the schedule with their files.
type Changes interface {
	Read(u planner.Upload) intake.Result
	Import(ctx context.Context, u planner.Upload) (planner.Import, error)
	Rollback(ctx context.Context, r planner.Rollback) (planner.RolledBack, error)
}

// Standing are the overrides there are.
type Standing interface {
	Active(ctx context.Context) ([]store.Override, error)
	Overrides(ctx context.Context, before int64, limit int) ([]store.Override, error)
}

// Orders are what people order for workloads.
type Orders interface {
	Standing
	Create(ctx context.Context, o store.Override, lasts time.Duration, key string) (store.Override, error)
	Expire(ctx context.Context, id int64, by planner.Person) (store.Override, error)
}

// Planner keeps schedules and overrides.
type Planner interface {
	Schedules
	Changes
	Orders
}

// Audit is the log of who did what.
type Audit interface {
	Records(ctx context.Context, after int64, limit int) ([]store.Record, error)
	Head(ctx context.Context) (store.Checkpoint, error)
}

// Ledger remembers decisions.
type Ledger interface {
	Explain(id workload.ID, policy string, at time.Time) ([]*pipeline.Entry, error)
}

// Options are what an API serves. Planner, Snapshot and Ledger are required.
type Options struct {
	Planner Planner
	// Audit is nil where nothing is kept.
	Audit Audit
	// Snapshot returns the latest snapshot, or nil before the first.
	Snapshot func() *pipeline.Snapshot
	Ledger   Ledger
	// Labels are those by which a workload tells what it is; nil knows none.
	Labels func(workload.ID) map[string]string
	// Policy is what a trigger is decided by; nil knows none.
	Policy func(workload.Trigger) (decision.Policy, error)
	// Files names the file of each event that is kept in one, by its ID; nil
	// knows none.
	Files func() map[string]string
	// Token returns what whoever changes something has to show; its owner reads
	// it again when it changes. Nil takes changes from this machine alone.
	Token func() (string, error)
	// Log gets faults of ours; nil means none.
	Log *slog.Logger
	// Now is the clock: time.Now.
	Now func() time.Time
}

// API serves requests. It is safe for concurrent use.
type API struct {
	schedule  *scheduleService
	overrides *overrideService
	decisions *decisionService
	audit     *auditService
	grpc      *grpc.Server
	web       http.Handler
}

// New returns an API of what the options show.
func New(o Options) *API {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	gate := gate{token: o.Token}
	a := &API{
		schedule:  &scheduleService{planner: o.Planner, options: o, gate: gate, desks: make(chan struct{}, uploadsAtOnce), readers: newReadingRoom()},
		overrides: &overrideService{orders: o.Planner, options: o, gate: gate},
		decisions: &decisionService{options: o},
		audit:     &auditService{log: o.Audit},
	}
	guard := guard{log: o.Log}
	a.grpc = grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage), grpc.UnaryInterceptor(guard.unary))
	a.Register(a.grpc)
	reflection.Register(a.grpc) // what the services are is no secret
	a.web = newRoutes(a, gate, o.Log)
	return a
}

// Register adds the services to a gRPC server, which has to take messages of
// 33 MiB where files are to be imported through it, and to recover from panics.
func (a *API) Register(to grpc.ServiceRegistrar) {
	pb.RegisterScheduleServiceServer(to, a.schedule)
	pb.RegisterOverrideServiceServer(to, a.overrides)
	pb.RegisterDecisionServiceServer(to, a.decisions)
	pb.RegisterAuditServiceServer(to, a.audit)
}

// ServeHTTP answers gRPC over HTTP/2, and JSON and files over either HTTP, below
// /api/v1.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if isGRPC(r) {
		a.grpc.ServeHTTP(w, r)
		return
	}
	a.web.ServeHTTP(w, r)
}

func isGRPC(r *http.Request) bool {
	return r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc")
}
