package signal_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/headstart-scaler/headstart/signal"
)

// TestRatesOutliveBreaks has one partition's count break in each way there is.
func TestRatesOutliveBreaks(t *testing.T) {
	earliest := signal.ConsumerGroup{Group: "g", Topics: "t", OffsetReset: signal.Earliest}
	const s = time.Second
	// Two answers: 7/s arrive and 3/s are consumed, 5/s and 2/s of them on t/0.
	rated := func(more ...tick) []tick {
		return append([]tick{
			{offsets: list(at(0, 0, 1000, 500), at(1, 0, 100, 100)), messages: 500, withLag: 1, partitions: 2},
			{after: 10 * s, offsets: list(at(0, 0, 1050, 520), at(1, 0, 120, 110)), messages: 540, arrival: 7, consumption: 3, rated: true, withLag: 2, partitions: 2},
		}, more...)
	}
	for name, ticks := range map[string][]tick{
		"first commit on one": {
			{offsets: list(at(0, 0, 100, 50), at(1, 0, 10, -1)), messages: 60, withLag: 2, partitions: 2, note: "*"},
			{after: s, offsets: list(at(0, 0, 104, 52), at(1, 0, 13, -1)), messages: 65, arrival: 7, consumption: 2, rated: true, withLag: 2, partitions: 2, note: "*"},
			{after: s, offsets: list(at(0, 0, 110, 55), at(1, 0, 15, 9)), messages: 61, arrival: 8, consumption: 3, rated: true, withLag: 2, partitions: 2},
		},
		"first commit between the first two": {
			{offsets: list(at(0, 0, 100, 50), at(1, 0, 10, -1)), messages: 60, withLag: 2, partitions: 2, note: "*"},
			{after: s, offsets: list(at(0, 0, 104, 52), at(1, 0, 13, 5)), messages: 60, arrival: 7, consumption: 2, withLag: 2, partitions: 2},
			{after: s, offsets: list(at(0, 0, 104, 52), at(1, 0, 14, 9)), messages: 57, arrival: 1, consumption: 4, rated: true, withLag: 2, partitions: 2},
		},
		"moved back on one": rated(
			tick{after: 10 * s, offsets: list(at(0, 0, 1080, 100), at(1, 0, 140, 130)), messages: 990, arrival: 5, consumption: 4, rated: true, withLag: 2, partitions: 2, note: "moved back: t/0"},
			tick{after: 10 * s, offsets: list(at(0, 0, 1080, 110), at(1, 0, 140, 130)), messages: 980, consumption: 1, rated: true, withLag: 2, partitions: 2},
		),
		"commits of one gone": rated(
			tick{after: 10 * s, offsets: list(at(0, 0, 1080, -1), at(1, 0, 140, 130)), messages: 1090, arrival: 5, consumption: 4, rated: true, withLag: 2, partitions: 2, note: "*"},
			tick{after: 10 * s, offsets: list(at(0, 0, 1080, -1), at(1, 0, 140, 130)), messages: 1090, rated: true, withLag: 2, partitions: 2, note: "never committed"},
		),
		"partition added": rated(
			tick{after: 10 * s, offsets: list(at(0, 0, 1080, 520), at(1, 0, 140, 110), at(2, 0, 90, -1)), messages: 680, arrival: 5, rated: true, withLag: 3, partitions: 3, note: "t/2"},
			tick{after: 10 * s, offsets: list(at(0, 0, 1080, 520), at(1, 0, 140, 110), at(2, 0, 130, -1)), messages: 720, arrival: 4, rated: true, withLag: 3, partitions: 3, note: "t/2"},
		),
		"recreated": rated(
			tick{after: 10 * s, offsets: list(at(0, 0, 30, 0), at(1, 0, 140, 110)), messages: 60, arrival: 7, consumption: 2, rated: true, withLag: 2, partitions: 2, note: "*"},
			tick{after: 10 * s, offsets: list(at(0, 0, 130, 40), at(1, 0, 140, 110)), messages: 120, arrival: 10, consumption: 4, rated: true, withLag: 2, partitions: 2},
		),
		"recreated between answers far apart": rated(
			tick{after: time.Hour, offsets: list(at(0, 0, 30, 0), at(1, 0, 120, 110)), messages: 40, arrival: 5, consumption: 2, rated: true, withLag: 2, partitions: 2, note: "*"},
		),
		"the log end falls for a minute": rated(
			tick{after: 30 * s, offsets: list(at(0, 0, 90, 0), at(1, 0, 120, 110)), messages: 100, arrival: 5, consumption: 2, rated: true, withLag: 2, partitions: 2, note: "*"},
			tick{after: 30 * s, offsets: list(at(0, 0, 80, 0), at(1, 0, 120, 110)), messages: 90, arrival: 5, rated: true, withLag: 2, partitions: 2, note: "*"},
			tick{after: time.Millisecond, offsets: list(at(0, 0, 70, 0), at(1, 0, 120, 110)), messages: 80, arrival: 5, withLag: 2, partitions: 2, note: "*"},
			tick{after: 10 * s, offsets: list(at(0, 0, 90, 0), at(1, 0, 120, 110)), messages: 100, arrival: 2, rated: true, withLag: 2, partitions: 2},
		),
		"commits go back for a minute": rated(
			tick{after: 30 * s, offsets: list(at(0, 0, 1050, 400), at(1, 0, 120, 110)), messages: 660, consumption: 2, rated: true, withLag: 2, partitions: 2, note: "back"},
			tick{after: 30 * s, offsets: list(at(0, 0, 1050, 300), at(1, 0, 120, 110)), messages: 760, consumption: 2, rated: true, withLag: 2, partitions: 2, note: "back"},
			tick{after: s, offsets: list(at(0, 0, 1055, 200), at(1, 0, 120, 110)), messages: 865, arrival: 5, rated: true, withLag: 2, partitions: 2, note: "back"},
		),
		"every partition replaced": rated(
			tick{after: s, offsets: list(at(7, 0, 10, 5)), messages: 5, withLag: 1, partitions: 1, note: "no longer among"},
			tick{after: s, offsets: list(at(7, 0, 14, 6)), messages: 8, arrival: 4, consumption: 1, rated: true, withLag: 1, partitions: 1},
		),
	} {
		t.Run(name, func(t *testing.T) { follow(t, earliest, ticks) })
	}
}

// TestPersistentLagOfAStuckGroup tells one stuck partition from a group that
// hangs, which looks the same on each partition.
func TestPersistentLagOfAStuckGroup(t *testing.T) {
	q := signal.ConsumerGroup{Group: "g", Topics: "t", OffsetReset: signal.Earliest, ExcludePersistentLag: true}
	const s = time.Second
	for name, ticks := range map[string][]tick{
		"hung downstream": {
			{offsets: list(at(0, 0, 100, 60), at(1, 0, 50, 10)), members: 2, messages: 80, withLag: 2, partitions: 2},
			{after: 5 * s, offsets: list(at(0, 0, 100, 60), at(1, 0, 50, 20)), members: 2, messages: 70, consumption: 2, rated: true, withLag: 2, partitions: 2},
			{after: 55 * s, offsets: list(at(0, 0, 100, 60), at(1, 0, 50, 20)), members: 2, messages: 70, rated: true, withLag: 2, partitions: 2},
			{after: 5 * s, offsets: list(at(0, 0, 100, 60), at(1, 0, 50, 20)), members: 2, messages: 70, rated: true, withLag: 2, partitions: 2, note: "nothing in the group moves (it hangs, or commits rarely): t/0 (40), t/1 (30)"},
			{after: time.Hour, offsets: list(at(0, 0, 100, 60), at(1, 0, 50, 20)), members: 2, messages: 70, rated: true, withLag: 2, partitions: 2, note: "nothing in the group moves"},
		},
		"batches of 90 s": {
			{offsets: list(at(0, 0, 100, 0)), members: 1, messages: 100, withLag: 1, partitions: 1},
			{after: 90 * s, offsets: list(at(0, 0, 190, 90)), members: 1, messages: 100, arrival: 1, consumption: 1, rated: true, withLag: 1, partitions: 1},
			{after: 60 * s, offsets: list(at(0, 0, 250, 90)), members: 1, messages: 160, arrival: 1, rated: true, withLag: 1, partitions: 1, note: "commits rarely"},
			{after: 30 * s, offsets: list(at(0, 0, 280, 180)), members: 1, messages: 100, arrival: 1, consumption: 3, rated: true, withLag: 1, partitions: 1},
		},
		"one stuck, the others have no lag and move": {
			{offsets: list(at(0, 0, 100, 60), at(1, 0, 50, 50)), members: 2, messages: 40, withLag: 1, partitions: 2},
			{after: 60 * s, offsets: list(at(0, 0, 100, 60), at(1, 0, 110, 110)), members: 2, excluded: 40, arrival: 1, consumption: 1, rated: true, partitions: 2, note: "nobody consumes: t/0 (40)"},
			{after: 60*s - time.Millisecond, offsets: list(at(0, 0, 100, 60), at(1, 0, 110, 110)), members: 2, excluded: 40, rated: true, partitions: 2, note: "nobody consumes: t/0 (40)"},
			{after: time.Millisecond, offsets: list(at(0, 0, 100, 60), at(1, 0, 110, 110)), members: 2, messages: 40, rated: true, withLag: 1, partitions: 2, note: "nothing in the group moves"},
		},
		"one stuck, the others begin again after a rest": {
			{offsets: list(at(0, 0, 100, 60), at(1, 0, 50, 50)), members: 2, messages: 40, withLag: 1, partitions: 2},
			{after: 60 * s, offsets: list(at(0, 0, 100, 60), at(1, 0, 110, 110)), members: 2, excluded: 40, arrival: 1, consumption: 1, rated: true, partitions: 2, note: "nobody consumes: t/0 (40)"},
			{after: 59 * s, offsets: list(at(0, 0, 100, 60), at(1, 0, 110, 110)), members: 2, excluded: 40, rated: true, partitions: 2, note: "nobody consumes: t/0 (40)"},
			{after: s, offsets: list(at(0, 0, 100, 60), at(1, 0, 115, 110)), members: 2, messages: 5, excluded: 40, arrival: 5, rated: true, withLag: 1, partitions: 2, note: "nobody consumes: t/0 (40)"},
		},
		"one stuck, others wait for their next commit": {
			{offsets: list(at(0, 0, 100, 60), at(1, 0, 50, 0)), members: 2, messages: 90, withLag: 2, partitions: 2},
			{after: 60 * s, offsets: list(at(0, 0, 100, 60), at(1, 0, 50, 30)), members: 2, messages: 20, excluded: 40, consumption: .5, rated: true, withLag: 1, partitions: 2, note: "nobody consumes: t/0 (40)"},
			{after: 59 * s, offsets: list(at(0, 0, 100, 60), at(1, 0, 50, 30)), members: 2, messages: 20, excluded: 40, rated: true, withLag: 1, partitions: 2, note: "nobody consumes: t/0 (40)"},
		},
	} {
		t.Run(name, func(t *testing.T) { follow(t, q, ticks) })
	}
}

// TestCommitsBeyondTheEnd has commits beyond logs' ends, brief and lasting.
func TestCommitsBeyondTheEnd(t *testing.T) {
	earliest := signal.ConsumerGroup{Group: "g", Topics: "t", OffsetReset: signal.Earliest}
	latest := signal.ConsumerGroup{Group: "g", Topics: "t", OffsetReset: signal.Latest}
	const s = time.Second
	behind := []tick{ // a leader that is behind: 10/s arrive on t/0, and by the next answer the end is back
		{offsets: list(at(0, 0, 1000, 990), at(1, 0, 10, 0)), messages: 20, withLag: 2, partitions: 2},
		{after: s, offsets: list(at(0, 0, 1010, 1000), at(1, 0, 10, 0)), messages: 20, arrival: 10, consumption: 10, rated: true, withLag: 2, partitions: 2},
		{after: s, offsets: list(at(0, 0, 1005, 1015), at(1, 0, 10, 0)), messages: 20, arrival: 10, consumption: 15, rated: true, withLag: 2, partitions: 2, note: "*"},
		{after: s, offsets: list(at(0, 0, 1025, 1020), at(1, 0, 10, 0)), messages: 15, arrival: 20, consumption: 5, rated: true, withLag: 2, partitions: 2},
		{after: s, offsets: list(at(0, 0, 1030, 1031), at(1, 0, 10, 0)), messages: 15, arrival: 5, consumption: 11, rated: true, withLag: 2, partitions: 2, note: "their last lag is counted: t/0 (1031 > 1030)"},
	}
	cut := func(more ...tick) []tick { // t/0 is cut to 60 at 10/s, 500 waited
		return append([]tick{
			{offsets: list(at(0, 0, 1000, 510), at(1, 0, 10, 0)), messages: 500, withLag: 2, partitions: 2},
			{after: s, offsets: list(at(0, 0, 1010, 520), at(1, 0, 10, 0)), messages: 500, arrival: 10, consumption: 10, rated: true, withLag: 2, partitions: 2},
		}, more...)
	}
	for name, c := range map[string]struct {
		query signal.ConsumerGroup
		ticks []tick
	}{
		"behind, earliest": {earliest, behind},
		"behind, latest":   {latest, behind},
		"committed at the end, and one beyond": {earliest, []tick{
			{offsets: list(at(0, 20, 100, 100), at(1, 0, 50, 40)), messages: 10, withLag: 1, partitions: 2},
			{after: s, offsets: list(at(0, 20, 100, 101), at(1, 0, 50, 40)), messages: 10, consumption: 1, rated: true, withLag: 1, partitions: 2, note: "last lag is counted: t/0 (101 > 100)"},
			{after: s, offsets: list(at(0, 20, 100, 101), at(1, 0, 50, 40)), messages: 90, rated: true, withLag: 2, partitions: 2, note: "log start (earliest): t/0 (101 > 100)"},
			{after: s, offsets: list(at(0, 20, 100, 25), at(1, 0, 50, 40)), messages: 85, rated: true, withLag: 2, partitions: 2, note: "moved back"},
		}},
		"cut by more than arrives, earliest": {earliest, cut(
			tick{after: s, offsets: list(at(0, 5, 509, 520), at(1, 0, 10, 0)), messages: 514, arrival: 10, rated: true, withLag: 2, partitions: 2, note: "*"},
		)},
		"cut by what arrives, earliest": {earliest, cut(
			tick{after: s, offsets: list(at(0, 5, 510, 520), at(1, 0, 10, 0)), messages: 500, arrival: 10, rated: true, withLag: 2, partitions: 2, note: "*"},
			tick{after: s, offsets: list(at(0, 5, 512, 520), at(1, 0, 10, 0)), messages: 517, arrival: 2, rated: true, withLag: 2, partitions: 2, note: "log start (earliest)"},
		)},
		"cut, latest": {latest, cut(
			tick{after: s, offsets: list(at(0, 0, 60, 520), at(1, 0, 10, 0)), messages: 500, arrival: 10, rated: true, withLag: 2, partitions: 2, note: "*"},
			tick{after: 29 * s, offsets: list(at(0, 0, 60, 520), at(1, 0, 10, 0)), messages: 500, rated: true, withLag: 2, partitions: 2, note: "their last lag is counted: t/0 (520 > 60)"},
			tick{after: time.Millisecond, offsets: list(at(0, 0, 60, 520), at(1, 0, 10, 0)), messages: 10, rated: true, withLag: 1, partitions: 2, note: "only what arrived since is counted (latest): t/0 (520 > 60)"},
			tick{after: s, offsets: list(at(0, 0, 63, 520), at(1, 0, 10, 0)), messages: 13, arrival: 3, rated: true, withLag: 2, partitions: 2, note: "only what arrived since"},
			tick{after: s, offsets: list(at(0, 0, 63, 61), at(1, 0, 10, 0)), messages: 12, rated: true, withLag: 2, partitions: 2, note: "moved back"},
		)},
		"a burst that a leader behind does not know yet": {earliest, []tick{
			{offsets: list(at(0, 0, 1000, 1000), at(1, 0, 10, 0)), messages: 10, withLag: 1, partitions: 2},
			{after: s, offsets: list(at(0, 0, 1000, 1000), at(1, 0, 10, 0)), messages: 10, rated: true, withLag: 1, partitions: 2},
			{after: s, offsets: list(at(0, 0, 1000, 1900), at(1, 0, 10, 0)), messages: 10, consumption: 900, rated: true, withLag: 1, partitions: 2, note: "their last lag is counted: t/0 (1900 > 1000)"},
			{after: s, offsets: list(at(0, 0, 2000, 1900), at(1, 0, 10, 0)), messages: 110, arrival: 1000, rated: true, withLag: 2, partitions: 2},
		}},
		"cut twice, then deleted and expired, latest": {latest, cut(
			tick{after: s, offsets: list(at(0, 0, 60, 520), at(1, 0, 10, 0)), messages: 500, arrival: 10, rated: true, withLag: 2, partitions: 2, note: "*"},
			tick{after: 30 * s, offsets: list(at(0, 0, 40, 520), at(1, 0, 10, 0)), messages: 10, arrival: 10, rated: true, withLag: 1, partitions: 2, note: "*"},
			tick{after: s, offsets: list(at(0, 0, 50, 520), at(1, 0, 10, 0)), messages: 20, arrival: 10, rated: true, withLag: 2, partitions: 2, note: "arrived since"},
			tick{after: s, offsets: list(at(0, 45, 50, 520), at(1, 0, 10, 0)), messages: 15, rated: true, withLag: 2, partitions: 2, note: "arrived since"},
			tick{after: s, offsets: list(at(0, 45, 53, -1), at(1, 0, 10, 0)), messages: 13, arrival: 3, rated: true, withLag: 2, partitions: 2, note: "*"},
		)},
		"every commit beyond, earliest": {earliest, []tick{
			{offsets: list(at(0, 0, 100, 60), at(1, 0, 10, -1)), messages: 50, withLag: 2, partitions: 2, note: "*"},
			{after: s, offsets: list(at(0, 0, 100, 120), at(1, 0, 10, -1)), condition: signal.Invalid, reason: "lie beyond the log end (t/0 (120 > 100))"},
			{after: s, offsets: list(at(0, 0, 100, 120), at(1, 0, 10, -1)), messages: 110, rated: true, withLag: 2, partitions: 2, note: "*"},
		}},
		"every commit beyond, latest": {latest, []tick{
			{offsets: list(at(0, 0, 100, 60)), messages: 40, withLag: 1, partitions: 1},
			{after: s, offsets: list(at(0, 0, 100, 120)), condition: signal.Invalid, reason: "t/0 (120 > 100)"},
			{after: time.Hour, offsets: list(at(0, 0, 100, 120)), condition: signal.Invalid, reason: "reset the group's offsets"},
		}},
		"beyond from the first answer": {earliest, []tick{
			{offsets: list(at(0, 0, 100, 120), at(1, 0, 10, 0)), condition: signal.Invalid, reason: "t/0 (120 > 100)"},
			{after: s, offsets: list(at(0, 0, 100, 120), at(1, 0, 10, 0)), messages: 110, rated: true, withLag: 2, partitions: 2, note: "earliest"},
		}},
		"beyond from the first answer, latest": {latest, []tick{
			{offsets: list(at(0, 0, 100, 120), at(1, 0, 10, 0)), condition: signal.Invalid},
			{after: s, offsets: list(at(0, 0, 104, 120), at(1, 0, 10, 0)), messages: 14, arrival: 4, rated: true, withLag: 2, partitions: 2, note: "latest"},
		}},
	} {
		t.Run(name, func(t *testing.T) { follow(t, c.query, c.ticks) })
	}
}

// TestARecreatedTopicDoesNotShrinkTheReading has nine of ten partitions made
// anew with fewer messages than were committed before.
func TestARecreatedTopicDoesNotShrinkTheReading(t *testing.T) {
	for reset, want := range map[signal.OffsetReset]float64{
		signal.Earliest: 9*50_000 + 10,          // the whole of the new logs
		signal.Latest:   9*(95_500-90_500) + 10, // the lag before, for 30 s
	} {
		tracker := signal.NewBacklogTracker(signal.ConsumerGroup{Group: "g", Topics: "t", OffsetReset: reset})
		var r signal.Reading
		for i, end := range []int64{95_000, 95_500, 50_000} {
			ps := list(at(9, 0, 1000, 990))
			for n := range int32(9) {
				ps = append(ps, at(n, 0, end, 90_500))
			}
			r = tracker.Observe(signal.GroupOffsets{At: noon.Add(time.Duration(i) * 5 * time.Second), Partitions: ps, Members: 3})
		}
		if !r.OK() || r.Value != want || !r.Group.Rated || r.Group.Arrival != 9*100 {
			t.Fatalf("%s: %v %s %+v, want %v and 900/s held", reset, r.Value, r.Reason, r.Group, want)
		}
	}
}

// broken is a group to which anything happens that breaks a count. It keeps
// every partition's whole past, from which the dumb tracker tells the rates.
type broken struct {
	past [][]signal.PartitionOffsets
}

func (b *broken) step(t *rapid.T) {
	for i := range b.past {
		p := b.past[i][len(b.past[i])-1]
		p.End += rapid.Int64Range(0, 100).Draw(t, "arrives")
		switch rapid.IntRange(0, 9).Draw(t, "fate") {
		case 0: // made anew
			p.End, p.Committed = p.End/4, -1
		case 1: // committed anywhere, forward, back, for the first time
			p.Committed = rapid.Int64Range(0, p.End).Draw(t, "committed")
		case 2: // expired
			p.Committed = -1
		case 3: // stands still
		default:
			if p.Committed >= 0 {
				p.Committed = rapid.Int64Range(p.Committed, max(p.Committed, p.End)).Draw(t, "consumed")
			}
		}
		p.Committed = min(p.Committed, p.End)
		b.past[i] = append(b.past[i], p)
	}
	if len(b.past) < 2 || rapid.IntRange(0, 9).Draw(t, "added") == 0 {
		b.past = append(b.past, list(at(int32(len(b.past)), 0, 5, -1)))
	}
}

// rates sums each partition's last interval that told a rate.
func (b *broken) rates(seconds float64) (arrival, consumption float64) {
	for _, past := range b.past {
		arrival += last(past, func(before, after signal.PartitionOffsets) (int64, bool) {
			return after.End - before.End, after.End >= before.End
		}) / seconds
		consumption += last(past, func(before, after signal.PartitionOffsets) (int64, bool) {
			never := before.Committed < 0 && after.Committed < 0
			return after.Committed - before.Committed, never || before.Committed >= 0 && after.Committed >= before.Committed
		}) / seconds
	}
	return arrival, consumption
}

// last is what moved between the newest two neighbours that tell.
func last(past []signal.PartitionOffsets, moved func(before, after signal.PartitionOffsets) (int64, bool)) float64 {
	for i := len(past) - 1; i > 0; i-- {
		if n, told := moved(past[i-1], past[i]); told {
			return float64(n)
		}
	}
	return 0
}

// TestRatesAgreeWithTheDumbOnesAcrossBreaks holds rates against the whole past
// and has Rated stay once it was true.
func TestRatesAgreeWithTheDumbOnesAcrossBreaks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tracker := signal.NewBacklogTracker(signal.ConsumerGroup{Group: "g", Topics: "t", OffsetReset: signal.Earliest})
		b, rated := &broken{}, false
		for i := range rapid.IntRange(2, 12).Draw(t, "answers") {
			b.step(t)
			o := signal.GroupOffsets{At: noon.Add(time.Duration(i) * 5 * time.Second), Members: 1}
			for _, past := range b.past {
				o.Partitions = append(o.Partitions, past[len(past)-1])
			}
			r := tracker.Observe(o)
			arrival, consumption := b.rates(5)
			if !r.OK() || differ(r.Group.Arrival, arrival) || differ(r.Group.Consumption, consumption) {
				t.Fatalf("answer %d: %s %+v, want %v and %v", i, r.Reason, r.Group, arrival, consumption)
			}
			if rated && !r.Group.Rated {
				t.Fatalf("answer %d: no longer rated: %+v", i, r.Group)
			}
			rated = r.Group.Rated
		}
	})
}

// TestAStuckGroupKeepsItsBacklog lets a group commit as it likes for less than
// a minute and then hang: none of what waits may leave the reading.
func TestAStuckGroupKeepsItsBacklog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tracker := signal.NewBacklogTracker(signal.ConsumerGroup{Group: "g", Topics: "t", ExcludePersistentLag: true})
		h, now := newHealthy(t), noon
		observe := func() {
			r := tracker.Observe(signal.GroupOffsets{At: now, Partitions: h.partitions, Members: 2})
			if r.Group.Messages != h.lag() || r.Group.Waiting != h.lag() {
				t.Fatalf("%s in: %+v, want %d messages", now.Sub(noon), r.Group, h.lag())
			}
			now = now.Add(5 * time.Second)
		}
		for range rapid.IntRange(1, 12).Draw(t, "moving") {
			observe()
			h.step(t)
		}
		for range 30 {
			observe()
		}
	})
}
