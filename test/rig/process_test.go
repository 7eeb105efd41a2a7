package rig

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestKillEndsAProcessThatIsStopped(t *testing.T) {
	p := Beside(t, Command{Name: "sleep", Path: "/bin/sleep", Args: []string{"60"}})
	p.Signal(syscall.SIGSTOP)
	pid := p.PID()
	p.Kill()
	if alive(pid) {
		t.Errorf("process %d is still there after Kill", pid)
	}
	if p.ExitCode() != -1 {
		t.Errorf("exit code %d of a killed process, want -1", p.ExitCode())
	}
}

func TestTerminateGivesTimeAndThenKills(t *testing.T) {
	polite := Beside(t, Command{Name: "sleep", Path: "/bin/sleep", Args: []string{"60"}})
	if took, err := polite.Terminate(10 * time.Second); err != nil || took > 5*time.Second {
		t.Errorf("a process that listens ended after %s, %v", took, err)
	}
	deaf := Beside(t, Command{Name: "deaf", Path: "/bin/sh", Args: []string{"-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"}})
	Eventually(t, 10*time.Second, func() error {
		if !strings.Contains(string(deaf.Log()), "ready") {
			return fmt.Errorf("its log is %q", deaf.Log())
		}
		return nil
	})
	if _, err := deaf.Terminate(100 * time.Millisecond); err == nil {
		t.Error("a process that ignores SIGTERM is said to have ended by it")
	}
	if alive(deaf.PID()) {
		t.Error("it is still there")
	}
}

// A test binary that panics or is killed runs no clean-up, and leaves no
// process behind all the same. It plays itself: the child starts a process,
// tells its id, and is ended in both ways.
func TestAProcessEndsWithWhoeverStartedIt(t *testing.T) {
	if how := os.Getenv("RIG_TEST_END"); how != "" {
		p, err := Start(Command{Name: "sleep", Path: "/bin/sleep", Args: []string{"60"}})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("child %d\n", p.PID())
		if how == "panic" {
			panic("as a test may")
		}
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	for _, how := range []string{"panic", "kill"} {
		self := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
		self.Env = append(os.Environ(), "RIG_TEST_END="+how)
		out, _ := self.Output() // it fails, as it is meant to
		_, after, found := strings.Cut(string(out), "child ")
		number, _, _ := strings.Cut(after, "\n")
		pid, err := strconv.Atoi(number)
		if !found || err != nil {
			t.Fatalf("%s: no process id in %q", how, out)
		}
		Eventually(t, 10*time.Second, func() error {
			if alive(pid) {
				return fmt.Errorf("%s: process %d is still there", how, pid)
			}
			return nil
		})
	}
}

// alive reports whether a process runs; one that only waits to be reaped does
// not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}
