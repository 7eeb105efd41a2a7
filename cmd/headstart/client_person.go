package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// person is who asks for a change, and why: the audit log keeps it.
type person struct{ author, reason, key string }

func (p *person) flags(cmd *cobra.Command, usualReason string) {
	usage := "why: it is kept in the audit log (required)"
	if usualReason != "" {
		usage = "why: it is kept in the audit log; \"" + usualReason + "\" by default"
	}
	cmd.Flags().StringVar(&p.reason, "reason", "", usage)
	cmd.Flags().StringVar(&p.author, "author", "", "who: Git's user.email by default, or user@host where Git knows none")
	cmd.Flags().StringVar(&p.key, "key", "", "idempotency key: a change that is repeated with it is made once")
}

// settle fills in what was not said. A reason is required where there is no
// usual one.
func (p *person) settle(ctx context.Context, usualReason string) error {
	if strings.TrimSpace(p.reason) == "" {
		p.reason = usualReason
	}
	if p.reason == "" {
		return exitError{2, errors.New("say why: --reason TEXT is kept in the audit log")}
	}
	if p.author == "" {
		p.author = whoAmI(ctx)
	}
	return nil
}

// whoAmI is the name under which this machine knows its user.
func whoAmI(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if email, err := exec.CommandContext(ctx, "git", "config", "user.email").Output(); err == nil {
		if name := strings.TrimSpace(string(email)); name != "" {
			return name
		}
	}
	user := os.Getenv("USER")
	if user == "" {
		user = "unknown"
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return user + "@" + host
}

// keyFor is the idempotency key: the one that was said, or one made of all that
// the change says, so that the same change has the same key.
func (p *person) keyFor(parts ...string) string {
	if p.key != "" {
		return p.key
	}
	h := sha256.New()
	for _, part := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part) // a hash takes everything
	}
	const enough = 20
	return "cli-" + hex.EncodeToString(h.Sum(nil)[:enough])
}

// once is a key for a change that may be wanted twice, such as an override.
func (p *person) once() string {
	if p.key != "" {
		return p.key
	}
	return "cli-" + rand.Text()
}
