package api

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
	"github.com/headstart-scaler/headstart/workload"
)

const (
	// longestSpan is how much time a list of occurrences may cover.
	longestSpan = 400 * 24 * time.Hour
	// Occurrences are worked out a stretch at a time, until a page is full: an
	// hourly event has ten thousand in a year.
	firstStretch   = 24 * time.Hour
	longestStretch = 64 * firstStretch
)

// span is what a list of occurrences covers, and the one that the page before
// ended with.
type span struct {
	from, to time.Time
	after    *place
}

// place is where an occurrence stands in a list.
type place struct {
	from, start, end int64 // nanoseconds since 1970
	id               string
}

func placeOf(o calendar.Occurrence) place {
	return place{o.From().UnixNano(), o.Start.UnixNano(), o.End.UnixNano(), o.Event.ID}
}

// compare orders as a calendar.Timeline does.
func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.from, o.from), cmp.Compare(p.start, o.start), cmp.Compare(p.id, o.id), cmp.Compare(p.end, o.end))
}

// ListOccurrences lists when events in force take place.
func (s *scheduleService) ListOccurrences(ctx context.Context, r *pb.ListOccurrencesRequest) (*pb.ListOccurrencesResponse, error) {
	size, err := pageSize(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	span, err := spanOf(r, s.options.Now())
	if err != nil {
		return nil, err
	}
	concerns, only, err := s.concerning(r.GetWorkload())
	if err != nil {
		return nil, err
	}
	leave, err := s.readers.seat(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	schedule, classes, err := s.planner.InForce(ctx)
	if err != nil {
		return nil, asFault(err)
	}
	found, err := span.find(ctx, size+1, func(from, to time.Time) []calendar.Occurrence {
		return slices.DeleteFunc(schedule.Timeline(classes, from, to).Between(from, to), func(o calendar.Occurrence) bool { return !concerns(o) })
	})
	if err != nil {
		return nil, asFault(err)
	}
	var files map[string]string
	if s.options.Files != nil {
		files = s.options.Files()
	}
	page, more := trimmed(found, size)
	answer := &pb.ListOccurrencesResponse{}
	known := s.options.pastsOf(only)
	for _, o := range page {
		m := occurrenceMessage(o, files[o.Event.ID])
		seen := known.of(o.Event)
		m.Seen, m.SeenLeast, m.SeenMost, m.SeenSignals = seen.text, seen.least, seen.most, whole(seen.signals)
		answer.Occurrences = append(answer.Occurrences, m)
	}
	if more {
		answer.NextPageToken = span.token(page[size-1])
	}
	return answer, nil
}

// concerning tells the occurrences that concern a workload; all of them where
// none is named, and only is nil.
func (s *scheduleService) concerning(name string) (concerns func(calendar.Occurrence) bool, only *workload.ID, err error) {
	if name == "" {
		return func(calendar.Occurrence) bool { return true }, nil, nil
	}
	id, err := workload.ParseID(name)
	if err != nil {
		return nil, nil, invalid("workload", name, "NAMESPACE/NAME of a ScaledObject")
	}
	labels := map[string]string{}
	if s.options.Labels != nil {
		labels = s.options.Labels(id)
	}
	return func(o calendar.Occurrence) bool { return o.Event.Scope.Concerns(labels) }, &id, nil
}

func spanOf(r *pb.ListOccurrencesRequest, now time.Time) (span, error) {
	parts, err := parseToken(r.GetPageToken(), "occurrences", 6)
	if err != nil {
		return span{}, err
	}
	if parts != nil {
		return parseSpan(parts)
	}
	n := span{from: now.UTC()}
	if r.GetFrom() != nil {
		if n.from, err = instant("from", r.GetFrom()); err != nil {
			return span{}, err
		}
	}
	n.to = n.from.Add(firstStretch)
	if r.GetTo() != nil {
		if n.to, err = instant("to", r.GetTo()); err != nil {
			return span{}, err
		}
	}
	return n, n.check()
}

// check holds a span to what the calendar can tell, and to what can be counted
// in nanoseconds.
func (n span) check() error {
	switch length := n.to.Sub(n.from); {
	case n.from.Year() < 1900 || n.to.Year() > 2200:
		return invalid("from", n.from.Format(time.RFC3339), "an instant from 1900 to 2200")
	case length <= 0 || length > longestSpan:
		return invalid("to", n.to.Format(time.RFC3339), fmt.Sprintf("an instant after from, %s, and within 400 days of it", n.from.Format(time.RFC3339)))
	}
	return nil
}

// token is where the next page begins. It holds the span too, whose default is
// another one by then.
func (n span) token(last calendar.Occurrence) string {
	p := placeOf(last)
	number := func(v int64) string { return strconv.FormatInt(v, 36) }
	return token("occurrences", number(n.from.UnixNano()), number(n.to.UnixNano()), number(p.from), number(p.start), number(p.end), p.id)
}

func parseSpan(parts []string) (span, error) {
	var numbers [5]int64
	for i := range numbers {
		v, err := strconv.ParseInt(parts[i], 36, 64)
		if err != nil {
			return span{}, damaged()
		}
		numbers[i] = v
	}
	n := span{
		from: time.Unix(0, numbers[0]).UTC(), to: time.Unix(0, numbers[1]).UTC(),
		after: &place{numbers[2], numbers[3], numbers[4], parts[5]},
	}
	if n.check() != nil {
		return span{}, damaged()
	}
	return n, nil
}

// find returns the first occurrences of a span after the place where the page
// before ended.
func (n span) find(ctx context.Context, most int, between func(from, to time.Time) []calendar.Occurrence) ([]calendar.Occurrence, error) {
	var found []calendar.Occurrence
	begin := n.from
	if n.after != nil {
		if last := time.Unix(0, n.after.from).UTC(); last.After(begin) {
			begin = last
		}
	}
	for length := firstStretch; begin.Before(n.to) && len(found) < most; length = min(2*length, longestStretch) {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("list occurrences: %w", err)
		}
		end := begin.Add(length)
		if end.After(n.to) {
			end = n.to
		}
		for _, o := range between(begin, end) {
			if n.lists(o, begin) {
				found = append(found, o)
			}
		}
		begin = end
	}
	return found[:min(len(found), most)], nil
}

// lists reports whether an occurrence belongs to the stretch that begins there,
// and to no page before. Each belongs to the stretch in which it begins to
// count, those that began before to the first one.
func (n span) lists(o calendar.Occurrence, begin time.Time) bool {
	if o.From().Before(begin) && !begin.Equal(n.from) {
		return false
	}
	return n.after == nil || placeOf(o).compare(*n.after) > 0
}
