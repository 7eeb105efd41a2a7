package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/headstart-scaler/headstart/decision"
)

// expiry is the wish to end an override now.
type expiry struct {
	client
	by     person
	wait   time.Duration
	output string
}

func newOverrideExpire() *cobra.Command {
	var x expiry
	cmd := &cobra.Command{
		Use:   "expire ID",
		Short: "End an override now",
		Long: `Expire ends an override before its time, and shows what that does: what was
ordered and how long it had left, what the workload was given before, and what it
is given as soon as a decision leaves the override out.`,
		Example: `  headstart override expire 7 --reason "the queue is empty again"`,
		Args:    oneArgument,
		RunE: func(cmd *cobra.Command, args []string) error {
			return x.run(cmd.Context(), args[0], cmd.OutOrStdout())
		},
	}
	x.by.flags(cmd, "")
	waitFlag(cmd, &x.wait)
	x.flags(cmd, patience)
	outputFlag(cmd, &x.output)
	return cmd
}

func (x *expiry) run(ctx context.Context, text string, out io.Writer) error {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return exitError{2, fmt.Errorf("override %q is no number such as 7: see headstart override list", text)}
	}
	if err := x.by.settle(ctx, ""); err != nil {
		return err
	}
	var e effect
	if x.wait > 0 {
		e.Before = x.held(ctx, id)
	}
	key := x.by.keyFor("expire", text, x.by.author, x.by.reason)
	if err := x.changeJSON(ctx, "overrides/"+text+"/expire", key, body{"author": x.by.author, "reason": x.by.reason}, &e.Override); err != nil {
		return err
	}
	e.After, e.Note = x.decided(ctx, e.Override, x.wait, false)
	if x.output == "json" {
		return writeJSON(out, e.forPrograms())
	}
	_, err = io.WriteString(out, e.ended()+e.text())
	return err
}

// lookBefore is how long the end of an override is kept waiting for a look at
// what it does: whoever ends it may be in a hurry, and the server slow.
const lookBefore = 2 * time.Second

// held is the decision that an override has part in; nil where it holds no
// more, or where that is not heard soon: its end is wanted all the same.
func (x *expiry) held(ctx context.Context, id int64) *decision.Explanation {
	ctx, cancel := context.WithTimeout(ctx, lookBefore)
	defer cancel()
	active, err := x.listed(ctx, url.Values{"active": {"true"}})
	if err != nil {
		return nil
	}
	i := slices.IndexFunc(active, func(o override) bool { return o.ID == id })
	if i < 0 {
		return nil
	}
	e, _, err := x.decision(ctx, active[i].Workload)
	if err != nil {
		return nil
	}
	return e
}

// ended says what holds no more: what was ordered by whom, and how long it had
// left.
func (e effect) ended() string {
	o := e.Override
	text := fmt.Sprintf("Override %d ended: %s no longer has %s.\n", o.ID, o.Workload, o.words())
	switch {
	case o.ExpiredAt.IsZero():
	case o.ExpiredAt.Before(o.Start):
		text += fmt.Sprintf("was     to hold from %s UTC until %s, by %s: %s\n", utcClock(o.Start), o.until(), o.Author, o.Reason)
	default:
		text += fmt.Sprintf("was     to hold until %s, %s longer, by %s: %s\n", o.until(), length(o.End.Sub(o.ExpiredAt)), o.Author, o.Reason)
	}
	return printableLines(text)
}

// length is a duration to the second, without what is zero at its end: 1h30m.
func length(d time.Duration) string {
	text := d.Round(time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
