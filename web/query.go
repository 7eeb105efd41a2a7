package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/workload"
)

// query is a request's parameters, each given at most once.
type query map[string]string

// skew is how far a reader's clock may run ahead of ours.
const skew = time.Minute

// parseQuery takes the parameters a route knows and refuses all others: a
// misspelt "at" that is ignored would show another instant's decision.
func parseQuery(r *http.Request, known ...string) (query, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("The query string cannot be read.", "Escape special characters: write + as %2B and % as %25.")
	}
	q := make(query, len(values))
	for name, given := range values {
		if !slices.Contains(known, name) {
			return nil, unknownParameter(name, known)
		}
		if len(given) > 1 {
			return nil, badRequest(fmt.Sprintf("Parameter %s is given %d times.", name, len(given)), "Give it once.")
		}
		q[name] = given[0]
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

func badRequest(detail, repair string) *problem {
	return newProblem(http.StatusBadRequest, "bad-request", "Request not understood", detail, repair)
}

// limit is the number of workloads of a page.
func (q query) limit(byDefault, most int) (int, error) {
	text, given := q["limit"]
	if !given {
		return byDefault, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, badRequest(fmt.Sprintf("limit=%.32s is out of range.", text), fmt.Sprintf("Write a whole number from 1 to %d.", most))
	}
	return n, nil
}

func (q query) namespace() (string, error) {
	ns := q["namespace"]
	if ns != "" && !workload.IsDNSLabel(ns) {
		return "", badRequest(fmt.Sprintf("namespace=%.64q is no name of a namespace.", ns),
			"Write the namespace of the ScaledObjects: lower-case letters, digits and '-', at most 63.")
	}
	return ns, nil
}

func (q query) position() (position, error) {
	p, err := parseToken(q["page_token"])
	if err != nil {
		return position{}, badRequest("The page_token is damaged.", "Use next_page_token of the page before, or leave it out to start over.")
	}
	return p, nil
}

// instant is the parameter at; zero when there is none.
func (q query) instant(now time.Time) (time.Time, error) {
	text, given := q["at"]
	if !given || text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, unspaced(text))
	if err != nil {
		return time.Time{}, badRequest(fmt.Sprintf("at=%.64q is not an instant.", text),
			"Write RFC 3339 with a zone, such as 2026-11-22T20:00:05Z; in an address write the + of an offset as %2B.")
	}
	if at.After(now.Add(skew)) {
		return time.Time{}, badRequest(fmt.Sprintf("at=%s lies ahead; it is %s.", at.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339)),
			"Leave at out for the latest decision.")
	}
	return at.UTC(), nil
}

// unspaced undoes what an unescaped + in an address became.
func unspaced(instant string) string {
	if i := len(instant) - len(" 02:00"); i > 0 && instant[i] == ' ' {
		return instant[:i] + "+" + instant[i+1:]
	}
	return instant
}
