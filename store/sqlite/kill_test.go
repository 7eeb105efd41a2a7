package sqlite_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/store/sqlite"
	"github.com/headstart-scaler/headstart/store/storetest"
)

// The test's own program is the writer that is killed.
const (
	childFile = "HEADSTART_TEST_WRITES_TO"
	childSeed = "HEADSTART_TEST_SEED"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childFile); path != "" {
		seed, _ := strconv.ParseUint(os.Getenv(childSeed), 10, 64)
		s, err := sqlite.Open(context.Background(), path, sqlite.Options{})
		if err == nil {
			err = storetest.Write(context.Background(), s, os.Stdout, seed)
		}
		io.WriteString(os.Stderr, err.Error()) //nolint:errcheck // it ends
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// A writer is killed hundreds of times, at any moment: while it opens the
// file, while it recovers from the time before, while it writes.
func TestKilledWriterLosesNothing(t *testing.T) {
	rounds := 320
	if testing.Short() {
		rounds = 25
	}
	path := filepath.Join(t.TempDir(), "headstart.db")
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	var survivors storetest.Survivors
	for round := range rounds {
		acknowledged := writeAndKill(t, path, random)
		s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		survivors.Check(t, s, acknowledged)
		if round == rounds-1 {
			storetest.VerifyAll(t, s)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
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
		t.Errorf("only %d changes were acknowledged: the writer is killed too early to show anything", survivors.Acknowledged)
	}
}

// writeAndKill runs a writer and kills it. Eight times in ten it has
// acknowledged something before.
func writeAndKill(t *testing.T, path string, random *rand.Rand) []byte {
	t.Helper()
	w := startWriter(t, path, random.Uint64())
	if random.IntN(10) < 8 {
		<-w.first
	}
	time.Sleep(time.Duration(random.IntN(40_000)) * time.Microsecond)
	return w.kill(t)
}

// writer is a process that writes until it is killed.
type writer struct {
	process   *exec.Cmd
	first     chan struct{} // closed when it has acknowledged something
	all       chan []byte
	complaint bytes.Buffer
}

func startWriter(t *testing.T, path string, seed uint64) *writer {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := &writer{process: exec.Command(program), first: make(chan struct{}), all: make(chan []byte, 1)}
	w.process.Env = append(os.Environ(), childFile+"="+path, childSeed+"="+strconv.FormatUint(seed, 10))
	w.process.Stderr = &w.complaint
	out, err := w.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		line := make([]byte, 1)
		io.ReadFull(out, line) //nolint:errcheck // none when it was killed before
		close(w.first)
		rest, _ := io.ReadAll(out)
		w.all <- append(line, rest...)
	}()
	return w
}

// kill ends the writer and returns what it has acknowledged.
func (w *writer) kill(t *testing.T) []byte {
	t.Helper()
	w.process.Process.Kill() //nolint:errcheck // it may have ended by itself, which the complaint says
	acknowledged := <-w.all
	w.process.Wait() //nolint:errcheck // killed
	if w.complaint.Len() > 0 {
		t.Fatalf("the writer failed: %s", w.complaint.String())
	}
	// What stands after the last line's end was not said to the end.
	return acknowledged[:bytes.LastIndexByte(acknowledged, '\n')+1]
}
