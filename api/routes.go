package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
	"github.com/headstart-scaler/headstart/workload"
)

// maxBody is what a request in JSON may have.
const maxBody = 1 << 20

// unmatched is the pattern of what no route takes.
const unmatched = "/"

// routes answer requests over HTTP that are not gRPC.
type routes struct {
	mux      *http.ServeMux
	services *API
	gateway  http.Handler
	gate     gate
	guard    guard
	origin   *http.CrossOriginProtection
	json     *plainJSON
}

// answer handles a request; an error it returns is shown as a problem.
type answer func(w http.ResponseWriter, r *http.Request) error

func newRoutes(a *API, g gate, log *slog.Logger) *routes {
	t := &routes{
		mux: http.NewServeMux(), services: a, gate: g, guard: guard{log}, origin: http.NewCrossOriginProtection(), json: newJSON(),
	}
	t.gateway = t.newGateway(a)
	for pattern, request := range map[string]proto.Message{
		"GET /api/v1/schedule":                     &pb.GetScheduleRequest{},
		"GET /api/v1/schedule/events":              &pb.ListEventsRequest{},
		"GET /api/v1/schedule/occurrences":         &pb.ListOccurrencesRequest{},
		"GET /api/v1/schedule/versions":            &pb.ListVersionsRequest{},
		"POST /api/v1/schedule/rollback":           nil,
		"POST /api/v1/overrides":                   nil,
		"GET /api/v1/overrides":                    &pb.ListOverridesRequest{},
		"POST /api/v1/overrides/{id}/expire":       nil,
		"GET /api/v1/decisions":                    &pb.ListDecisionsRequest{},
		"GET /api/v1/decisions/{namespace}/{name}": &pb.GetDecisionRequest{},
		"GET /api/v1/audit/records":                &pb.ListRecordsRequest{},
		"GET /api/v1/audit/checkpoint":             &pb.GetCheckpointRequest{},
	} {
		t.mux.Handle(pattern, t.answered(t.translated(pattern, request)))
	}
	for pattern, a := range map[string]answer{
		"POST /api/v1/schedule/imports":           t.importFile,
		"POST /api/v1/schedule/imports/corrected": t.correctFile,
		"GET /api/v1/schedule/export":             t.exportFile,
		"GET /api/v1/schedule/template":           t.templateFile,
		unmatched:                                 t.lost,
	} {
		t.mux.Handle(pattern, t.answered(a))
	}
	return t
}

// newGateway translates JSON into calls of the services, in this process.
func (t *routes) newGateway(a *API) http.Handler {
	gateway := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, t.json),
		runtime.WithDisablePathLengthFallback(), runtime.WithDisableHTTPMethodOverride(),
		runtime.WithIncomingHeaderMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithForwardResponseOption(tagged),
		runtime.WithErrorHandler(func(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
			t.refuse(w, r, err)
		}),
	)
	ctx := context.Background() // the gateway keeps no connection that it would end
	for _, err := range []error{
		pb.RegisterScheduleServiceHandlerServer(ctx, gateway, a.schedule),
		pb.RegisterOverrideServiceHandlerServer(ctx, gateway, a.overrides),
		pb.RegisterDecisionServiceHandlerServer(ctx, gateway, a.decisions),
		pb.RegisterAuditServiceHandlerServer(ctx, gateway, a.audit),
	} {
		if err != nil {
			panic(err) // two services claim one path: http.yaml is wrong
		}
	}
	return gateway
}

// tagged sets the ETag of an answer that is a version of the schedule.
func tagged(_ context.Context, w http.ResponseWriter, m proto.Message) error {
	switch m := m.(type) {
	case *pb.Schedule:
		w.Header().Set("ETag", etag(int64(m.GetVersion().GetNumber())))
	case *pb.RollbackScheduleResponse:
		if v := m.GetVersion().GetNumber(); v != 0 {
			w.Header().Set("ETag", etag(int64(v)))
		}
	}
	return nil
}

// ServeHTTP answers one request.
func (t *routes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	t.mux.ServeHTTP(w, r)
}

// answered is a handler that shows an error as a problem, and lets changes in
// or not before anything of them is read.
func (t *routes) answered(a answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), callerKey{}, callerOf(r))
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			c, err := t.enter(ctx, r)
			if err != nil {
				t.refuse(w, r, err)
				return
			}
			ctx = context.WithValue(ctx, conditionsKey{}, c)
		}
		r = r.WithContext(ctx)
		if err := a(w, r); err != nil {
			t.refuse(w, r, err)
		}
	})
}

// enter returns the conditions of a change, and a fault where it is none that
// may be made.
func (t *routes) enter(ctx context.Context, r *http.Request) (conditions, error) {
	if _, pattern := t.mux.Handler(r); pattern == unmatched {
		return conditions{}, nil // nothing happens there
	}
	if err := t.origin.Check(r); err != nil {
		return conditions{}, crossOrigin(err)
	}
	if err := t.gate.admit(ctx); err != nil {
		return conditions{}, err
	}
	return parseConditions(r.Header)
}

// translated hands a request in JSON to the gateway. Parameters that its
// message does not have are refused: one that is misspelt and ignored would
// show something else than was asked for.
func (t *routes) translated(pattern string, request proto.Message) answer {
	known, fields := parametersOf(pattern, request)
	return func(w http.ResponseWriter, r *http.Request) error {
		q, err := parseQuery(r.URL.RawQuery, among(known), known)
		if err == nil {
			err = legible(q, fields)
		}
		if err != nil {
			return err
		}
		if r.Method == http.MethodPost {
			body, err := readAll(w, r, maxBody)
			if err != nil {
				return err
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		if r.Method == http.MethodHead {
			r = r.Clone(r.Context())
			r.Method = http.MethodGet
		}
		t.gateway.ServeHTTP(w, r)
		return nil
	}
}

// parametersOf are the fields of a message that a pattern takes as parameters;
// nil takes none.
func parametersOf(pattern string, request proto.Message) (known []string, fields protoreflect.FieldDescriptors) {
	if request == nil {
		return nil, nil
	}
	fields = request.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		if name := string(fields.Get(i).Name()); !strings.Contains(pattern, "{"+name+"}") {
			known = append(known, name)
		}
	}
	return known, fields
}

// legible says what to write in the place of parameters that the gateway could
// not read.
func legible(q map[string]string, fields protoreflect.FieldDescriptors) error {
	var wrong []fieldError
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if fix := misfit(q[name], fields.ByName(protoreflect.Name(name))); q[name] != "" && fix != "" {
			wrong = append(wrong, fieldError{name, q[name], fix})
		}
	}
	if wrong == nil {
		return nil
	}
	return badRequest("", "Correct the parameters that errors names, and ask again.").fielded(wrong)
}

// misfit is what a field's parameter has to be, where a text is none; "" where
// it is one.
func misfit(text string, field protoreflect.FieldDescriptor) string {
	var err error
	fix := ""
	switch field.Kind() { //nolint:exhaustive // parameters are no others
	case protoreflect.BoolKind:
		_, err = strconv.ParseBool(text)
		fix = "true or false"
	case protoreflect.Int32Kind:
		_, err = strconv.ParseInt(text, 0, 32)
		fix = "a whole number"
	case protoreflect.MessageKind: // an instant
		_, err = time.Parse(time.RFC3339, strings.Trim(text, `"`))
		fix = anInstant + "; in an address write the + of an offset as %2B"
	}
	if err == nil {
		return ""
	}
	return fix
}

// parseQuery takes the parameters an address knows, each at most once.
func parseQuery(raw string, knows func(string) bool, known []string) (map[string]string, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, badRequest("The query string cannot be read.", "Escape special characters: write + as %2B and % as %25.")
	}
	q := make(map[string]string, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !knows(name) {
			return nil, unknownParameter(name, known)
		}
		if n := len(values[name]); n > 1 {
			return nil, badRequest(fmt.Sprintf("Parameter %.64s is given %d times.", name, n), "Give it once.")
		}
		q[name] = values[name][0]
	}
	return q, nil
}

func unknownParameter(name string, known []string) error {
	repair := "Leave it out: this address takes no parameters."
	if near := workload.Nearest(name, known); near != "" {
		repair = fmt.Sprintf("Did you mean %s?", near)
	} else if len(known) > 0 {
		repair = "Known here: " + strings.Join(known, ", ") + "."
	}
	return badRequest(fmt.Sprintf("Parameter %.64q is not known here.", name), repair)
}

// readAll reads a body up to a limit. One that says it is longer is not read
// at all.
func readAll(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close")
		return nil, beyond(limit)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		if f := asFault(err); f.kind == "too-large" {
			return nil, beyond(limit)
		}
		return nil, badRequest("The body ended early.", "Send it again.")
	}
	return body, nil
}

func beyond(limit int64) *fault {
	if limit == maxFile {
		return tooLarge()
	}
	f := tooLarge()
	f.Title, f.Detail, f.Repair = "Request too large", fmt.Sprintf("The body is larger than %d KiB.", limit>>10), "Send less."
	return f
}

// lost answers what no route takes: a known address with another method, or an
// unknown address.
func (t *routes) lost(_ http.ResponseWriter, r *http.Request) error {
	var possible []string
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if t.takes(method, r.URL.Path) {
			possible = append(possible, method)
		}
	}
	if len(possible) > 0 {
		return wrongMethod(r, possible)
	}
	repair := "The API begins at /api/v1/schedule, /api/v1/overrides, /api/v1/decisions and /api/v1/audit/records."
	if end := strings.TrimSuffix(r.URL.Path, "/") + "/expire"; t.takes(http.MethodPost, end) {
		repair = fmt.Sprintf("GET /api/v1/overrides lists overrides, and POST %.200s ends this one.", end)
	}
	return answerKind{"no-page", "Nothing here", http.StatusNotFound, 0}.fault(fmt.Sprintf("There is nothing at %.200s.", r.URL.Path), repair)
}

// takes reports whether a route takes a method at an address.
func (t *routes) takes(method, path string) bool {
	_, pattern := t.mux.Handler(&http.Request{Method: method, URL: &url.URL{Path: path}, Host: ""})
	return pattern != unmatched && pattern != ""
}
