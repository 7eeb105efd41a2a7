package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// asking is how a command makes sure that a change is meant.
type asking struct {
	yes        bool
	removeMany bool // a large part of the schedule may be removed
	in         io.Reader
	out        io.Writer // standard error: answers for programs stay clean
	// lines are read by one goroutine, so that an interrupt ends the waiting.
	lines chan string
}

func (a *asking) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.yes, "yes", false, "do not ask before it is applied: for CI")
	cmd.Flags().BoolVar(&a.removeMany, "remove-many", false, "allow the removal of a large part of the schedule")
}

func (a *asking) at(cmd *cobra.Command) { a.in, a.out = cmd.InOrStdin(), cmd.ErrOrStderr() }

// terminal reports whether there is a person to ask.
func (a *asking) terminal() bool {
	file, ok := a.in.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// agree asks whether to go on; --yes has answered already. Without a terminal
// nobody can be asked, and nothing is changed.
func (a *asking) agree(ctx context.Context, question string) error {
	if a.yes {
		return nil
	}
	if !a.terminal() {
		return exitError{2, errors.New("nothing was changed: there is no terminal to ask at. Look at what would change, and say --yes, or --dry-run to look only")}
	}
	answer, err := a.line(ctx, question+" [y/N] ")
	if err != nil {
		return err
	}
	if answer = strings.ToLower(answer); answer != "y" && answer != "yes" {
		return errNothingChanged()
	}
	return nil
}

// agreeByNumber asks for the number of what is removed: who types it has read
// it.
func (a *asking) agreeByNumber(ctx context.Context, n int) error {
	answer, err := a.line(ctx, fmt.Sprintf("This removes %s. Type the number of events that are removed to go on: ", plural(n, "event", "events")))
	if err != nil {
		return err
	}
	if answer != strconv.Itoa(n) {
		return errNothingChanged()
	}
	return nil
}

// insisted applies what was shown. Where the server refuses it because it
// removes much, a person is asked for the number, and it is sent once more.
func insisted[T any](ctx context.Context, a *asking, removed int, apply func() (T, error)) (T, error) {
	done, err := apply()
	p, refused := errors.AsType[apiError](err)
	if !refused || !p.is("removes-many") || a.yes || !a.terminal() {
		return done, err
	}
	if err := a.agreeByNumber(ctx, removed); err != nil {
		return done, err
	}
	a.removeMany = true
	return apply()
}

// line asks for a line; the end of the input is an empty one.
func (a *asking) line(ctx context.Context, question string) (string, error) {
	if _, err := io.WriteString(a.out, question); err != nil {
		return "", err
	}
	if a.lines == nil {
		a.lines = make(chan string)
		go func() {
			defer close(a.lines)
			scanner := bufio.NewScanner(a.in)
			for scanner.Scan() {
				a.lines <- strings.TrimSpace(scanner.Text())
			}
		}()
	}
	select {
	case answer := <-a.lines:
		return answer, nil
	case <-ctx.Done():
		return "", fmt.Errorf("nothing was changed: %w", ctx.Err())
	}
}
