package rig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// Command is a program to start.
type Command struct {
	Name string // what messages call it
	Path string
	Args []string
	Env  []string // added to the environment
	Dir  string
	// Log is the file for its standard output and error, which is appended to;
	// empty means a new temporary file.
	Log string
}

// Process is a running program. It has a process group of its own and dies
// with the program that started it, even when that is killed.
type Process struct {
	name string
	cmd  *exec.Cmd
	log  string // file with its standard output and error
	done chan struct{}
	err  error // of Wait, once done is closed
}

// Start starts a program. Somebody has to Kill it; Beside does that by itself.
func Start(c Command) (*Process, error) {
	file, err := openLog(c)
	if err != nil {
		return nil, fmt.Errorf("create the log of %s: %w", c.Name, err)
	}
	defer func() { _ = file.Close() }() // the child has its own descriptor
	// Not CommandContext: its end is a plain kill of one process, ours is
	// below, and a test's context ends before the clean-up functions run.
	cmd := exec.Command(c.Path, c.Args...) //nolint:noctx // see above
	cmd.Env = append(os.Environ(), c.Env...)
	cmd.Dir = c.Dir
	cmd.Stdout, cmd.Stderr = file, file
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p := &Process{name: c.Name, cmd: cmd, log: file.Name(), done: make(chan struct{})}

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
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	return p, nil
}

func openLog(c Command) (*os.File, error) {
	if c.Log != "" {
		return os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	}
	return os.CreateTemp("", "headstart-"+c.Name+"-*.log")
}

// Beside starts a program that ends with the test. Its log is removed when the
// test passes, and its end is told when the test fails.
func Beside(t testing.TB, c Command) *Process {
	t.Helper()
	// A temporary log is not in the test's folder: a failed test's log is
	// there to be read.
	p, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Kill()
		if !t.Failed() {
			_ = os.Remove(p.log)
			return
		}
		t.Logf("log of %s (%s), its end:\n%s", p.name, p.log, p.Tail(60))
	})
	return p
}

// PID is the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// LogFile is where the process writes.
func (p *Process) LogFile() string { return p.log }

// Signal sends a signal to the process; one that has ended does not get it.
func (p *Process) Signal(sig syscall.Signal) { send(p.PID(), sig) }

// Kill ends the process and its group at once, and returns when it is gone.
func (p *Process) Kill() {
	select {
	case <-p.done:
		return
	default:
	}
	send(-p.PID(), syscall.SIGKILL) // a stopped process takes it too
	<-p.done
}

// send panics when a process of our own cannot be signalled, which only a
// process id that is not ours can bring about.
func send(pid int, sig syscall.Signal) {
	if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		panic(fmt.Sprintf("send %s to process %d: %v", sig, pid, err))
	}
}

// Terminate asks the process to end by SIGTERM and returns how long it took.
// It is killed, and that is an error, when it takes longer than the limit.
func (p *Process) Terminate(limit time.Duration) (time.Duration, error) {
	begin := time.Now()
	p.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		return time.Since(begin), nil
	case <-time.After(limit):
		p.Kill()
		return limit, fmt.Errorf("%s still ran %s after SIGTERM", p.name, limit)
	}
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
		return fmt.Appendf(nil, "read the log of %s: %v", p.name, err)
	}
	return text
}

// Tail returns the last lines of the log.
func (p *Process) Tail(lines int) string {
	all := bytes.Split(bytes.TrimSpace(p.Log()), []byte("\n"))
	return string(bytes.Join(all[max(0, len(all)-lines):], []byte("\n")))
}

// AwaitReady polls until check returns nil. It is an error when the process
// ends before, or when it takes longer than the limit.
func (p *Process) AwaitReady(ctx context.Context, limit time.Duration, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		last := check(ctx)
		if last == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended before it was ready: %w; last: %w", p.name, p.err, last)
		case <-ctx.Done():
			return fmt.Errorf("%s was not ready within %s: %w", p.name, limit, last)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
