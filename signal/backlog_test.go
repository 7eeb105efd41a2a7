package signal_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/signal"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// at is one partition of topic t: number, log start, log end, committed.
func at(number int32, start, end, committed int64) signal.PartitionOffsets {
	return signal.PartitionOffsets{Topic: "t", Partition: number, Start: start, End: end, Committed: committed}
}

func unread(number int32) signal.UnreadPartition {
	return signal.UnreadPartition{Topic: "t", Partition: number, Why: "it has no leader now"}
}

// tick is one answer, and what the tracker has to make of it.
type tick struct {
	after   time.Duration
	offsets []signal.PartitionOffsets
	unread  []signal.UnreadPartition
	members int

	condition            signal.Condition // Fine when empty
	reason               string
	messages, excluded   int64
	arrival, consumption float64
	rated                bool
	withLag, partitions  int
	note                 string // part of the only note; none when empty
}

func TestBacklogTracker(t *testing.T) {
	earliest := signal.ConsumerGroup{Group: "g", Topics: "t", OffsetReset: signal.Earliest}
	latest := signal.ConsumerGroup{Group: "g", Topics: "t", OffsetReset: signal.Latest}
	excluding := earliest
	excluding.ExcludePersistentLag = true
	const s = time.Second

	for name, c := range map[string]struct {
		query signal.ConsumerGroup
		ticks []tick
	}{
		"rates between two answers": {earliest, []tick{
			{offsets: list(at(0, 0, 100, 40), at(1, 0, 10, 10)), messages: 60, withLag: 1, partitions: 2},
			{after: 10 * s, offsets: list(at(0, 0, 150, 60), at(1, 0, 30, 10)), messages: 110, arrival: 7, consumption: 2, rated: true, withLag: 2, partitions: 2},
		}},
		"never committed, earliest": {earliest, []tick{
			{offsets: list(at(0, 20, 100, -1)), messages: 80, withLag: 1, partitions: 1, note: "log start (earliest): t/0"},
			{after: s, offsets: list(at(0, 20, 105, -1)), messages: 85, arrival: 5, rated: true, withLag: 1, partitions: 1, note: "earliest"},
		}},
		"never committed, latest": {latest, []tick{
			{offsets: list(at(0, 20, 100, -1)), messages: 0, partitions: 1, note: "first seen (latest): t/0 (from 100)"},
			{after: s, offsets: list(at(0, 20, 105, -1)), messages: 5, arrival: 5, rated: true, withLag: 1, partitions: 1, note: "(from 100)"},
			{after: s, offsets: list(at(0, 103, 105, -1)), messages: 2, rated: true, withLag: 1, partitions: 1, note: "(from 100)"},
			{after: s, offsets: list(at(0, 103, 105, 104)), messages: 1, rated: true, withLag: 1, partitions: 1},
		}},
		"latest, partition added to a known topic": {latest, []tick{
			{offsets: list(at(0, 0, 10, 10)), partitions: 1},
			{after: s, offsets: list(at(0, 0, 10, 10), at(1, 0, 7, -1)), messages: 7, rated: true, withLag: 1, partitions: 2, note: "t/1 (from 0)"},
		}},
		"latest, partition first unread is not an added one": {latest, []tick{
			{offsets: list(at(0, 0, 10, 10)), unread: []signal.UnreadPartition{unread(1)}, condition: signal.Unreachable, reason: "cannot read t/1: it has no leader now"},
			{after: s, offsets: list(at(0, 0, 10, 10), at(1, 0, 500, -1)), rated: true, partitions: 2, note: "t/1 (from 500)"},
		}},
		"commits gone, latest": {latest, []tick{
			{offsets: list(at(0, 0, 100, 60)), messages: 40, withLag: 1, partitions: 1},
			{after: s, offsets: list(at(0, 0, 100, -1)), messages: 40, withLag: 1, partitions: 1, note: "*"},
		}},
		"deleted by retention": {earliest, []tick{
			{offsets: list(at(0, 50, 100, 50)), messages: 50, withLag: 1, partitions: 1},
			{after: s, offsets: list(at(0, 80, 100, 50)), messages: 20, rated: true, withLag: 1, partitions: 1, note: "before the group read them, counted from the log start: t/0 (30)"},
			{after: s, offsets: list(at(0, 80, 100, 85)), messages: 15, consumption: 5, rated: true, withLag: 1, partitions: 1},
		}},
		"committed at the log start is not deleted": {earliest, []tick{
			{offsets: list(at(0, 50, 100, 49)), messages: 50, withLag: 1, partitions: 1, note: "t/0 (1)"},
			{after: s, offsets: list(at(0, 50, 100, 50)), messages: 50, rated: true, withLag: 1, partitions: 1},
		}},
		"topic recreated": {earliest, []tick{
			{offsets: list(at(0, 0, 100, 60)), messages: 40, withLag: 1, partitions: 1},
			{after: s, offsets: list(at(0, 0, 10, 2)), messages: 8, withLag: 1, partitions: 1, note: "*"},
			{after: s, offsets: list(at(0, 0, 14, 5)), messages: 9, arrival: 4, consumption: 3, rated: true, withLag: 1, partitions: 1},
		}},
		"topic recreated, latest, no commit": {latest, []tick{
			{offsets: list(at(0, 0, 100, -1)), partitions: 1, note: "latest"},
			{after: s, offsets: list(at(0, 0, 10, -1)), messages: 10, withLag: 1, partitions: 1, note: "*"},
		}},
		"offset moved back": {earliest, []tick{
			{offsets: list(at(0, 0, 100, 90)), messages: 10, withLag: 1, partitions: 1},
			{after: s, offsets: list(at(0, 0, 120, 30)), messages: 90, arrival: 20, withLag: 1, partitions: 1, note: "moved back: t/0 (90 → 30)"},
			{after: s, offsets: list(at(0, 0, 120, 40)), messages: 80, consumption: 10, rated: true, withLag: 1, partitions: 1},
		}},
		"impossible numbers": {earliest, []tick{
			{offsets: list(at(0, 5, 4, 0)), condition: signal.Invalid, reason: "can be true"},
			{after: s, offsets: list(at(0, -1, 4, 0)), condition: signal.Invalid},
			{after: s, offsets: list(at(0, 0, 4, -2)), condition: signal.Invalid},
			{after: s, offsets: list(at(0, 4, 4, -1)), partitions: 1},
		}},
		"no partition": {earliest, []tick{{condition: signal.Empty, reason: "consumer group g on t has no partition"}}},
		"unread is held for 30 s": {earliest, []tick{
			{offsets: list(at(0, 0, 100, 60), at(1, 0, 10, 0)), messages: 50, withLag: 2, partitions: 2},
			{after: s, offsets: list(at(0, 0, 110, 60), at(1, 0, 12, 0)), messages: 62, arrival: 12, rated: true, withLag: 2, partitions: 2},
			{after: s, offsets: list(at(1, 0, 13, 0)), unread: []signal.UnreadPartition{unread(0)}, messages: 63, arrival: 11, rated: true, withLag: 2, partitions: 2, note: "their last lag is counted: t/0 (it has no leader now)"},
			{after: 29 * s, offsets: list(at(1, 0, 13, 13)), unread: []signal.UnreadPartition{unread(0)}, messages: 50, arrival: 10, consumption: 13. / 29, rated: true, withLag: 1, partitions: 2, note: "t/0"},
			{after: time.Millisecond, offsets: list(at(1, 0, 13, 13)), unread: []signal.UnreadPartition{unread(0)}, condition: signal.Unreachable, reason: "cannot read t/0"},
			{after: 10*s - time.Millisecond, offsets: list(at(0, 0, 150, 80), at(1, 0, 13, 13)), messages: 70, arrival: 1, consumption: 0.5, rated: true, withLag: 1, partitions: 2},
		}},
		"all unread is not held": {earliest, []tick{
			{offsets: list(at(0, 0, 100, 60)), messages: 40, withLag: 1, partitions: 1},
			{after: s, unread: []signal.UnreadPartition{unread(0)}, condition: signal.Unreachable, reason: "t/0"},
		}},
		"partition left the answer": {earliest, []tick{
			{offsets: list(at(0, 0, 100, 60), at(1, 0, 9, 0)), messages: 49, withLag: 2, partitions: 2},
			{after: s, offsets: list(at(0, 0, 100, 60)), messages: 40, rated: true, withLag: 1, partitions: 1, note: "no longer among the group's partitions: t/1"},
		}},
		"persistent lag is excluded after a minute": {excluding, []tick{
			{offsets: list(at(0, 0, 100, 60), at(1, 0, 10, 1)), members: 1, messages: 49, withLag: 2, partitions: 2},
			{after: 59 * s, offsets: list(at(0, 0, 100, 60), at(1, 0, 69, 60)), members: 1, messages: 49, arrival: 1, consumption: 1, rated: true, withLag: 2, partitions: 2},
			{after: s, offsets: list(at(0, 0, 105, 60), at(1, 0, 70, 61)), members: 1, messages: 9, arrival: 1, consumption: 1, rated: true, withLag: 1, partitions: 2, excluded: 45, note: "nobody consumes: t/0 (45)"},
			{after: s, offsets: list(at(0, 0, 105, 61), at(1, 0, 70, 62)), members: 1, messages: 52, consumption: 2, rated: true, withLag: 2, partitions: 2},
		}},
		"lag of a group without members is not persistent": {excluding, []tick{
			{offsets: list(at(0, 0, 100, 60)), members: 0, messages: 40, withLag: 1, partitions: 1},
			{after: time.Hour, offsets: list(at(0, 0, 100, 60)), members: 0, messages: 40, rated: true, withLag: 1, partitions: 1},
			{after: s, offsets: list(at(0, 0, 100, 60)), members: 1, messages: 40, rated: true, withLag: 1, partitions: 1},
			{after: 59 * s, offsets: list(at(0, 0, 100, 60)), members: 1, messages: 40, rated: true, withLag: 1, partitions: 1},
			{after: s, offsets: list(at(0, 0, 100, 60)), members: 1, messages: 40, rated: true, withLag: 1, partitions: 1, note: "nothing in the group moves (it hangs, or commits rarely): t/0 (40)"},
		}},
		"members unknown: another partition has to move": {excluding, []tick{
			{offsets: list(at(0, 0, 100, 60), at(1, 0, 10, 1)), members: -1, messages: 49, withLag: 2, partitions: 2},
			{after: time.Minute, offsets: list(at(0, 0, 100, 60), at(1, 0, 10, 1)), members: -1, messages: 49, rated: true, withLag: 2, partitions: 2, note: "nothing in the group moves (it hangs, or commits rarely): t/0 (40), t/1 (9)"},
			{after: s, offsets: list(at(0, 0, 100, 60), at(1, 0, 10, 2)), members: -1, messages: 8, consumption: 1, rated: true, withLag: 1, partitions: 2, excluded: 40, note: "excluded, lag that nobody consumes: t/0 (40)"},
		}},
	} {
		t.Run(name, func(t *testing.T) { follow(t, c.query, c.ticks) })
	}
}

// follow feeds a tracker the answers and checks what it makes of each.
func follow(t *testing.T, q signal.ConsumerGroup, ticks []tick) {
	t.Helper()
	tracker, now := signal.NewBacklogTracker(q), noon
	for i, k := range ticks {
		now = now.Add(k.after)
		check(t, i, k, tracker.Observe(signal.GroupOffsets{At: now, Partitions: k.offsets, Unread: k.unread, Members: k.members}))
	}
}

func list(ps ...signal.PartitionOffsets) []signal.PartitionOffsets { return ps }

func check(t *testing.T, i int, k tick, r signal.Reading) {
	t.Helper()
	if k.condition != "" {
		if r.Condition != k.condition || !strings.Contains(r.Reason, k.reason) || r.Group != nil {
			t.Fatalf("answer %d: %+v, want %s: %s", i, r, k.condition, k.reason)
		}
		return
	}
	if !r.OK() {
		t.Fatalf("answer %d: %s: %s", i, r.Condition, r.Reason)
	}
	want := signal.GroupBacklog{
		Messages: k.messages, Waiting: k.messages + k.excluded, Arrival: k.arrival, Consumption: k.consumption, Rated: k.rated,
		Partitions: k.partitions, PartitionsWithLag: k.withLag, Members: k.members,
	}
	got := *r.Group
	got.Notes = nil
	if r.Value != float64(k.messages) || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("answer %d: %v %+v, want %+v", i, r.Value, *r.Group, want)
	}
	if k.note != "*" && (k.note == "" && len(r.Group.Notes) > 0 || k.note != "" && (len(r.Group.Notes) != 1 || !strings.Contains(r.Group.Notes[0], k.note))) {
		t.Fatalf("answer %d: notes %q, want one with %q", i, r.Group.Notes, k.note)
	}
}

func TestAnAnswerNotNewerChangesNothing(t *testing.T) {
	tracker := signal.NewBacklogTracker(signal.ConsumerGroup{Group: "g", Topics: "t"})
	first := tracker.Observe(signal.GroupOffsets{At: noon, Partitions: list(at(0, 0, 10, 0))})
	for _, when := range []time.Time{noon, noon.Add(-time.Second)} {
		if r := tracker.Observe(signal.GroupOffsets{At: when, Partitions: list(at(0, 0, 99, 0))}); r.Value != first.Value || r.At != noon {
			t.Fatalf("an answer of %s gave %+v", when, r)
		}
	}
}

func TestLongListsOfPartitionsAreCounted(t *testing.T) {
	tracker := signal.NewBacklogTracker(signal.ConsumerGroup{Group: "g", Topics: "t", OffsetReset: signal.Earliest})
	var ps []signal.PartitionOffsets
	for n := range int32(7) {
		ps = append(ps, at(n, 0, 1, -1))
	}
	notes := tracker.Observe(signal.GroupOffsets{At: noon, Partitions: ps}).Group.Notes
	if len(notes) != 1 || !strings.HasSuffix(notes[0], "t/0, t/1, t/2, t/3, t/4 and 2 more") {
		t.Fatalf("notes %q", notes)
	}
}

func ExampleBacklogTracker() {
	q := signal.ConsumerGroup{Group: "billing", Topics: "orders", OffsetReset: signal.Earliest}
	tracker := signal.NewBacklogTracker(q)
	read := func(at time.Time, end, committed int64) {
		r := tracker.Observe(signal.GroupOffsets{At: at, Members: 2, Partitions: []signal.PartitionOffsets{
			{Topic: "orders", Partition: 0, End: end, Committed: committed},
		}})
		fmt.Printf("%.0f waiting, +%.0f/s, -%.0f/s %v\n", r.Value, r.Group.Arrival, r.Group.Consumption, r.Group.Notes)
	}
	read(noon, 1000, 400)
	read(noon.Add(10*time.Second), 1500, 800)
	read(noon.Add(20*time.Second), 1600, 0)
	// Output:
	// 600 waiting, +0/s, -0/s []
	// 700 waiting, +50/s, -40/s []
	// 1600 waiting, +10/s, -40/s [the group's offset was moved back: orders/0 (800 → 0)]
}

// healthy is a group without resets or losses, whose backlog can be summed
// straight from its offsets: the dumb version of the tracker.
type healthy struct {
	partitions        []signal.PartitionOffsets
	arrived, consumed int64 // in the last step
}

func newHealthy(t *rapid.T) *healthy {
	h := &healthy{}
	for i := range rapid.IntRange(1, 5).Draw(t, "partitions") {
		start := rapid.Int64Range(0, 50).Draw(t, "start")
		end := start + rapid.Int64Range(0, 1000).Draw(t, "length")
		h.partitions = append(h.partitions, at(int32(i), start, end, rapid.Int64Range(start, end).Draw(t, "committed")))
	}
	return h
}

func (h *healthy) step(t *rapid.T) {
	h.arrived, h.consumed = 0, 0
	for i := range h.partitions {
		p := &h.partitions[i]
		a := rapid.Int64Range(0, 100).Draw(t, "arrives")
		c := rapid.Int64Range(0, p.End+a-p.Committed).Draw(t, "consumed")
		p.End, p.Committed = p.End+a, p.Committed+c
		h.arrived, h.consumed = h.arrived+a, h.consumed+c
	}
}

func (h *healthy) lag() (n int64) {
	for _, p := range h.partitions {
		n += p.End - p.Committed
	}
	return n
}

func TestTrackerAgreesWithTheDumbOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reset := rapid.SampledFrom([]signal.OffsetReset{signal.Earliest, signal.Latest}).Draw(t, "reset")
		tracker := signal.NewBacklogTracker(signal.ConsumerGroup{Group: "g", Topics: "t", OffsetReset: reset})
		h := newHealthy(t)
		for i := range rapid.IntRange(1, 10).Draw(t, "ticks") {
			now := noon.Add(time.Duration(i) * 5 * time.Second)
			r := tracker.Observe(signal.GroupOffsets{At: now, Partitions: h.partitions, Members: -1})
			if !r.OK() || r.Group.Messages != h.lag() || r.Group.Waiting != h.lag() || r.Group.Partitions != len(h.partitions) || r.Group.Rated != (i > 0) {
				t.Fatalf("%+v of %+v, want %d messages", r.Group, h.partitions, h.lag())
			}
			if differ(r.Group.Arrival, float64(h.arrived)/5) || differ(r.Group.Consumption, float64(h.consumed)/5) {
				t.Fatalf("%+v, want %d arrived and %d consumed in 5 s", r.Group, h.arrived, h.consumed)
			}
			h.step(t)
		}
	})
}

func differ(a, b float64) bool { return a-b > 1e-9 || b-a > 1e-9 }

// anything draws three partitions with whatever offsets, unread or left out.
func anything(t *rapid.T, now time.Time) signal.GroupOffsets {
	offset := rapid.Int64Range(-2, 20)
	o := signal.GroupOffsets{At: now, Members: rapid.IntRange(-1, 2).Draw(t, "members")}
	for n := range int32(3) {
		switch rapid.IntRange(0, 4).Draw(t, "fate") {
		case 0:
			o.Unread = append(o.Unread, unread(n))
		case 1:
		default:
			o.Partitions = append(o.Partitions, at(n, offset.Draw(t, "start"), offset.Draw(t, "end"), offset.Draw(t, "committed")))
		}
	}
	return o
}

// TestTrackerNeverInvents feeds anything at all: no negative lag or rate, and
// no value without every partition accounted for.
func TestTrackerNeverInvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tracker, now := signal.NewBacklogTracker(signal.ConsumerGroup{
			Group: "g", Topics: "t",
			OffsetReset:          rapid.SampledFrom([]signal.OffsetReset{signal.Earliest, signal.Latest}).Draw(t, "reset"),
			ExcludePersistentLag: rapid.Bool().Draw(t, "exclude"),
		}), noon
		for range rapid.IntRange(1, 12).Draw(t, "ticks") {
			o := anything(t, now)
			sound(t, o, tracker.Observe(o))
			now = now.Add(time.Duration(rapid.IntRange(1, 40).Draw(t, "after")) * time.Second)
		}
	})
}

func sound(t *rapid.T, o signal.GroupOffsets, r signal.Reading) {
	if !r.OK() {
		if r.Reason == "" || r.Group != nil {
			t.Fatalf("%+v has no reason, or a value", r)
		}
		return
	}
	b := r.Group
	if b.Messages < 0 || b.Waiting < b.Messages || b.Arrival < 0 || b.Consumption < 0 || b.Partitions != len(o.Partitions)+len(o.Unread) || b.PartitionsWithLag > b.Partitions {
		t.Fatalf("%+v of %+v", *b, o)
	}
}
