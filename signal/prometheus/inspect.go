package prometheus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/prometheus/common/model"
)

// formatError is an answer that is not one of the API's.
type formatError struct {
	err  error
	body string // its beginning
}

func (e *formatError) Error() string { return e.err.Error() }
func (e *formatError) Unwrap() error { return e.err }

// inspect refuses an answer in which a sample lacks its instant or its value.
// The API's decoder takes such a sample for 0: [1700000000], and
// [1700000000,null] as written by proxies that re-encode NaN.
func inspect(body []byte) error {
	err := inspectEnvelope(body)
	if err != nil {
		return &formatError{err: err, body: cut(string(bytes.ToValidUTF8(body[:min(len(body), 200)], []byte("�"))), 80)}
	}
	return nil
}

func inspectEnvelope(body []byte) error {
	var answer struct {
		Status string `json:"status"`
		Data   struct {
			Type   string          `json:"resultType"`
			Result json.RawMessage `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("not the API's JSON: %w", err)
	}
	switch answer.Status {
	case "error":
		return nil // the API's client says what the server said
	case "success":
	default:
		return fmt.Errorf("status is %q, neither success nor error", answer.Status)
	}
	result := answer.Data.Result
	switch answer.Data.Type {
	case model.ValScalar.String():
		return inspectPair(result)
	case model.ValVector.String():
		return inspectVector(result)
	case model.ValMatrix.String():
		return inspectMatrix(result)
	default:
		return fmt.Errorf("result type is %q, not a number or a list of series", answer.Data.Type)
	}
}

func inspectVector(raw json.RawMessage) error {
	var samples []struct {
		Value     json.RawMessage `json:"value"`
		Histogram json.RawMessage `json:"histogram"`
	}
	if err := decodeList(raw, &samples); err != nil {
		return err
	}
	for _, x := range samples {
		if len(x.Histogram) > 0 && x.Histogram[0] == '[' {
			continue
		}
		if err := inspectPair(x.Value); err != nil {
			return err
		}
	}
	return nil
}

func inspectMatrix(raw json.RawMessage) error {
	var series []*struct {
		Values []json.RawMessage `json:"values"`
	}
	if err := decodeList(raw, &series); err != nil {
		return err
	}
	for _, x := range series {
		if x == nil {
			return errors.New("a series is null")
		}
		for _, pair := range x.Values {
			if err := inspectPair(pair); err != nil {
				return err
			}
		}
	}
	return nil
}

// decodeList takes a list, and nothing in its place for none.
func decodeList(raw json.RawMessage, into any) error {
	if len(raw) == 0 || raw[0] != '[' {
		return errors.New("the result is not a list")
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("the result: %w", err)
	}
	return nil
}

func inspectPair(raw json.RawMessage) error {
	var pair []json.RawMessage
	if err := json.Unmarshal(raw, &pair); err != nil || len(pair) != 2 || pair[0][0] == 'n' || pair[1][0] != '"' {
		return fmt.Errorf("a sample is %s, not [time, \"value\"]", cut(string(raw), 60))
	}
	return nil
}
