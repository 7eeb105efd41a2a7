package scaler_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/headstart-scaler/headstart/decision"
	"github.com/headstart-scaler/headstart/scaler"
)

// stream records what a handler sends.
type stream[M any] struct {
	grpc.ServerStream
	ctx context.Context

	mu   sync.Mutex
	sent []*M
}

func (s *stream[M]) Context() context.Context { return s.ctx }

func (s *stream[M]) Send(m *M) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, m)
	return nil
}

func (s *stream[M]) messages() []*M {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// pushed is one open StreamIsActive inside a synctest bubble.
type pushed struct {
	plan    *plan
	objects *toggled
	stream  *stream[pb.IsActiveResponse]
	ended   chan error
	cancel  context.CancelFunc
}

// toggled is an Objections that changes its mind.
type toggled struct {
	mu sync.Mutex
	object
}

func (o *toggled) set(reason object) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.object = reason
}

func push(t *testing.T, p *plan, terms scaler.Terms) *pushed {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	o := &pushed{
		plan: p, objects: &toggled{}, cancel: cancel,
		stream: &stream[pb.IsActiveResponse]{ctx: ctx}, ended: make(chan error, 1),
	}
	service := scaler.NewService(p, o.objects, terms, time.Now)
	go func() { o.ended <- service.StreamIsActive(ref(depositsTrigger()), o.stream) }()
	synctest.Wait()
	return o
}

// decide publishes a decision of the present.
func (o *pushed) decide(outcome decision.Outcome) {
	o.plan.decide(time.Now(), entry(depositsTrigger(), outcome))
	synctest.Wait() // otherwise the stream might see only the next one
}

func (o *pushed) wants(t *testing.T, when string, want ...bool) {
	t.Helper()
	synctest.Wait()
	var got []bool
	for _, m := range o.stream.messages() {
		got = append(got, m.GetResult())
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%s: sent %v, want %v", when, got, want)
	}
}

var (
	active   = decision.Outcome{Replicas: 1, Active: true}
	inactive = decision.Outcome{}
)

func TestStreamIsActive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := push(t, newPlan("deposits"), terms)
		defer o.cancel()
		o.wants(t, "nothing decided")
		if !o.plan.sawAny() {
			t.Fatal("an open stream did not register its trigger")
		}
		o.plan.decide(time.Now())
		time.Sleep(50 * time.Millisecond)
		o.wants(t, "a first tick without the trigger")
		o.decide(inactive)
		o.wants(t, "the first known state is sent, whatever it is", false)
		o.decide(inactive)
		o.wants(t, "inactive again", false)
		o.decide(active)
		o.wants(t, "active", false, true)
		o.decide(active)
		o.wants(t, "active again: a repetition would delay the scaling to zero", false, true)
		o.decide(inactive)
		o.wants(t, "inactive is ignored by KEDA", false, true)
		o.decide(active)
		o.wants(t, "active once more", false, true, true)
	})
}

func TestStreamIsActiveOnConnect(t *testing.T) {
	for _, outcome := range []decision.Outcome{active, inactive} {
		synctest.Test(t, func(t *testing.T) {
			p := newPlan("deposits")
			p.decide(time.Now(), entry(depositsTrigger(), outcome))
			o := push(t, p, terms)
			defer o.cancel()
			o.wants(t, "connected", outcome.Active)
			o.decide(outcome)
			o.wants(t, "unchanged", outcome.Active)
		})
	}
}

// The first snapshot has none before it to be superseded.
func TestStreamIsActiveFirstSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := push(t, newPlan("deposits"), terms)
		defer o.cancel()
		time.Sleep(time.Second)
		o.decide(active)
		time.Sleep(50 * time.Millisecond)
		o.wants(t, "50 ms after the first snapshot", true)
	})
}

// While IsActive would be an error, the stream is silent, and what was told
// before still counts after.
func TestStreamIsActiveHoldsItsTongue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlan("deposits")
		p.decide(time.Now().Add(-31*time.Second), entry(depositsTrigger(), active))
		o := push(t, p, terms)
		defer o.cancel()
		o.wants(t, "a stale snapshot on connect")
		o.decide(decision.Outcome{Active: true, Refusal: "never measured"})
		o.wants(t, "a refusal")
		o.objects.set("metricType is Value")
		o.decide(active)
		o.wants(t, "an objection")
		o.objects.set("")
		o.decide(active)
		o.wants(t, "all well", true)
		o.decide(decision.Outcome{Refusal: "never measured"})
		o.decide(active)
		o.wants(t, "active before and after a refusal", true)
	})
}

// Each of many changes is told, however fast they come: a snapshot published
// while the last one is looked at is not lost.
func TestStreamIsActiveMissesNoState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := push(t, newPlan("deposits"), terms)
		defer o.cancel()
		o.decide(inactive)
		time.Sleep(time.Second)
		for range 100 {
			o.plan.decide(time.Now(), entry(depositsTrigger(), inactive))
		}
		o.plan.decide(time.Now(), entry(depositsTrigger(), active))
		o.wants(t, "the last of a burst", false, true)
	})
}

func TestStreamsEnd(t *testing.T) {
	aging := terms
	aging.StreamAge = 30 * time.Minute
	for _, c := range []struct {
		name  string
		terms scaler.Terms
		end   func(*pushed)
		code  codes.Code
	}{
		{"client gone", terms, func(o *pushed) { o.cancel() }, codes.Canceled},
		{"policy removed", terms, func(o *pushed) {
			o.decide(active)
			time.Sleep(time.Second)
			o.plan.forget("deposits")
			o.decide(active)
		}, codes.NotFound},
		{"policy removed before the first tick", terms, func(o *pushed) { o.plan.forget("deposits"); time.Sleep(50 * time.Millisecond) }, codes.NotFound},
		{"of age", aging, func(*pushed) { time.Sleep(33 * time.Minute) }, codes.OK},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := push(t, newPlan("deposits"), c.terms)
				defer o.cancel()
				c.end(o)
				synctest.Wait()
				select {
				case err := <-o.ended:
					if status.Code(err) != c.code {
						t.Fatalf("ended with %v, want %s", err, c.code)
					}
				default:
					t.Fatal("stream goes on")
				}
			})
		})
	}
}

// Streams that began together do not end together, and none before its time.
func TestStreamAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		aging := terms
		aging.StreamAge = 30 * time.Minute
		p := newPlan("deposits")
		p.decide(time.Now(), entry(depositsTrigger(), inactive))
		began := time.Now()
		ages := map[time.Duration]bool{}
		for range 50 {
			go func() {
				s := &stream[pb.IsActiveResponse]{ctx: t.Context()}
				if err := scaler.NewService(p, nil, aging, time.Now).StreamIsActive(ref(depositsTrigger()), s); err != nil {
					t.Error(err)
				}
				p.mu.Lock()
				defer p.mu.Unlock()
				ages[time.Since(began)] = true
			}()
		}
		time.Sleep(40 * time.Minute)
		synctest.Wait()
		if len(ages) < 40 {
			t.Errorf("50 streams ended at %d instants", len(ages))
		}
		for age := range ages {
			if age < 27*time.Minute || age > 33*time.Minute {
				t.Errorf("a stream ended at %s", age)
			}
		}
	})
}

func TestStreamMetricSpec(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlan("deposits")
		service := scaler.NewService(p, nil, terms, time.Now)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := &stream[pb.GetMetricSpecResponse]{ctx: ctx}
		ended := make(chan error, 1)
		go func() { ended <- service.StreamMetricSpec(ref(depositsTrigger()), s) }()
		synctest.Wait()
		want, err := service.GetMetricSpec(ctx, ref(depositsTrigger()))
		if err != nil {
			t.Fatal(err)
		}
		p.decide(time.Now(), entry(depositsTrigger(), decision.Outcome{Refusal: "never measured"}))
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := s.messages(); len(got) != 1 || !proto.Equal(got[0], want) {
			t.Fatalf("sent %v, want once %v", got, want)
		}
		p.forget("deposits")
		p.decide(time.Now())
		if err := <-ended; status.Code(err) != codes.NotFound {
			t.Fatalf("ended with %v, want NotFound", err)
		}
	})
}

func TestStreamsRefuse(t *testing.T) {
	service := scaler.NewService(newPlan("deposits"), nil, terms, time.Now)
	unknown := depositsTrigger()
	unknown.Policy = "deposit"
	for _, c := range []struct {
		ref  *pb.ScaledObjectRef
		code codes.Code
	}{{nil, codes.InvalidArgument}, {ref(unknown), codes.NotFound}} {
		active := service.StreamIsActive(c.ref, &stream[pb.IsActiveResponse]{ctx: t.Context()})
		specs := service.StreamMetricSpec(c.ref, &stream[pb.GetMetricSpecResponse]{ctx: t.Context()})
		if status.Code(active) != c.code || status.Code(specs) != c.code {
			t.Errorf("got %v and %v, want %s", active, specs, c.code)
		}
	}
}
