package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/headstart-scaler/headstart/calendar/intake"
	"github.com/headstart-scaler/headstart/planner"
	pb "github.com/headstart-scaler/headstart/proto/headstart/v1"
)

const (
	// maxFile is what a file may have, and maxMessage a message around it.
	maxFile    = 32 << 20
	maxMessage = maxFile + 1<<20
	// uploadsAtOnce is how many files are read at once: one of 100 000 events
	// takes half a gigabyte for some seconds.
	uploadsAtOnce = 1
	// readsAtOnce is how many whole schedules are read at once, and readsWaiting
	// how many requests may wait for it, those at it included.
	readsAtOnce  = 1
	readsWaiting = 16
)

// The modes of an import.
const (
	modeMerge   = "merge"
	modeReplace = "replace"
)

// uploadOf is what a request wants to be in the schedule.
func uploadOf(ctx context.Context, r *pb.ImportScheduleRequest) (planner.Upload, error) {
	u := planner.Upload{Name: r.GetFilename(), Data: r.GetFile(), Columns: r.GetColumns(), DryRun: r.GetDryRun(), RemoveMany: r.GetRemoveMany()}
	if err := checkFile(u.Data); err != nil {
		return u, err
	}
	c, unconditional := conditionsFrom(ctx, r.ExpectedVersion, r.GetIdempotencyKey())
	var noZone, noOrder, noRange, nobody error
	u.Zone, noZone = zoneOf(r.GetTimezone())
	u.DateOrder, noOrder = orderOf(r.GetDateOrder())
	u.Replace, noRange = rangeOf(r)
	if u.By, nobody = personOf(r.GetAuthor(), r.GetReason(), c.key, "over HTTP a parameter of the address: &author=ana"); u.DryRun {
		nobody = nil
	}
	u.Expected = c.expected
	return u, gathered(noZone, noOrder, noRange, nobody, unconditional)
}

// checkFile returns a fault for a file that is none.
func checkFile(data []byte) error {
	switch {
	case len(data) > maxFile:
		return tooLarge()
	case len(data) == 0:
		return badRequest("There is no file in the request.", "Send the file as the body, as it is: curl --data-binary @schedule.xlsx.")
	}
	return nil
}

func zoneOf(name string) (*time.Location, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // no zone was said, and none is meant
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, invalid("timezone", name, "a name such as Europe/Malta or UTC")
	}
	return zone, nil
}

func orderOf(text string) (intake.DateOrder, error) {
	switch o := intake.DateOrder(strings.ToLower(text)); o {
	case intake.DetectOrder, intake.DayMonthYear, intake.MonthDayYear, intake.YearMonthDay:
		return o, nil
	default:
		return "", invalid("date_order", text, "dmy, mdy or ymd")
	}
}

// rangeOf is the range that is replaced; nil where the file is merged.
func rangeOf(r *pb.ImportScheduleRequest) (*planner.Range, error) {
	ranged := r.GetReplaceFrom() != nil || r.GetReplaceTo() != nil
	switch r.GetMode() {
	case modeMerge:
		if ranged {
			return nil, invalid("mode", modeMerge, "replace, where a range is given; a merge has none")
		}
		return nil, nil //nolint:nilnil // nothing is replaced
	case modeReplace:
		from, noStart := instant("replace_from", r.GetReplaceFrom())
		to, noEnd := instant("replace_to", r.GetReplaceTo())
		if err := gathered(noStart, noEnd); err != nil {
			return nil, err
		}
		if !from.Before(to) {
			return nil, invalid("replace_to", to.Format(time.RFC3339), "an instant after replace_from, "+from.Format(time.RFC3339))
		}
		return &planner.Range{From: from, To: to}, nil
	default:
		return nil, invalid("mode", r.GetMode(), "merge, or replace with replace_from and replace_to")
	}
}

// anInstant is what to write where one is expected.
const anInstant = "an instant such as 2026-11-01T00:00:00Z"

// instant is a time that has to be there.
func instant(field string, t *timestamppb.Timestamp) (time.Time, error) {
	if t == nil {
		return time.Time{}, invalid(field, "", anInstant)
	}
	if t.CheckValid() != nil {
		return time.Time{}, invalid(field, fmt.Sprint(t.GetSeconds()), "an instant from year 1 to 9999")
	}
	return t.AsTime(), nil
}

// ofBody is where whoever asks is to be named.
const ofBody = "a field of the body"

// personOf is who asks. People and roles come with the console: until then a
// name is taken as it is said. Where says where it is to be said.
func personOf(author, reason, key, where string) (planner.Person, error) {
	p := planner.Person{Author: strings.TrimSpace(author), Reason: strings.TrimSpace(reason), Key: key}
	if p.Author == "" {
		return p, invalid("author", author, "who asks, as every change is traceable ("+where+")")
	}
	return p, nil
}
