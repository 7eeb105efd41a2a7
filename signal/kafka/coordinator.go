package kafka

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// batchedCoordinators is the FindCoordinator version that takes many keys
// (KIP-699, Kafka 3.0).
const batchedCoordinators = 4

// coordinate learns the coordinators of groups that are not known yet and
// returns what is wrong with those that still are not.
func (t *topology) coordinate(ctx context.Context, groups []string) map[string]*fault {
	var unknown []string
	for _, g := range groups {
		if _, ok := t.coordinators[g]; !ok {
			unknown = append(unknown, g)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	faults := map[string]*fault{}
	f := t.any(ctx, func(address string, c *conn) error {
		clear(faults)
		return t.find(c, address, unknown, faults)
	})
	if f != nil {
		for _, g := range unknown {
			if _, ok := t.coordinators[g]; !ok {
				faults[g] = f
			}
		}
	}
	return faults
}

// find asks one broker for the coordinators of groups, in one request where
// it can, else in pipelined ones.
func (t *topology) find(c *conn, address string, groups []string, faults map[string]*fault) error {
	v, ok := c.best(int16(kmsg.FindCoordinator), 0, batchedCoordinators)
	if !ok {
		return unsupported("FindCoordinator")
	}
	answers, err := c.askEach(findRequests(groups, v))
	if err != nil {
		return err
	}
	for i, answer := range answers {
		r, ok := answer.(*kmsg.FindCoordinatorResponse)
		if !ok {
			return errAnswer(answer)
		}
		found := r.Coordinators
		if v < batchedCoordinators {
			found = []kmsg.FindCoordinatorResponseCoordinator{{
				Key: groups[i], ErrorCode: r.ErrorCode, NodeID: r.NodeID, Host: r.Host, Port: r.Port,
			}}
		}
		t.appoint(found, address, faults)
	}
	for _, g := range groups {
		if _, ok := t.coordinators[g]; !ok && faults[g] == nil {
			return fmt.Errorf("it left consumer group %s out of its answer", g)
		}
	}
	return nil
}

func findRequests(groups []string, version int16) []kmsg.Request {
	if version == batchedCoordinators {
		r := kmsg.NewPtrFindCoordinatorRequest()
		r.SetVersion(version)
		r.CoordinatorKeys = groups
		return []kmsg.Request{r}
	}
	requests := make([]kmsg.Request, len(groups))
	for i, g := range groups {
		r := kmsg.NewPtrFindCoordinatorRequest()
		r.SetVersion(version)
		r.CoordinatorKey = g
		requests[i] = r
	}
	return requests
}

func (t *topology) appoint(found []kmsg.FindCoordinatorResponseCoordinator, address string, faults map[string]*fault) {
	for _, x := range found {
		if x.ErrorCode != 0 {
			faults[x.Key] = groupFault(x.Key, address, kafka.Error(x.ErrorCode))
			continue
		}
		t.coordinators[x.Key] = net.JoinHostPort(x.Host, strconv.Itoa(int(x.Port)))
	}
}

// byCoordinator sorts groups by the broker that coordinates them; those whose
// coordinator is not known are left out.
func (t *topology) byCoordinator(groups []string) map[string][]string {
	sorted := map[string][]string{}
	for _, g := range groups {
		if address, ok := t.coordinators[g]; ok {
			sorted[address] = append(sorted[address], g)
		}
	}
	return sorted
}

// forsake forgets a group's coordinator, so that it is looked for again.
func (t *topology) forsake(group string) { delete(t.coordinators, group) }
