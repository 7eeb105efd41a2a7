package api

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
)

// A file of 32 MiB may come over a slow line, and takes seconds to read: these
// go in the place of the server's bounds.
const (
	uploadTimeout = 2 * time.Minute
	answerTimeout = 5 * time.Minute
)

// columnOf is the header of the file that a parameter is about: column.Start, or
// columns[Start] as the OpenAPI description has it.
func columnOf(name string) (header string, ok bool) {
	if header, ok = strings.CutPrefix(name, "column."); !ok {
		if header, ok = strings.CutPrefix(name, "columns["); ok {
			header, ok = strings.CutSuffix(header, "]")
		}
	}
	return header, ok && header != ""
}

// parseImport reads the parameters of an import.
func parseImport(raw string, known []string) (*pb.ImportScheduleRequest, error) {
	takes := among(known)
	q, err := parseQuery(raw, func(name string) bool {
		_, ofColumn := columnOf(name)
		return ofColumn || takes(name)
	}, known)
	if err != nil {
		return nil, err
	}
	r := &pb.ImportScheduleRequest{
		Filename: q["filename"], Timezone: q["timezone"], DateOrder: q["date_order"], Mode: q["mode"], Author: q["author"], Reason: q["reason"],
		Columns: map[string]string{}, IdempotencyKey: q["idempotency_key"],
	}
	for name, value := range q {
		if header, ok := columnOf(name); ok {
			r.Columns[header] = value
		}
	}
	if text := q["expected_version"]; text != "" {
		n, err := versionNumber("expected_version", text, "the number of a version, or 0 where there is none yet")
		if err != nil {
			return nil, err
		}
		r.ExpectedVersion = &n
	}
	if r.DryRun, err = flag(q, "dry_run"); err != nil {
		return nil, err
	}
	if r.OmitEvents, err = flag(q, "omit_events"); err != nil {
		return nil, err
	}
	if r.OmitDiff, err = flag(q, "omit_diff"); err != nil {
		return nil, err
	}
	if r.RemoveMany, err = flag(q, "remove_many"); err != nil {
		return nil, err
	}
	if r.ReplaceFrom, err = moment(q, "replace_from"); err != nil {
		return nil, err
	}
	if r.ReplaceTo, err = moment(q, "replace_to"); err != nil {
		return nil, err
	}
	return r, nil
}

func versionNumber(name, text, fix string) (int32, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0, invalid(name, text, fix)
	}
	return int32(n), nil
}

func flag(q map[string]string, name string) (bool, error) {
	switch text := q[name]; text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, invalid(name, text, "true or false")
	}
}

func moment(q map[string]string, name string) (*timestamppb.Timestamp, error) {
	text := q[name]
	if text == "" {
		return nil, nil //nolint:nilnil // there is none, and none has to be
	}
	// An offset's + that was not escaped has become a blank.
	if i := len(text) - len(" 02:00"); i > 0 && text[i] == ' ' {
		text = text[:i] + "+" + text[i+1:]
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, invalid(name, q[name], anInstant)
	}
	return timestamppb.New(at), nil
}

// takeFile reads the file of a request.
func takeFile(w http.ResponseWriter, r *http.Request, into *pb.ImportScheduleRequest) error {
	control, now := http.NewResponseController(w), time.Now()
	// A server that cannot has its own bounds.
	_ = control.SetReadDeadline(now.Add(uploadTimeout))
	_ = control.SetWriteDeadline(now.Add(answerTimeout))
	media, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" {
		into.File, err = readAll(w, r, maxFile)
		return err
	}
	return takePart(w, r, parameters["boundary"], into)
}

// takePart reads the one file of a form.
func takePart(w http.ResponseWriter, r *http.Request, boundary string, into *pb.ImportScheduleRequest) error {
	const repair = "Send one file as a part, and all else as parameters of the address; or send the file as the body."
	if boundary == "" {
		return badRequest("The form has no boundary.", repair)
	}
	if r.ContentLength > maxMessage {
		w.Header().Set("Connection", "close")
		return tooLarge()
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxMessage)
	form, err := r.MultipartReader()
	if err != nil {
		return badRequest("The form cannot be read.", repair)
	}
	for {
		part, err := form.NextPart()
		if err == io.EOF { //nolint:errorlint // a reader of parts returns it as it is
			return checkForm(into, repair)
		}
		if err != nil {
			return unreadForm(err, repair)
		}
		if part.FileName() == "" || into.File != nil {
			return badRequest(fmt.Sprintf("The form has a part %.64q beside the file.", part.FormName()), repair)
		}
		content, err := io.ReadAll(http.MaxBytesReader(w, part, maxFile))
		if err != nil {
			return unreadForm(err, repair)
		}
		into.File = content
		if into.Filename == "" {
			into.Filename = part.FileName()
		}
	}
}

func checkForm(r *pb.ImportScheduleRequest, repair string) error {
	if r.File == nil {
		return badRequest("The form has no file.", repair)
	}
	return nil
}

func unreadForm(err error, repair string) error {
	if f := asFault(err); f.kind == "too-large" {
		return f
	}
	return badRequest("The form ended early.", repair)
}
