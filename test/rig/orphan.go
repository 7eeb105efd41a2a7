package rig

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Interrupted is the exit code of a program that a signal ended.
const Interrupted = 130

// UntilEnded returns a context that ends when somebody wants this program to:
// by SIGINT or SIGTERM, or by the end of the program that started it, such as
// go, which hands on no SIGTERM.
func UntilEnded() (ctx context.Context, stop context.CancelFunc) {
	ctx, stop = signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	parent := os.Getppid()
	go func() {
		for ctx.Err() == nil && os.Getppid() == parent {
			select {
			case <-ctx.Done():
			case <-time.After(500 * time.Millisecond):
			}
		}
		stop()
	}()
	return ctx, stop
}
