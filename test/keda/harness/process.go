package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Process is a program that runs beside a test. It has a process group of its
// own and dies with the test binary, even when that is killed.
type Process struct {
	t    testing.TB
	name string
	cmd  *exec.Cmd
	log  string // file with its standard output and error
	done chan struct{}
	err  error // of Wait, once done is closed
}

// command is a program to start.
type command struct {
	name string // what messages call it
	path string
	args []string
	env  []string // added to the environment
	dir  string
}

// start starts a program. Its output is kept in a file that is removed when
// the test passes and told of when it fails.
func start(t testing.TB, c command) *Process {
	t.Helper()
	// Not in the test's folder: a failed test's log is there to be read.
	file, err := os.CreateTemp("", "headstart-"+c.name+"-*.log") //nolint:usetesting // see above
	if err != nil {
		t.Fatalf("create the log of %s: %v", c.name, err)
	}
	defer func() { _ = file.Close() }() // the child has its own descriptor
	// Not CommandContext: its end is a plain kill of one process, ours is
	// below, and a test's context ends before the clean-up functions run.
	cmd := exec.Command(c.path, c.args...) //nolint:noctx // see above
	cmd.Env = append(os.Environ(), c.env...)
	cmd.Dir = c.dir
	cmd.Stdout, cmd.Stderr = file, file
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p := &Process{t: t, name: c.name, cmd: cmd, log: file.Name(), done: make(chan struct{})}

	started := make(chan error)
	go func() {
		// The kernel sends Pdeathsig when the thread that started the child
		// ends, so that thread has to live as long as the child does.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("start %s: %v", c.name, err)
	}
	t.Cleanup(p.cleanUp)
	return p
}

func (p *Process) cleanUp() {
	p.Kill()
	if !p.t.Failed() {
		_ = os.Remove(p.log)
		return
	}
	p.t.Logf("log of %s (%s), its end:\n%s", p.name, p.log, p.tail(60))
}

// PID is the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends a signal to the process.
func (p *Process) Signal(sig syscall.Signal) {
	p.t.Helper()
	if err := syscall.Kill(p.PID(), sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		p.t.Errorf("send %s to %s: %v", sig, p.name, err)
	}
}

// Kill ends the process and its group at once, and returns when it is gone.
func (p *Process) Kill() {
	select {
	case <-p.done:
		return
	default:
	}
	// A stopped process takes a SIGKILL too.
	if err := syscall.Kill(-p.PID(), syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		p.t.Errorf("kill %s: %v", p.name, err)
	}
	<-p.done
}

// Exited is closed when the process has ended.
func (p *Process) Exited() <-chan struct{} { return p.done }

// ExitCode is the code of an ended process, and -1 while it runs or when a
// signal ended it.
func (p *Process) ExitCode() int {
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	default:
		return -1
	}
}

// Log returns what the process has printed so far.
func (p *Process) Log() []byte {
	text, err := os.ReadFile(p.log)
	if err != nil {
		p.t.Errorf("read the log of %s: %v", p.name, err)
	}
	return text
}

func (p *Process) tail(lines int) string {
	all := bytes.Split(bytes.TrimSpace(p.Log()), []byte("\n"))
	return string(bytes.Join(all[max(0, len(all)-lines):], []byte("\n")))
}

// ready polls until check returns nil. It fails the test when the process
// ends before, or when it takes longer than limit.
func (p *Process) ready(limit time.Duration, check func(context.Context) error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), limit)
	defer cancel()
	var last error
	for {
		if last = check(ctx); last == nil {
			return
		}
		select {
		case <-p.done:
			p.t.Fatalf("%s ended before it was ready: %v; last: %v", p.name, p.err, last)
		case <-ctx.Done():
			p.t.Fatalf("%s was not ready within %s: %v", p.name, limit, last)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Eventually polls until check returns nil, and fails the test with its last
// error when that takes longer than limit.
func Eventually(t testing.TB, limit time.Duration, check func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %v", limit, err)
		}
		pause(t)
	}
}

// Always polls for the whole duration, and fails the test at the first error.
func Always(t testing.TB, duration time.Duration, check func() error) {
	t.Helper()
	for deadline := time.Now().Add(duration); time.Now().Before(deadline); pause(t) {
		if err := check(); err != nil {
			t.Fatalf("%s before %s were over: %v", time.Until(deadline).Round(time.Millisecond), duration, err)
		}
	}
}

// pause is the time between two polls.
func pause(t testing.TB) {
	t.Helper()
	select {
	case <-time.After(100 * time.Millisecond):
	case <-t.Context().Done():
		t.Fatal("the test is over")
	}
}

// freeAddress returns a loopback address nobody listens on. Programs that
// cannot be told port 0 need one; another program may take it meanwhile, which
// then shows as a failed start.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a loopback port is there at once
	if err != nil {
		t.Fatalf("find a free port: %v", err)
	}
	defer func() { _ = l.Close() }() // nothing was accepted
	return l.Addr().String()
}

// program finds a program on the PATH.
func program(t testing.TB, name, install string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing: %s", name, install)
	}
	return path
}

// root is the folder of the main module.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.Contains(string(text), "module github.com/headstart-scaler/headstart\n") {
			return dir
		}
	}
	t.Fatal("the main module is not above the working directory")
	return ""
}

// run runs a program to its end and returns what it printed.
func run(ctx context.Context, dir, path string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("run %s: %w: %s", filepath.Base(path), err, bytes.TrimSpace(complaints.Bytes()))
	}
	return out, nil
}
