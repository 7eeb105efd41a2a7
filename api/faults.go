package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/headstart-scaler/headstart/planner"
	"github.com/headstart-scaler/headstart/store"
)

// soon is when to ask a store again that did not answer.
const soon = 5 * time.Second

// asFault is the one mapping of what goes wrong to what is answered. What is
// not known keeps its text, which may name what a caller is not to know, to
// the log.
func asFault(err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	for _, known := range []func(error) *fault{refusedByPlanner, refusedByStore, storeBroken, ofProtocol} {
		if f := known(err); f != nil {
			f.cause = err
			return f
		}
	}
	f := answerKind{"internal", "Internal fault", http.StatusInternalServerError, codes.Internal}.
		fault("Headstart could not make this answer.", "See this replica's log for the fault; decisions and KEDA are not affected.")
	f.cause = err
	return f
}

func refusedByPlanner(err error) *fault {
	if many, ok := errors.AsType[planner.RemovesManyError](err); ok {
		f := answerKind{"removes-many", "Much would be removed", http.StatusConflict, codes.FailedPrecondition}.
			fault(fmt.Sprintf("%d of %d events would be removed.", many.Removed, many.Of), "Look at the dry run; if that is meant, send it again with remove_many.")
		f.Removed, f.Of = many.Removed, many.Of
		return f
	}
	if errors.Is(err, planner.ErrNoStore) {
		return answerKind{"no-store", "Nothing is kept", http.StatusNotImplemented, codes.Unimplemented}.
			fault("This Headstart keeps no schedule and no overrides: its configuration names no store.",
				"Add spec.store to its Server document, such as store: {sqlite: {file: headstart.db}}.")
	}
	return nil
}

func refusedByStore(err error) *fault {
	if conflict, ok := errors.AsType[*store.ConflictError](err); ok {
		f := answerKind{"conflict", "The schedule has changed", http.StatusConflict, codes.Aborted}.
			fault(fmt.Sprintf("The change is based on version %d, and version %d, by %s, is current.", conflict.Expected, conflict.Current.Number, author(conflict.Current)),
				"Read what is current, see whether the change is still right, and send it again.")
		f.Current = &conflict.Current.Number
		return f
	}
	switch {
	case errors.Is(err, store.ErrKeyReused):
		return answerKind{"key-reused", "Key used before", http.StatusUnprocessableEntity, codes.AlreadyExists}.
			fault("This Idempotency-Key belongs to another request.", "Take a new key for each request, and the same one only to repeat it unchanged.")
	case errors.Is(err, store.ErrNotFound):
		return notFound(sentence(err), "See which there are: headstart schedule history, or GET /api/v1/schedule/versions.")
	case errors.Is(err, store.ErrEnded):
		return answerKind{"ended", "It has ended", http.StatusConflict, codes.FailedPrecondition}.
			fault(sentence(err), "Nothing is left to do: what has ended holds no more.")
	case errors.Is(err, store.ErrInvalid):
		var fields []fieldError
		for _, e := range store.FieldErrors(err) {
			fields = append(fields, fieldError{e.Field, e.Found, e.Fix})
		}
		return invalidKind().fault("", mendFields).fielded(fields)
	}
	return nil
}

func author(v store.Version) string {
	if v.Author == "" {
		return "nobody"
	}
	return v.Author
}

// storeBroken is a store that cannot do what is asked.
func storeBroken(err error) *fault {
	unavailable := answerKind{"store-unavailable", "Store unavailable", http.StatusServiceUnavailable, codes.Unavailable}
	var f *fault
	switch {
	case errors.Is(err, store.ErrInDoubt):
		// Not Unavailable: gRPC clients repeat that by themselves, and without a
		// key it could be done twice.
		f = answerKind{"in-doubt", "Not known whether it was done", http.StatusServiceUnavailable, codes.Unknown}.
			fault("The change was sent to the store, and its acknowledgement was lost: it may have been made or not.",
				"Repeat the request with the same Idempotency-Key: it is done once. Without a key, look first whether it was done.")
		f.after = soon
	case errors.Is(err, store.ErrFull):
		f = answerKind{"store-full", "Store full", http.StatusInsufficientStorage, codes.ResourceExhausted}.
			fault("The store has no room left; nothing was changed.", "Free room on the store's disk or raise its limit, and send it again.")
	case errors.Is(err, store.ErrReadOnly):
		f = answerKind{"store-read-only", "Store read-only", http.StatusServiceUnavailable, codes.FailedPrecondition}.
			fault("The store may be read but not written; nothing was changed.", "Let Headstart write to its store, and send it again.")
	case errors.Is(err, store.ErrGone):
		f = answerKind{"store-gone", "Store gone", http.StatusServiceUnavailable, codes.FailedPrecondition}.
			fault("A file of the store was removed or replaced while Headstart ran; nothing was changed. What is in force stays in force.",
				"Put the file back where it was; the log names it, and says how to go on with a backup.")
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, store.ErrClosed):
		f = unavailable.fault("The store does not answer; nothing was changed. What is in force stays in force.", "Send it again in a few seconds; if it lasts, see this replica's log.")
		f.after = soon
	case errors.Is(err, store.ErrCorrupt), errors.Is(err, store.ErrNewer):
		f = answerKind{"store-unreadable", "Store unreadable", http.StatusInternalServerError, codes.DataLoss}.
			fault("What is stored cannot be read; nothing was changed.", "See this replica's log for what to do about it.")
	}
	return f
}

// ofProtocol is what goes wrong between here and the caller.
func ofProtocol(err error) *fault {
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return tooLarge()
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		f := answerKind{"gave-up", "Took too long", http.StatusServiceUnavailable, codes.DeadlineExceeded}.
			fault("The request was given up before there was an answer.", "Send it again with the same Idempotency-Key: it is done once.")
		f.after = soon
		return f
	}
	if s, ok := status.FromError(err); ok && s.Code() == codes.InvalidArgument {
		return badRequest(misread(s.Message()), "Correct the request, and send it again.")
	}
	return nil
}

// misread is what the gateway says of JSON or a parameter that it cannot read,
// without its own workings.
func misread(text string) string {
	if rest, ok := strings.CutPrefix(text, "parsing field "); ok {
		name, why, _ := strings.Cut(rest, ": ")
		return fmt.Sprintf("Parameter %s cannot be read: %s.", strings.Trim(name, `"`), strings.TrimSpace(why[strings.LastIndex(why, ": ")+1:]))
	}
	// After the colon protobuf puts one blank or another, on purpose.
	text = strings.TrimSpace(strings.TrimPrefix(text, "proto:"))
	if text == "unexpected EOF" {
		text = "it ends early"
	}
	switch {
	case strings.Contains(text, "invalid google.protobuf.Timestamp"):
		text += ": write " + anInstant
	case strings.Contains(text, "invalid google.protobuf.Duration"):
		text += ": write seconds, such as 5400s"
	}
	return "The JSON cannot be read: " + text + "."
}

// sentence is an error's text as a sentence.
func sentence(err error) string { return capital(err.Error()) + "." }

func capital(text string) string {
	if text != "" && text[0] >= 'a' && text[0] <= 'z' {
		return string(text[0]-'a'+'A') + text[1:]
	}
	return text
}
