package redis_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/redis"
	"github.com/headstart-scaler/headstart/store/storetest"
)

// The server is killed under load, again and again, and started from what it
// has on disk.
func TestKilledServerLosesNothing(t *testing.T) {
	rounds := 25
	if testing.Short() {
		rounds = 3
	}
	server := serve(t)
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	o := redis.Options{Connection: goredis.UniversalOptions{Addrs: []string{server.addr()}, MaxRetries: -1, DialerRetries: 1}, Patience: 50 * time.Millisecond}
	var survivors storetest.Survivors
	for round := range rounds {
		acknowledged := writeWhile(t, o, func() {
			time.Sleep(time.Duration(20_000+random.IntN(80_000)) * time.Microsecond)
			server.kill()
		})
		server.start()
		s := open(t, o)
		survivors.Check(t, s, acknowledged)
		if round == rounds-1 {
			storetest.VerifyAll(t, s)
		}
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	t.Logf("killed %d times; %d changes acknowledged and there, %d there and not acknowledged", rounds, survivors.Acknowledged, survivors.Unacknowledged)
	if survivors.Learned == 0 {
		t.Error("nothing that was learned outlived it")
	}
	if survivors.Acknowledged < rounds {
		t.Errorf("only %d changes were acknowledged: the server is killed too early to show anything", survivors.Acknowledged)
	}
}

// writeWhile writes until something happened, and returns what was
// acknowledged.
func writeWhile(t *testing.T, o redis.Options, happens func()) []byte {
	t.Helper()
	s := open(t, o)
	var acknowledged bytes.Buffer
	var writing sync.WaitGroup
	writing.Go(func() {
		err := storetest.Write(t.Context(), s, &acknowledged, 7)
		if !errors.Is(err, store.ErrInDoubt) && !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("the writer ended with %v", err)
		}
	})
	happens()
	writing.Wait()
	return acknowledged.Bytes()
}

// The primary dies while clients write, and one of its replicas takes over.
// With a replica waited for, what was acknowledged is there; with a key, what
// was in doubt is made once.
func TestFailover(t *testing.T) {
	primary, replica, addrs := sentinels(t)
	o := redis.Options{Connection: goredis.UniversalOptions{Addrs: addrs, MasterName: "ours"}, Replicas: 1, Patience: 2 * time.Second}
	s := open(t, o)
	if f := s.Findings(); len(f) != 0 {
		t.Errorf("findings %v", f)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	acknowledged := make(chan store.Record, 100_000)
	var writing sync.WaitGroup
	for client := range 3 {
		writing.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				noteUntilDone(ctx, t, s, fmt.Sprintf("client/%d/%d", client, n), acknowledged)
			}
		})
	}
	waitFor(t, acknowledged, 50)
	primary.kill()
	c := replica.client()
	defer c.Close()
	eventually(t, "the replica to take over", func() error {
		if role, err := c.Do(ctx, "ROLE").Slice(); err != nil || role[0] != "master" {
			return fmt.Errorf("not yet: %v, %w", role, err)
		}
		return nil
	})
	before := len(acknowledged)
	primary.args = []string{"--replicaof", "127.0.0.1", fmt.Sprint(replica.port), "--repl-diskless-sync-delay", "0"}
	primary.start()
	waitFor(t, acknowledged, before+50)
	cancel()
	writing.Wait()
	close(acknowledged)
	checkOnce(t, s, acknowledged)
	storetest.VerifyAll(t, s)
}

// checkOnce fails unless all that was acknowledged is there, and was made
// once.
func checkOnce(t *testing.T, s *redis.Store, acknowledged <-chan store.Record) {
	t.Helper()
	times := make(map[string]int)
	said := make(map[int64]store.Record)
	for r, err := range store.AllRecords(0, func(after int64, limit int) ([]store.Record, error) { return s.Records(t.Context(), after, limit) }) {
		if err != nil {
			t.Fatal(err)
		}
		times[r.Object]++
		said[r.Seq] = r
	}
	for r := range acknowledged {
		if said[r.Seq] != r {
			t.Errorf("%s was acknowledged and is lost", r.Object)
		}
		if times[r.Object] > 1 {
			t.Errorf("%s was made %d times", r.Object, times[r.Object])
		}
	}
	t.Logf("%d changes", len(said))
}

// noteUntilDone repeats a change under its key until it is acknowledged, as a
// client should.
func noteUntilDone(ctx context.Context, t *testing.T, s *redis.Store, object string, acknowledged chan<- store.Record) {
	for ctx.Err() == nil {
		r, err := s.Note(ctx, store.Entry{Actor: "a", Verb: "b", Object: object}, storetest.Key(object, object))
		switch {
		case err == nil:
			acknowledged <- r
			return
		case errors.Is(err, store.ErrInDoubt), errors.Is(err, store.ErrUnavailable), errors.Is(err, context.Canceled):
		default:
			t.Errorf("%s: %v", object, err)
		}
	}
}

func waitFor(t *testing.T, acknowledged chan store.Record, n int) {
	t.Helper()
	eventually(t, "changes", func() error {
		if len(acknowledged) < n {
			return fmt.Errorf("%d of %d changes", len(acknowledged), n)
		}
		return nil
	})
}

// Too few replicas: the primary has it, the answer says that it is in doubt,
// and so does the answer to its repetition until they are back.
func TestTooFewReplicas(t *testing.T) {
	o := redis.Options{Connection: goredis.UniversalOptions{Addrs: []string{serve(t).addr()}}, Replicas: 1, Patience: 200 * time.Millisecond}
	s := open(t, o)
	p := storetest.Proposal(0, "one")
	p.Key = storetest.Key("k", "one")
	for range 2 {
		if _, err := s.Apply(t.Context(), p); !errors.Is(err, store.ErrInDoubt) {
			t.Errorf("got %v, want ErrInDoubt", err)
		}
	}
	o.Replicas = 0
	s = open(t, o)
	if v, err := s.Apply(t.Context(), p); err != nil || v.Number != 1 {
		t.Errorf("without replicas: %+v, %v", v, err)
	}
	if all := slices.Collect(storetest.Versions(t, s)); len(all) != 1 {
		t.Errorf("versions %v", all)
	}
}
