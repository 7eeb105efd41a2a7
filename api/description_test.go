package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

// described is the part of the OpenAPI document that says what may be asked.
type described struct {
	Paths map[string]map[string]operation
}

type operation struct {
	Parameters []struct{ Name, In string }
}

// query has every parameter, empty.
func (o operation) query() string {
	q := url.Values{}
	for _, p := range o.Parameters {
		if p.In == "query" {
			q.Set(strings.ReplaceAll(p.Name, "[string]", "[Starts at]"), "")
		}
	}
	return q.Encode()
}

func description(t *testing.T) described {
	t.Helper()
	content, err := os.ReadFile("../docs/api/headstart.swagger.json")
	if err != nil {
		t.Fatal(err)
	}
	var d described
	if err := json.Unmarshal(content, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// A description that leaves an address out, or names a parameter that is
// refused, is worse than none.
func TestTheDescriptionNamesEveryAddressAndNoParameterThatIsRefused(t *testing.T) {
	w, d := newWorld(t), description(t)
	for path, method := range map[string]string{
		"/api/v1/schedule/imports": "post", "/api/v1/schedule/imports/corrected": "post",
		"/api/v1/schedule/export": "get", "/api/v1/schedule/template": "get",
	} {
		if _, ok := d.Paths[path][method]; !ok {
			t.Errorf("%s %s is not described", method, path)
		}
	}
	fill := strings.NewReplacer("{namespace}", "demo", "{name}", "a", "{id}", "1")
	for path, methods := range d.Paths {
		for method, operation := range methods {
			answer := w.do(t, strings.ToUpper(method), fill.Replace(path)+"?"+operation.query(), "{}")
			if kind := string(answer.body); answer.StatusCode == http.StatusMethodNotAllowed || strings.Contains(kind, "is not known here") || strings.Contains(kind, "problem:no-page") {
				t.Errorf("%s %s: %s", method, path, answer.body)
			}
		}
	}
}

// What stands for headers in the description holds as they do.
func TestAnImportTakesVersionAndKeyAsParametersToo(t *testing.T) {
	w := newWorld(t)
	w.given(t, "a")
	w.do(t, "POST", merge+"&expected_version=0", sheet("b")).want(t, http.StatusPreconditionFailed)
	w.do(t, "POST", merge+"&expected_version=x", sheet("b")).want(t, http.StatusUnprocessableEntity)
	for range 2 {
		o := w.do(t, "POST", merge+"&expected_version=1&idempotency_key=k&columns[Name]=title", strings.Replace(sheet("b"), "title", "Name", 1)).want(t, http.StatusOK)
		if o.at("version.number") != 2.0 || o.at("counts.added") != 1.0 {
			t.Errorf("%v", o)
		}
	}
}
