package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
)

// A file of 32 MiB may come over a slow line, and takes seconds to read: these
// go in the place of the server's bounds.
const (
	uploadTimeout = 2 * time.Minute
	answerTimeout = 5 * time.Minute
)

// columnPrefix is before a header of the file in a parameter: column.Start=start.
const columnPrefix = "column."

// importParameters are the parameters of an import, columns aside.
func importParameters() []string {
	return []string{
		"filename", "timezone", "date_order", "mode", "replace_from", "replace_to", "dry_run", "remove_many", "author", "reason",
	}
}

// correctParameters are those that say how a file is to be read.
func correctParameters() []string { return importParameters()[:3] }

// importFile imports the body, or the one file of a form.
func (t *routes) importFile(w http.ResponseWriter, r *http.Request) error {
	request, err := parseImport(r.URL.RawQuery, importParameters())
	if err != nil {
		return err
	}
	if err := takeFile(w, r, request); err != nil {
		return err
	}
	answer, err := t.services.schedule.ImportSchedule(r.Context(), request)
	if err != nil {
		return err
	}
	body, err := t.json.Marshal(answer)
	if err != nil {
		return err
	}
	if v := answer.GetVersion().GetNumber(); v != 0 {
		w.Header().Set("ETag", etag(int64(v)))
	}
	if len(answer.GetErrors()) > 0 && !request.GetDryRun() {
		return blocked(w, r, answer, body)
	}
	write(w, http.StatusOK, mediaJSON, body)
	return nil
}

// blocked answers an import that errors of the file block: the same members as
// any import has, as a problem.
func blocked(w http.ResponseWriter, r *http.Request, answer *pb.ImportScheduleResponse, body []byte) error {
	f := answerKind{"file-errors", "The file has errors", http.StatusUnprocessableEntity, codes.InvalidArgument}.fault(
		fmt.Sprintf("%d errors block the file; nothing was changed.", len(answer.GetErrors())+int(answer.GetErrorsOmitted())),
		"Correct what errors names, grouped in repairs; POST /api/v1/schedule/imports/corrected gives a table back with each problem in its row.")
	f.Instance = r.URL.Path
	head, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("write problem: %w", err)
	}
	// Both are objects, and f has no member that an answer has.
	head = append(bytes.TrimSuffix(head, []byte("\n}")), ',')
	write(w, f.Status, mediaProblem, append(head, bytes.TrimPrefix(body, []byte("{"))...))
	return nil
}

// correctFile gives the table back with what is to be repaired.
func (t *routes) correctFile(w http.ResponseWriter, r *http.Request) error {
	request, err := parseImport(r.URL.RawQuery, correctParameters())
	if err != nil {
		return err
	}
	if err := takeFile(w, r, request); err != nil {
		return err
	}
	file, err := t.services.schedule.CorrectSchedule(r.Context(), &pb.CorrectScheduleRequest{
		File: request.GetFile(), Filename: request.GetFilename(), Timezone: request.GetTimezone(),
		DateOrder: request.GetDateOrder(), Columns: request.GetColumns(),
	})
	if err != nil {
		return err
	}
	download(w, file)
	return nil
}

// exportFile sends a version of the schedule.
func (t *routes) exportFile(w http.ResponseWriter, r *http.Request) error {
	known := []string{"version", "format"}
	q, err := parseQuery(r.URL.RawQuery, among(known), known)
	if err != nil {
		return err
	}
	request := &pb.ExportScheduleRequest{Format: q["format"]}
	if text := q["version"]; text != "" {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n < 0 {
			return invalid("version", text, "the number of a version; left out, the one in force")
		}
		request.Version = int32(n)
	}
	file, err := t.services.schedule.ExportSchedule(r.Context(), request)
	if err != nil {
		return err
	}
	download(w, file)
	return nil
}

// templateFile sends the template.
func (t *routes) templateFile(w http.ResponseWriter, r *http.Request) error {
	known := []string{"format"}
	q, err := parseQuery(r.URL.RawQuery, among(known), known)
	if err != nil {
		return err
	}
	file, err := t.services.schedule.GetTemplate(r.Context(), &pb.GetTemplateRequest{Format: q["format"]})
	if err != nil {
		return err
	}
	download(w, file)
	return nil
}

// download sends a file to be kept, never shown: what is in it was written by
// others.
func download(w http.ResponseWriter, file *pb.File) {
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.GetName()}))
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	write(w, http.StatusOK, file.GetContentType(), file.GetContent())
}

func among(known []string) func(string) bool {
	return func(name string) bool {
		for _, k := range known {
			if k == name {
				return true
			}
		}
		return false
	}
}

// parseImport reads the parameters of an import.
func parseImport(raw string, known []string) (*pb.ImportScheduleRequest, error) {
	takes := among(known)
	q, err := parseQuery(raw, func(name string) bool {
		return takes(name) || strings.HasPrefix(name, columnPrefix) && len(name) > len(columnPrefix)
	}, known)
	if err != nil {
		return nil, err
	}
	r := &pb.ImportScheduleRequest{
		Filename: q["filename"], Timezone: q["timezone"], DateOrder: q["date_order"], Mode: q["mode"], Author: q["author"], Reason: q["reason"],
		Columns: map[string]string{},
	}
	for name, value := range q {
		if header, ok := strings.CutPrefix(name, columnPrefix); ok {
			r.Columns[header] = value
		}
	}
	if r.DryRun, err = flag(q, "dry_run"); err != nil {
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
		return nil, invalid(name, q[name], "an instant such as 2026-11-01T00:00:00Z")
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
