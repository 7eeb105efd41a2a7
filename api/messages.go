package api

import (
	"math"
	"slices"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/calendar/intake"
	"github.com/headstart-scaler/headstart/planner"
	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
	"github.com/headstart-scaler/headstart/store"
)

// whole is a number as messages have it. What is beyond them is not reached:
// a version a second is 68 years.
func whole[N ~int | ~int32 | ~int64](n N) int32 {
	return int32(max(math.MinInt32, min(math.MaxInt32, int64(n))))
}

// stamp is an instant, nothing for the zero one.
func stamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

func versionMessage(v store.Version) *pb.Version {
	m := &pb.Version{
		Number: whole(v.Number), At: stamp(v.At), Author: v.Author, Reason: v.Reason, Origin: v.Origin,
		Events: whole(v.Events), RolledBackTo: whole(v.RolledBackTo),
	}
	if v.FileSHA256 != (store.Digest{}) {
		m.FileSha256 = v.FileSHA256.String()
	}
	if v.Hash != (store.Digest{}) {
		m.Hash = v.Hash.String()
	}
	return m
}

func importMessage(im planner.Import, r *pb.ImportScheduleRequest) *pb.ImportScheduleResponse {
	m := &pb.ImportScheduleResponse{
		Applied: im.Applied.Number != 0, BaseVersion: whole(im.Base.Number), Format: string(im.Read.Format),
		Errors: problemMessages(im.Read.Errors), Warnings: problemMessages(im.Read.Warnings),
		ErrorsOmitted: whole(im.Read.ErrorsOmitted), WarningsOmitted: whole(im.Read.WarningsOmitted),
		Repairs:   slices.Concat(repairMessages(im.Read.Errors, true), repairMessages(im.Read.Warnings, false)),
		DateOrder: string(im.Read.Order), EventsRead: whole(len(im.Read.Events)), Counts: countsMessage(im.Diff),
	}
	if m.Applied {
		m.Version = versionMessage(im.Applied)
	}
	for _, c := range im.Read.Columns {
		m.Columns = append(m.Columns, &pb.Column{Header: c.Header, Means: c.Means})
	}
	if !r.GetOmitDiff() {
		m.Diff = diffMessage(im.Diff)
	}
	if r.GetOmitEvents() {
		return m
	}
	for _, e := range im.Read.Events {
		m.Events = append(m.Events, eventMessage(e))
	}
	return m
}

func countsMessage(d planner.Diff) *pb.Counts {
	return &pb.Counts{Added: whole(len(d.Added)), Changed: whole(len(d.Changed)), Removed: whole(len(d.Removed))}
}

func problemMessages(problems []intake.Problem) []*pb.Problem {
	var list []*pb.Problem
	for _, p := range problems {
		list = append(list, &pb.Problem{
			Row: whole(p.Row), Column: p.Column, Code: string(p.Code), Found: p.Found, Expected: p.Expected, Fix: p.Fix,
		})
	}
	return list
}

func repairMessages(problems []intake.Problem, blocks bool) []*pb.Repair {
	var list []*pb.Repair
	for _, r := range intake.Group(problems) {
		list = append(list, &pb.Repair{
			Code: string(r.Code), Column: r.Column, Fix: r.Fix, Rows: r.Rows, Count: whole(r.Count), Blocks: blocks,
		})
	}
	return list
}

func diffMessage(d planner.Diff) *pb.Diff {
	return &pb.Diff{Added: lineMessages(d.Added), Changed: lineMessages(d.Changed), Removed: lineMessages(d.Removed)}
}

func lineMessages(lines []planner.Line) []*pb.DiffLine {
	var list []*pb.DiffLine
	for _, l := range lines {
		m := &pb.DiffLine{Fields: l.Fields}
		for _, e := range []*calendar.Event{l.Before, l.After} {
			if e != nil {
				m.Id, m.Title = e.ID, e.Title
			}
		}
		if l.Before != nil {
			m.Before = eventMessage(l.Before)
		}
		if l.After != nil {
			m.After = eventMessage(l.After)
		}
		for _, o := range l.Next {
			m.Next = append(m.Next, occurrenceMessage(o, ""))
		}
		for _, r := range l.Replicas {
			m.Replicas = append(m.Replicas, &pb.ReplicaChange{Workload: r.Workload, Before: whole(r.Before), After: whole(r.After), Wanted: whole(r.Wanted)})
		}
		list = append(list, m)
	}
	return list
}

func eventMessage(e *calendar.Event) *pb.Event {
	m := &pb.Event{
		Id: e.ID, Title: e.Title, Class: e.Class,
		Start: e.Window.Start.String(), End: e.Window.End.String(), Timezone: e.Window.Zone.String(), AllDay: e.Window.AllDay,
		Recurrence: e.Recurrence.Rule().String(), Extra: clocks(e.Recurrence.Extra()), Except: clocks(e.Recurrence.Left()),
		Brands: e.Scope.Brands, Markets: e.Scope.Markets, Regions: e.Scope.Regions, Workloads: e.Scope.Workloads.String(),
		Confidence: e.Confidence, Status: string(e.Status), Owner: e.Owner, Notes: e.Notes,
	}
	for _, move := range e.Recurrence.Moved() {
		m.Moved = append(m.Moved, &pb.Move{From: move.From.String(), Start: move.Start.String(), End: move.End.String()})
	}
	switch i := e.Impact; {
	case i.Multiplier != 0:
		m.Multiplier = &i.Multiplier
	case i.Peak.Value != 0:
		m.ExpectedPeak, m.Unit = &i.Peak.Value, string(i.Peak.Unit)
	case i.Floor != 0:
		m.Floor = &i.Floor
	}
	if e.Ramp.Up != 0 {
		m.RampUp = durationpb.New(e.Ramp.Up)
	}
	if e.Ramp.Down != 0 {
		m.RampDown = durationpb.New(e.Ramp.Down)
	}
	return m
}

func clocks(walls []calendar.Wall) []string {
	var texts []string
	for _, w := range walls {
		texts = append(texts, w.String())
	}
	return texts
}

func occurrenceMessage(o calendar.Occurrence, file string) *pb.Occurrence {
	zone := o.Event.Window.Zone
	start, end := calendar.WallOf(o.Start.In(zone)), calendar.WallOf(o.End.In(zone))
	return &pb.Occurrence{
		EventId: o.Event.ID, Title: o.Event.Title, Class: o.Event.Class, Start: stamp(o.Start), End: stamp(o.End),
		LocalStart: start.String(), LocalEnd: end.String(), Weekday: start.Weekday().String(), Timezone: zone.String(),
		CountsFrom: stamp(o.From()), CountsTo: stamp(o.To()), Impact: impactText(o.Impact()),
		Status: string(o.Event.Status), Owner: o.Event.Owner, File: file,
	}
}

// impactText is what an event does, as a person reads it.
func impactText(i calendar.Impact) string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	switch {
	case i.Multiplier != 0:
		return "×" + number(i.Multiplier)
	case i.Peak.Value != 0:
		return number(i.Peak.Value) + " " + string(i.Peak.Unit)
	case i.Floor != 0:
		return "floor " + strconv.Itoa(int(i.Floor))
	default:
		return ""
	}
}
