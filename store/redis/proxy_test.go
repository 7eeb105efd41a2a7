package redis_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/redis"
	"github.com/headstart-scaler/headstart/store/storetest"
)

// proxy passes on what is said, and loses the answers to scripts while it is
// told to.
type proxy struct {
	addr string

	mu    sync.Mutex
	loses int
	lost  int
	then  func() // called before an answer is lost
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &proxy{addr: l.Addr().String()}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				client.Close()
				continue
			}
			p.pass(client, server)
		}
	}()
	return p
}

func (p *proxy) pass(client, server net.Conn) {
	var mu sync.Mutex
	script := false
	forward := func(to io.WriteCloser, from io.ReadCloser, look func([]byte) bool) {
		defer to.Close()
		defer from.Close()
		b := make([]byte, 1<<16)
		for {
			n, err := from.Read(b)
			if err != nil || !look(b[:n]) {
				return
			}
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
	}
	go forward(server, client, func(b []byte) bool {
		mu.Lock()
		defer mu.Unlock()
		script = script || bytes.Contains(bytes.ToLower(b), []byte("eval"))
		return true
	})
	go forward(client, server, func([]byte) bool {
		mu.Lock()
		is := script
		script = false
		mu.Unlock()
		return !is || !p.lose()
	})
}

func (p *proxy) lose() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.loses == 0 {
		return false
	}
	p.loses--
	p.lost++
	if p.then != nil {
		p.then()
	}
	return true
}

func (p *proxy) set(loses int, then func()) (lost int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loses, p.then = loses, then
	lost, p.lost = p.lost, 0
	return lost
}

// A change whose acknowledgement is lost is made once, also when somebody else
// changes the store before it is sent again.
func TestLostAcknowledgements(t *testing.T) {
	s := serve(t)
	p := newProxy(t, s.addr())
	clock := storetest.NewClock() // stands still: two changes may be the same to the letter
	direct := open(t, redis.Options{Connection: goredis.UniversalOptions{Addrs: []string{s.addr()}}, Now: clock.Now})
	far := open(t, redis.Options{Connection: goredis.UniversalOptions{Addrs: []string{p.addr}}, Now: clock.Now})
	note := store.Entry{Actor: "a", Verb: "b", Object: "c"}
	ctx := t.Context()
	for name, then := range map[string]func(){
		"nobody else": nil,
		"somebody else, the same": func() {
			if _, err := direct.Note(ctx, note, store.Key{}); err != nil {
				t.Error(err)
			}
		},
	} {
		before, err := direct.Head(ctx)
		if err != nil {
			t.Fatal(err)
		}
		p.set(2, then)
		r, err := far.Note(ctx, note, store.Key{})
		lost := p.set(0, nil)
		if err != nil || lost != 2 || r.Seq != before.Seq+1 {
			t.Errorf("%s: record %d after %d, %d answers lost, %v", name, r.Seq, before.Seq, lost, err)
		}
		want := int64(1)
		if then != nil {
			want = 3
		}
		if after, err := direct.Head(ctx); err != nil || after.Seq != before.Seq+want {
			t.Errorf("%s: %d records more, want %d, %v", name, after.Seq-before.Seq, want, err)
		}
	}
	storetest.VerifyAll(t, direct)
}

func TestInDoubtUntilItIsRepeated(t *testing.T) {
	s := serve(t)
	p := newProxy(t, s.addr())
	far := open(t, redis.Options{Connection: goredis.UniversalOptions{Addrs: []string{p.addr}}, Patience: 300 * time.Millisecond})
	change := storetest.Proposal(0, "one")
	change.Key = storetest.Key("k", "one")
	p.set(1_000_000, nil)
	if _, err := far.Apply(t.Context(), change); !errors.Is(err, store.ErrInDoubt) {
		t.Errorf("got %v, want ErrInDoubt", err)
	}
	p.set(0, nil)
	if v, err := far.Apply(t.Context(), change); err != nil || v.Number != 1 {
		t.Errorf("repeated: %+v, %v", v, err)
	}
	if head, err := far.Head(t.Context()); err != nil || head.Seq != 1 {
		t.Errorf("head %+v, %v", head, err)
	}
	s.kill()
	if _, err := far.Current(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("read from nobody: %v", err)
	}
	if _, err := far.Apply(t.Context(), storetest.Proposal(1, "two")); !errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrInDoubt) {
		t.Errorf("write to nobody: %v", err)
	}
}
