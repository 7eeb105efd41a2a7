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
	if survivors.Acknowledged < 10*rounds {
		t.Errorf("only %d changes were acknowledged: the writer is killed too early to show anything", survivors.Acknowledged)
	}
}

// writeAndKill runs a writer and kills it. Eight times in ten it has
// acknowledged something before.
func writeAndKill(t *testing.T, path string, random *rand.Rand) []byte {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(program)
	child.Env = append(os.Environ(), childFile+"="+path, childSeed+"="+strconv.FormatUint(random.Uint64(), 10))
	var complaint bytes.Buffer
	child.Stderr = &complaint
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	first, all := make(chan struct{}), make(chan []byte)
	go func() {
		line := make([]byte, 1)
		io.ReadFull(out, line) //nolint:errcheck // none when it was killed before
		close(first)
		rest, _ := io.ReadAll(out)
		all <- append(line, rest...)
	}()
	if random.IntN(10) < 8 {
		<-first
	}
	time.Sleep(time.Duration(random.IntN(40_000)) * time.Microsecond)
	child.Process.Kill() //nolint:errcheck // it may have ended by itself, which the complaint says
	acknowledged := <-all
	child.Wait() //nolint:errcheck // killed
	if complaint.Len() > 0 {
		t.Fatalf("the writer failed: %s", complaint.String())
	}
	// What stands after the last line's end was not said to the end.
	return acknowledged[:bytes.LastIndexByte(acknowledged, '\n')+1]
}
