package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/encoding/protojson"
)

const (
	mediaJSON    = "application/json"
	mediaProblem = "application/problem+json"
)

// longestIndented is up to where an answer is laid out for people: the answer
// to an import of 100 000 events would have twice its size.
const longestIndented = 1 << 20

// plainJSON writes messages as people with curl like to read them, the same
// bytes each time: protojson by itself varies its blanks on purpose.
type plainJSON struct {
	runtime.JSONPb
}

// newJSON has the names of the .proto files, and lists and numbers also where
// they are empty or 0.
func newJSON() *plainJSON {
	return &plainJSON{runtime.JSONPb{MarshalOptions: protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}}}
}

// Marshal writes a message.
func (j *plainJSON) Marshal(v any) ([]byte, error) {
	raw, err := j.JSONPb.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	var b bytes.Buffer
	if len(raw) > longestIndented {
		err = json.Compact(&b, raw)
	} else {
		err = json.Indent(&b, raw, "", "  ")
	}
	if err != nil {
		return nil, fmt.Errorf("lay out JSON: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// NewEncoder writes messages to w.
func (j *plainJSON) NewEncoder(w io.Writer) runtime.Encoder {
	return runtime.EncoderFunc(func(v any) error {
		text, err := j.Marshal(v)
		if err != nil {
			return err
		}
		if _, err := w.Write(text); err != nil {
			return fmt.Errorf("send JSON: %w", err)
		}
		return nil
	})
}
