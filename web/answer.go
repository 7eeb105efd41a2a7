package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// writeJSON writes a value for programs and for people with curl. Nothing is
// written when it fails.
func writeJSON(w http.ResponseWriter, status int, media string, value any) error {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	write(w, status, media, body.Bytes())
	return nil
}

func writeText(w http.ResponseWriter, status int, text string) error {
	write(w, status, mediaText+"; charset=utf-8", []byte(text))
	return nil
}

// write sends a whole body. Its own failure means that the reader has gone.
func write(w http.ResponseWriter, status int, media string, body []byte) {
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // G705: HTML comes from html/template alone; the rest is JSON or text, sent with nosniff.
}
