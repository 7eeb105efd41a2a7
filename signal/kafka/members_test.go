package kafka_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/headstart-scaler/headstart/signal"
	"github.com/headstart-scaler/headstart/signal/kafka"
)

func TestMembersAreCountedAnewAtATick(t *testing.T) {
	f := newFixture(t, kfake.NumBrokers(2), kfake.SeedTopics(4, "orders"))
	q := group("g", "orders")
	if b := f.wantLag(f.read(q), 0); b.Members != 0 {
		t.Fatalf("members of a group that does not exist: %d", b.Members)
	}
	for range 2 {
		c, err := kgo.NewClient(kgo.SeedBrokers(f.cluster.ListenAddrs()...), kgo.MaxVersions(kversion.V3_6_0()),
			kgo.ConsumerGroup("g"), kgo.ConsumeTopics("orders"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
	}
	if _, err := f.cluster.WaitGroupStable(f.ctx(), "g", 2); err != nil {
		t.Fatal(err)
	}
	f.clock.forward(-2 * time.Second) // 3 s with the read's own 5 s
	if b := f.wantLag(f.read(q), 0); b.Members != 0 {
		t.Fatalf("members after 3 s: %d, want the earlier count", b.Members)
	}
	if b := f.wantLag(f.read(q), 0); b.Members != 2 {
		t.Fatalf("members after 8 s: %d, want 2", b.Members)
	}
}

func TestMembersOfTheConsumerProtocolAreCounted(t *testing.T) {
	f := newFixture(t, kfake.SeedTopics(1, "orders"))
	f.cluster.ControlKey(int16(kmsg.DescribeGroups), func(r kmsg.Request) (kmsg.Response, error, bool) {
		f.cluster.KeepControl()
		request, ok := r.(*kmsg.DescribeGroupsRequest)
		if !ok {
			return nil, nil, false
		}
		answer := kmsg.NewPtrDescribeGroupsResponse()
		answer.SetVersion(request.GetVersion())
		for _, g := range request.Groups {
			answer.Groups = append(answer.Groups, kmsg.DescribeGroupsResponseGroup{Group: g, State: "Dead"})
		}
		return answer, nil, true
	})
	f.cluster.ControlKey(int16(kmsg.ConsumerGroupDescribe), func(r kmsg.Request) (kmsg.Response, error, bool) {
		f.cluster.KeepControl()
		request, ok := r.(*kmsg.ConsumerGroupDescribeRequest)
		if !ok {
			return nil, nil, false
		}
		answer := kmsg.NewPtrConsumerGroupDescribeResponse()
		answer.SetVersion(request.GetVersion())
		for _, g := range request.Groups {
			x := kmsg.NewConsumerGroupDescribeResponseGroup()
			x.Group = g
			switch g {
			case "new":
				x.Members = make([]kmsg.ConsumerGroupDescribeResponseGroupMember, 3)
			case "absent":
				x.ErrorCode = kerr.GroupIDNotFound.Code
			default:
				x.ErrorCode = kerr.GroupAuthorizationFailed.Code
			}
			answer.Groups = append(answer.Groups, x)
		}
		return answer, nil, true
	})
	for name, want := range map[string]int{"new": 3, "absent": 0, "hidden": -1} {
		if b := f.wantLag(f.read(group(name, "orders")), 0); b.Members != want {
			t.Errorf("members of %s: %d, want %d", name, b.Members, want)
		}
	}
}

func TestBrokersBeforeBatchingArePipelined(t *testing.T) {
	f := newFixture(t, kfake.NumBrokers(2), kfake.SeedTopics(2, "orders"), kfake.MaxVersions(kversion.V2_8_0()))
	f.produce("orders", 0, 200)
	var queries []signal.Query
	for i := range 150 {
		name := fmt.Sprintf("g%d", i)
		f.commit(name, "orders", 0, int64(i))
		queries = append(queries, group(name, "orders"))
	}
	queries = append(queries, group("g7", ""))
	check := func() {
		t.Helper()
		for i, r := range f.readAll(queries...)[:150] {
			f.wantLag(r, 200-int64(i))
		}
	}
	check()
	leaders := uint64(1)
	if f.cluster.LeaderFor("orders", 0) != f.cluster.LeaderFor("orders", 1) {
		leaders = 2
	}
	before := f.source.Requests()
	check()
	if took := f.source.Requests() - before; took < 151+2*leaders || took > 151+2*leaders+2*2 {
		t.Fatalf("%d requests, want one for each of 151 fetches, two for each of %d leaders and at most two for members at each of 2 brokers", took, leaders)
	}
	f.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetFetch}, Group: "g3", Err: kerr.GroupAuthorizationFailed})
	r := f.readAll(queries[3], queries[4])
	f.wantBad(r[0], signal.Refused, "g3")
	f.wantLag(r[1], 196)
}

func TestConfigurationIsChecked(t *testing.T) {
	now := time.Now
	brokers := []string{"localhost:9092"}
	for name, c := range map[string]struct {
		conf kafka.Config
		want string
	}{
		"no brokers":      {kafka.Config{Now: now}, "at least one HOST:PORT"},
		"no port":         {kafka.Config{Now: now, Brokers: []string{"a:1", "kafka"}}, `broker 2, "kafka"`},
		"no host":         {kafka.Config{Now: now, Brokers: []string{":9092"}}, "write HOST:PORT"},
		"no clock":        {kafka.Config{Brokers: brokers}, "set Now"},
		"bad timeout":     {kafka.Config{Now: now, Brokers: brokers, Timeout: -1}, "negative"},
		"no credentials":  {kafka.Config{Now: now, Brokers: brokers, SASL: &kafka.SASL{Mechanism: kafka.Plain}}, "set user and password"},
		"bad mechanism":   {kafka.Config{Now: now, Brokers: brokers, SASL: &kafka.SASL{Mechanism: "GSSAPI", Credentials: kafka.StaticCredentials("", "")}}, "SCRAM-SHA-256"},
		"half a key pair": {kafka.Config{Now: now, Brokers: brokers, TLS: &kafka.TLS{CertFile: "x"}}, "both"},
		"no CA file":      {kafka.Config{Now: now, Brokers: brokers, TLS: &kafka.TLS{CAFile: "nosuch.pem"}}, "nosuch.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := kafka.New(c.conf)
			if s != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("source %v, error %v; want one with %q", s, err, c.want)
			}
		})
	}
}
