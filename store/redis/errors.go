package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/headstart-scaler/headstart/store"
)

// explain says what was attempted, and gives an error the name callers branch
// on. It is for what changes nothing, or has changed nothing for sure.
func explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	if named := name(err); named != nil {
		return fmt.Errorf("%s: %w: %w", doing, named, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func name(err error) error {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded) && !errors.As(err, new(net.Error)):
		return nil
	case errors.Is(err, redis.ErrClosed):
		return store.ErrClosed
	case !answered(err):
		return store.ErrUnavailable
	case prefixed(err, "OOM"):
		return store.ErrFull
	case prefixed(err, "MISCONF"):
		if strings.Contains(err.Error(), "No space left") {
			return store.ErrFull
		}
		return store.ErrReadOnly
	case prefixed(err, "READONLY"):
		return store.ErrReadOnly
	case prefixed(err, "LOADING", "CLUSTERDOWN", "MASTERDOWN", "NOREPLICAS", "TRYAGAIN", "BUSY", "MOVED", "ASK", "UNBLOCKED"),
		strings.Contains(err.Error(), "max number of clients"):
		return store.ErrUnavailable
	case prefixed(err, "WRONGTYPE"):
		return store.ErrCorrupt
	}
	return nil
}

// answered reports whether an error is what the server said, rather than that
// it was not heard.
func answered(err error) bool { return errors.As(err, new(redis.Error)) }

// unsent reports whether a command surely never reached the server.
func unsent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" || errors.Is(err, redis.ErrPoolTimeout) || errors.Is(err, redis.ErrClosed)
}

func prefixed(err error, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return redis.HasErrorPrefix(err, p) })
}

func isNil(err error) bool { return errors.Is(err, redis.Nil) }
