package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a pseudo-terminal of so many columns: what a command writes to,
// and what a person sees of it.
func terminal(t *testing.T, width uint16) (out *os.File, seen *bufio.Reader) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("THERE IS NO PSEUDO-TERMINAL: %v", err)
	}
	t.Cleanup(func() { person.Close() })
	fd := int(person.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: width}); err != nil {
		t.Fatal(err)
	}
	out, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	return out, bufio.NewReader(person)
}

// line is the next one that a person sees.
func seenLine(t *testing.T, seen *bufio.Reader) string {
	t.Helper()
	text, err := seen.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimRight(text, "\r\n")
}

func TestAListFitsItsTerminal(t *testing.T) {
	all := []occurrence{{
		EventID: "sat", Title: "Saturday tournament", Impact: "×3", Status: "confirmed", Timezone: "Europe/Malta",
		Start: time.Date(2026, 11, 28, 19, 0, 0, 0, time.UTC), End: time.Date(2026, 11, 28, 22, 0, 0, 0, time.UTC),
		LocalStart: "2026-11-28T20:00", LocalEnd: "2026-11-28T23:00",
	}}
	for width, first := range map[uint16]string{
		200: "LOCAL                       ZONE          UTC          EVENT                IMPACT  STATUS     OWNER  ID",
		60:  "Sat 2026-11-28 20:00–23:00",
	} {
		out, seen := terminal(t, width)
		if err := writeOccurrences(out, all, ""); err != nil {
			t.Fatal(err)
		}
		if got := seenLine(t, seen); got != first {
			t.Errorf("at %d columns: got %q, want %q", width, got, first)
		}
	}
}

// A terminal is shown text, and no workbook.
func TestAnExportIsShownAsText(t *testing.T) {
	out, seen := terminal(t, 80)
	d := download{format: "xlsx"}
	var exit exitError
	if err := d.settle(out, true, "csv", "xlsx"); !errors.As(err, &exit) || exit.code != 2 {
		t.Errorf("a workbook on a terminal: %v, want a refusal", err)
	}
	d.format = "csv"
	if err := d.settle(out, true, "csv", "xlsx"); err != nil {
		t.Error(err)
	}
	if err := d.write(out, []byte("\ufeffid,title\r\na,\x1b[31mred\r\n")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`\ufeffid,title`, `a,\x1b[31mred`} {
		if got := seenLine(t, seen); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Who interrupts a question has not agreed.
func TestAnInterruptEndsTheQuestion(t *testing.T) {
	in, _ := terminal(t, 80)
	ctx, cancel := context.WithCancel(t.Context())
	a := asking{in: in, out: io.Discard}
	time.AfterFunc(10*time.Millisecond, cancel)
	if err := a.agree(ctx, "Apply this?"); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("got %v", err)
	}
}
