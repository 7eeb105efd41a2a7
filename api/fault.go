package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"
)

// fault is a refusal, as RFC 9457 and as a gRPC status have it.
type fault struct {
	// Type is the stable name of the kind of problem, for programs.
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Detail says what was found where; Repair what to do about it.
	Detail   string `json:"detail"`
	Repair   string `json:"repair"`
	Instance string `json:"instance,omitempty"`
	// Errors are the single things that are wrong.
	Errors []fieldError `json:"errors,omitempty"`
	// Current is the version of the schedule that is current.
	Current *int64 `json:"current_version,omitempty"`
	// Removed events, Of those there are.
	Removed int `json:"removed,omitempty"`
	Of      int `json:"of,omitempty"`
	// Choices are the answers a request could have meant.
	Choices []choice `json:"choices,omitempty"`

	kind  string
	code  codes.Code
	after time.Duration // when to ask again; 0 says nothing
	allow string        // methods that are possible
	cause error         // for the log alone
}

// fieldError is what is wrong with one field of a request.
type fieldError struct {
	Field string `json:"field"`
	Found string `json:"found"`
	Fix   string `json:"fix"`
}

// choice is one of several answers to a request that did not say which.
type choice struct {
	Policy    string `json:"policy"`
	Overrides string `json:"overrides,omitempty"`
	Href      string `json:"href"`
}

// answerKind is how a kind of fault is answered.
type answerKind struct {
	name, title string
	status      int
	code        codes.Code
}

func (k answerKind) fault(detail, repair string) *fault {
	return &fault{
		Type: "urn:headstart:problem:" + k.name, Title: k.title, Status: k.status, Detail: detail, Repair: repair,
		kind: k.name, code: k.code,
	}
}

// Error is the fault in one line.
func (f *fault) Error() string {
	text := f.Title + ": " + f.Detail
	if f.Repair != "" {
		text += " " + f.Repair
	}
	return text
}

// Unwrap is the cause.
func (f *fault) Unwrap() error { return f.cause }

// GRPCStatus is the fault as gRPC has it: ErrorInfo with its kind, repair and
// figures, and what is wrong with single fields.
func (f *fault) GRPCStatus() *status.Status {
	s := status.New(f.code, f.Error())
	info := &errdetails.ErrorInfo{Reason: f.kind, Domain: "headstart", Metadata: map[string]string{"repair": f.Repair}}
	if f.Current != nil {
		info.Metadata["current_version"] = strconv.FormatInt(*f.Current, 10)
	}
	if f.Of > 0 {
		info.Metadata["removed"], info.Metadata["of"] = strconv.Itoa(f.Removed), strconv.Itoa(f.Of)
	}
	details := []protoadapt.MessageV1{info}
	if len(f.Errors) > 0 {
		bad := &errdetails.BadRequest{}
		for _, e := range f.Errors {
			bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{Field: e.Field, Description: e.text()})
		}
		details = append(details, bad)
	}
	if f.after > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(f.after)})
	}
	detailed, err := s.WithDetails(details...)
	if err != nil {
		return s
	}
	return detailed
}

func (e fieldError) text() string {
	if e.Found == "" {
		return e.Field + " is missing: " + e.Fix
	}
	return e.Field + " is " + strconv.Quote(e.Found) + ": " + e.Fix
}

// fielded returns the fault with single errors, which its detail names too.
func (f *fault) fielded(errors []fieldError) *fault {
	f.Errors = errors
	texts := make([]string, len(errors))
	for i, e := range errors {
		texts[i] = e.text()
	}
	f.Detail = strings.Join(texts, "; ") + "."
	return f
}

// badRequest is a request that cannot be understood.
func badRequest(detail, repair string) *fault {
	return answerKind{"bad-request", "Request not understood", http.StatusBadRequest, codes.InvalidArgument}.fault(detail, repair)
}

// invalid is a request that is understood and says what it must not.
func invalid(field, found, fix string) *fault {
	return invalidKind().fault("", mendFields).fielded([]fieldError{{field, found, fix}})
}

// gathered is all that single checks of a request found, as one fault, so that
// whoever asks mends it at once. An error that is about no field goes first.
func gathered(errs ...error) error {
	var fields []fieldError
	for _, err := range errs {
		if err == nil {
			continue
		}
		f := asFault(err)
		if f.kind != "invalid" {
			return err
		}
		for _, e := range f.Errors {
			if !slices.ContainsFunc(fields, func(known fieldError) bool { return known.Field == e.Field }) {
				fields = append(fields, e)
			}
		}
	}
	if fields == nil {
		return nil
	}
	return invalidKind().fault("", mendFields).fielded(fields)
}

// mendFields is what to do about fields that are wrong.
const mendFields = "Correct the fields that errors names, and send it again."

func invalidKind() answerKind {
	return answerKind{"invalid", "Request refused", http.StatusUnprocessableEntity, codes.InvalidArgument}
}

func notFound(detail, repair string) *fault {
	return answerKind{"not-found", "Not found", http.StatusNotFound, codes.NotFound}.fault(detail, repair)
}

func tooLarge() *fault {
	return answerKind{"too-large", "File too large", http.StatusRequestEntityTooLarge, codes.ResourceExhausted}.
		fault("The body is larger than 32 MiB.", "Split the file.")
}
