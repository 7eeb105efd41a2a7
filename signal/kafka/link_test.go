package kafka_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/signal/kafka"
)

// mute is a listener that accepts connections and never answers on them.
func mute(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, c); c.Close() }()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}

func lone(t *testing.T, timeout time.Duration, brokers ...string) (*kafka.Source, *clock) {
	t.Helper()
	ignored := append([]goleak.Option{goleak.IgnoreCurrent()}, theirs...)
	t.Cleanup(func() { goleak.VerifyNone(t, ignored...) })
	c := newClock()
	s, err := kafka.New(kafka.Config{Brokers: brokers, Now: c.Now, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, c
}

func TestHungBrokerEndsWithTheContext(t *testing.T) {
	address := mute(t)
	s, _ := lone(t, time.Hour, address)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	r := s.Read(ctx, []signal.Query{group("g", "orders")})[0]
	if r.Condition != signal.Unreachable || !strings.Contains(r.Reason, address) || !strings.Contains(r.Reason, "in time") {
		t.Fatalf("%+v", r)
	}
}

func TestHungBrokerIsLeftAloneForAWhile(t *testing.T) {
	s, c := lone(t, 50*time.Millisecond, mute(t))
	q := []signal.Query{group("g", "orders")}
	for _, step := range []struct {
		forward time.Duration
		tries   uint64
	}{{0, 1}, {9 * time.Second, 1}, {999 * time.Millisecond, 1}, {time.Millisecond, 2}} {
		c.forward(step.forward)
		r := s.Read(context.Background(), q)[0]
		if r.Condition != signal.Unreachable || !strings.Contains(r.Reason, "in time") {
			t.Fatalf("%+v", r)
		}
		if s.Requests() != step.tries {
			t.Fatalf("%s later: %d tries, want %d", step.forward, s.Requests(), step.tries)
		}
	}
}

func TestHungBrokerDoesNotHideTheOthers(t *testing.T) {
	f := newFixture(t, kfake.SeedTopics(1, "orders"))
	f.produce("orders", 0, 3)
	hung := mute(t)
	f.source = f.open(func(c *kafka.Config) {
		c.Brokers = append([]string{hung}, c.Brokers...)
		c.Timeout = 50 * time.Millisecond
	})
	f.wantLag(f.read(group("g", "orders")), 3)
}

func TestCloseEndsAReadAndLaterOnesAnswer(t *testing.T) {
	s, _ := lone(t, time.Hour, mute(t))
	q := []signal.Query{group("g", "orders")}
	answers := make(chan signal.Reading)
	go func() { answers <- s.Read(context.Background(), q)[0] }()
	for s.Requests() == 0 {
		time.Sleep(time.Millisecond) // polls for the request to be on its way
	}
	s.Close()
	if r := <-answers; r.Condition != signal.Unreachable {
		t.Fatalf("%+v", r)
	}
	if r := s.Read(context.Background(), q)[0]; r.Condition != signal.Unreachable || !strings.Contains(r.Reason, "closed") {
		t.Fatalf("%+v", r)
	}
}

func TestWhatIsNoKafkaBrokerIsNamed(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	greeter, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := greeter.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			c.Close()
		}
	}()
	defer greeter.Close()
	s, _ := lone(t, time.Second, web.Listener.Addr().String(), greeter.Addr().String())
	r := s.Read(context.Background(), []signal.Query{group("g", "orders")})[0]
	if r.Condition != signal.Refused || !strings.Contains(r.Reason, `not a Kafka broker: its first bytes are "HTTP"`) {
		t.Fatalf("%+v", r)
	}
}

func TestConnectionClosedMeanwhileIsReplaced(t *testing.T) {
	f := newFixture(t, kfake.SeedTopics(1, "orders"))
	f.produce("orders", 0, 3)
	q := group("g", "orders")
	f.wantLag(f.read(q), 3)
	closed := false
	f.cluster.ControlKey(int16(kmsg.OffsetFetch), func(kmsg.Request) (kmsg.Response, error, bool) {
		closed = true
		return nil, io.ErrClosedPipe, true
	})
	f.wantLag(f.read(q), 3)
	if !closed {
		t.Fatal("the broker never closed the connection")
	}
}

func TestReadEndsAtOnceWithAnEndedContext(t *testing.T) {
	f := newFixture(t, kfake.SeedTopics(1, "orders"))
	f.wantLag(f.read(group("g", "orders")), 0)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f.clock.forward(time.Minute)
	r := f.source.Read(ctx, []signal.Query{group("g", "orders")})[0]
	f.wantBad(r, signal.Unreachable)
	f.wantLag(f.read(group("g", "orders")), 0)
}
