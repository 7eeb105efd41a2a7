package store_test

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/store"
)

// chain is a log of n records.
func chain(n int) []store.Record {
	var log []store.Record
	at := time.Date(2027, time.March, 4, 5, 6, 7, 8, time.UTC)
	for i := range n {
		e := store.Entry{Actor: "mia", Verb: store.VerbApply, Object: fmt.Sprintf("schedule/%d", i+1), After: store.Sum([]byte{byte(i)})}
		log = append(log, follow(log, e, at.Add(time.Duration(i)*time.Minute)))
	}
	return log
}

func follow(log []store.Record, e store.Entry, at time.Time) store.Record {
	if len(log) == 0 {
		return store.Checkpoint{}.Append(e, at)
	}
	return log[len(log)-1].Checkpoint().Append(e, at)
}

// forged is a record that says something else, with a hash that fits it.
func forged(r store.Record) store.Record {
	e := r.Entry
	e.Actor = "nobody"
	return store.Checkpoint{Seq: r.Seq - 1, Hash: r.Prev}.Append(e, r.At)
}

func yield(log []store.Record) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		for _, r := range log {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// at is a log with the record of a number replaced by others.
func at(log []store.Record, seq int, by ...store.Record) []store.Record {
	return slices.Replace(slices.Clone(log), seq-1, seq, by...)
}

func TestVerifyNamesTheFirstFault(t *testing.T) {
	log := chain(6)
	r := func(seq int) store.Record { return log[seq-1] }
	touched := r(3)
	touched.Reason = "none"
	for _, c := range []struct {
		name  string
		log   []store.Record
		keep  []int // records that checkpoints name
		seq   int64 // 0: nothing is wrong
		fault store.Fault
	}{
		{"whole", log, nil, 0, ""},
		{"whole, with checkpoints", log, []int{1, 4, 6}, 0, ""},
		{"grown since the checkpoint", log, []int{3}, 0, ""},
		{"empty", nil, nil, 0, ""},
		{"part, with the checkpoint before it", log[2:], []int{2}, 0, ""},
		{"part, without one", log[2:], nil, 1, store.Removed},
		{"part, with a later one only", log[2:], []int{3}, 1, store.Removed},

		{"content changed", at(log, 3, touched), nil, 3, store.Changed},
		{"content changed, first", at(log, 1, func() store.Record { x := r(1); x.At = x.At.Add(1); return x }()), nil, 1, store.Changed},
		{"content and hash changed", at(log, 3, forged(r(3))), nil, 3, store.Changed},
		{"content and hash changed, first", at(log, 1, forged(r(1))), nil, 1, store.Changed},
		{"content and hash changed, last, with a checkpoint", at(log, 6, forged(r(6))), []int{6}, 6, store.Changed},
		{"hanging on another one, where the next tells", at(log, 4, store.Checkpoint{Seq: 3}.Append(r(4).Entry, r(4).At)), nil, 4, store.Changed},
		{"hanging on another one, where a checkpoint tells", at(log, 6, store.Checkpoint{Seq: 5}.Append(r(6).Entry, r(6).At)), []int{5}, 6, store.Changed},

		{"removed", at(log, 3), nil, 3, store.Removed},
		{"removed, first", log[1:], nil, 1, store.Removed},
		{"removed, two", slices.Delete(slices.Clone(log), 1, 3), nil, 2, store.Removed},
		{"truncated, seen", log[:4], []int{6}, 5, store.Truncated},
		{"truncated to nothing", nil, []int{1}, 1, store.Truncated},
		{"truncated, not to be seen without a checkpoint", log[:4], nil, 0, ""},

		{"inserted twice", at(log, 3, r(3), r(3)), nil, 3, store.Inserted},
		{"inserted before the true one", at(log, 3, store.Checkpoint{Seq: 2}.Append(r(3).Entry, r(3).At), r(3)), nil, 3, store.Inserted},
		{"inserted after the true one", at(log, 3, r(3), forged(r(3))), nil, 3, store.Inserted},
		{"inserted at the end", append(slices.Clone(log), r(2)), nil, 2, store.Inserted},
		{"reordered", at(at(log, 3, r(4)), 4, r(3)), nil, 3, store.Reordered},
		{"reordered, far", append(at(log, 2), r(2)), nil, 2, store.Reordered},
	} {
		t.Run(c.name, func(t *testing.T) {
			var kept []store.Checkpoint
			for _, seq := range c.keep {
				kept = append(kept, r(seq).Checkpoint())
			}
			err := store.Verify(yield(c.log), kept)
			var fault *store.ChainError
			switch {
			case c.seq == 0 && err != nil:
				t.Error(err)
			case c.seq == 0:
			case !errors.As(err, &fault) || !errors.Is(err, store.ErrCorrupt):
				t.Errorf("got %v, want record %d %s", err, c.seq, c.fault)
			case fault.Seq != c.seq || fault.Fault != c.fault:
				t.Errorf("got %v, want record %d %s", err, c.seq, c.fault)
			}
		})
	}
}

// Who holds the log can write all of it anew: only a checkpoint shows it.
func TestOnlyACheckpointShowsALogWrittenAnew(t *testing.T) {
	log := chain(5)
	anew := log[:2:2]
	for _, r := range log[2:] {
		r.Actor = "nobody"
		anew = append(anew, follow(anew, r.Entry, r.At))
	}
	if err := store.Verify(yield(anew), nil); err != nil {
		t.Errorf("without a checkpoint: %v", err)
	}
	err := store.Verify(yield(anew), []store.Checkpoint{log[1].Checkpoint(), log[4].Checkpoint()})
	if err == nil || !strings.Contains(err.Error(), "since record 3") {
		t.Errorf("got %v, want what was written anew since record 3", err)
	}
	if err := store.Verify(yield(log), []store.Checkpoint{log[4].Checkpoint(), anew[4].Checkpoint()}); err == nil {
		t.Error("checkpoints that disagree were taken")
	}
}

func TestVerifyGivesBackWhatReadingSays(t *testing.T) {
	broken := errors.New("disk on fire")
	err := store.Verify(func(yield func(store.Record, error) bool) {
		_ = yield(chain(1)[0], nil) && yield(store.Record{}, broken)
	}, nil)
	if !errors.Is(err, broken) || errors.Is(err, store.ErrCorrupt) {
		t.Errorf("got %v", err)
	}
}

// Whatever one does to a log short of writing its end anew is noticed, and
// nothing before the fault is blamed.
func TestVerifyNoticesAnything(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	log := chain(12)
	keep := []store.Checkpoint{log[11].Checkpoint()}
	for range 5000 {
		bad, first := slices.Clone(log), int64(0)
		i, j := random.IntN(12), random.IntN(12)
		switch random.IntN(6) {
		case 0:
			bad[i].At = bad[i].At.Add(time.Second)
			first = int64(i + 1)
		case 1:
			bad[i].Hash[random.IntN(32)]++
			first = int64(i + 1)
		case 2:
			bad[i].Prev[random.IntN(32)]++
			first = int64(i + 1)
		case 3:
			bad = slices.Delete(bad, i, i+1)
			first = int64(i + 1)
		case 4:
			bad = slices.Insert(bad, i, bad[j])
			first = int64(min(i, j) + 1)
		case 5:
			if i == j {
				continue
			}
			bad[i], bad[j] = bad[j], bad[i]
			first = int64(min(i, j) + 1)
		}
		var fault *store.ChainError
		if err := store.Verify(yield(bad), keep); !errors.As(err, &fault) {
			t.Fatalf("got %v", err)
		}
		if fault.Seq < first {
			t.Fatalf("record %d is blamed (%v), and the first fault is at %d", fault.Seq, fault, first)
		}
	}
}

func TestALineSaysOnlyWhatItsHashCovers(t *testing.T) {
	r := chain(1)[0]
	r.Reason = `5 < 6 & "quoted"`
	text, err := r.AppendLine(nil)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.TrimSuffix(string(text), "\n")
	if got, err := store.ParseRecord([]byte(line)); err != nil || got != r {
		t.Errorf("got %+v, %v", got, err)
	}
	for name, bad := range map[string]string{
		"unknown field":   strings.Replace(line, `{`, `{"note":"approved by the board",`, 1),
		"field twice":     strings.Replace(line, `"actor":"mia"`, `"actor":"eve","actor":"mia"`, 1),
		"other letters":   strings.Replace(line, `"actor"`, `"Actor"`, 1),
		"big hexadecimal": strings.Replace(line, r.Hash.String(), strings.ToUpper(r.Hash.String()), 1),
		"zeros for none":  strings.Replace(line, `"hash"`, `"prev":"`+strings.Repeat("0", 64)+`","hash"`, 1),
		"another zone":    strings.Replace(line, "2027-03-04T05:06:07.000000008Z", "2027-03-04T06:06:07.000000008+01:00", 1),
		"two values":      line + line,
		"short hash":      strings.Replace(line, r.Hash.String(), r.Hash.String()[2:], 1),
		"nothing":         "",
	} {
		if bad == line {
			t.Fatalf("%s: nothing was spoilt", name)
		}
		if got, err := store.ParseRecord([]byte(bad)); err == nil {
			t.Errorf("%s: taken as %+v", name, got)
		}
	}
}

// The encoding is a promise: these hashes are in logs that exist. They were
// worked out by another program from what the comments say.
func TestHashesStay(t *testing.T) {
	r := chain(2)[1]
	v := store.Version{Number: 7, At: r.At, Author: "mia", Hash: store.Sum([]byte("x")), Events: 3, RolledBackTo: 2}
	o := store.Override{ID: 7, Workload: "a/b", Kind: store.Floor, Replicas: 2, Start: r.At, End: r.At.Add(1), Author: "m", Reason: "r"}
	for _, c := range []struct{ name, got, want string }{
		{"record", r.Hash.String(), "bfae3678428e248a446b75b0b814c09477ccd9a88e56b4ca464a34a09c0f6540"},
		{"version", v.Digest().String(), "e9a14171880798cd64d9594d65313bd8fd7f9776485e359075c528bbc9986031"},
		{"override", o.Digest().String(), "948debb26f3300703e0118357f686472fbc224aac18d1dd2bb76408f9f9050ce"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, c.got, c.want)
		}
	}
}

func FuzzParseRecord(f *testing.F) {
	for _, r := range chain(3) {
		line, err := r.AppendLine(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
	}
	f.Add([]byte(`{"seq":1}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := store.ParseRecord(line)
		if err != nil {
			return
		}
		again, err := r.AppendLine(nil)
		if err != nil {
			t.Fatal(err)
		}
		if strings.TrimSpace(string(again)) != strings.TrimSpace(string(line)) {
			t.Errorf("%q was read as %q", line, again)
		}
	})
}
