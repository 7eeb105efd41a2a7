package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"

	"google.golang.org/grpc/codes"

	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
)

// importParameters are the parameters of an import, columns aside.
func importParameters() []string {
	return []string{
		"filename", "timezone", "date_order", "mode", "replace_from", "replace_to", "dry_run", "remove_many", "author", "reason",
		"expected_version", "idempotency_key", "omit_events", "omit_diff",
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
		if request.Version, err = versionNumber("version", text, "the number of a version; left out, the one in force"); err != nil {
			return err
		}
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
	return func(name string) bool { return slices.Contains(known, name) }
}
