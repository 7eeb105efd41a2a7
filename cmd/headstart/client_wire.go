package main

import (
	"time"

	"github.com/headstart-scaler/headstart/calendar/intake"
)

// The API's JSON, as far as commands show it, and as they print it themselves:
// see proto/headstart/v1.

// scheduleVersion is a state the schedule had.
type scheduleVersion struct {
	Number       int64     `json:"number"`
	At           time.Time `json:"at,omitzero"`
	Author       string    `json:"author"`
	Reason       string    `json:"reason"`
	Origin       string    `json:"origin,omitempty"`
	FileSHA256   string    `json:"file_sha256,omitempty"`
	Hash         string    `json:"hash,omitempty"`
	Events       int       `json:"events"`
	RolledBackTo int64     `json:"rolled_back_to,omitempty"`
}

// event is one of the schedule. Times are clocks in its zone.
type event struct {
	ID           string   `json:"id"`
	Title        string   `json:"title"`
	Class        string   `json:"class,omitempty"`
	Start        string   `json:"start"`
	End          string   `json:"end"`
	Timezone     string   `json:"timezone"`
	AllDay       bool     `json:"all_day,omitempty"`
	Recurrence   string   `json:"recurrence,omitempty"`
	Extra        []string `json:"extra,omitempty"`
	Except       []string `json:"except,omitempty"`
	Moved        []move   `json:"moved,omitempty"`
	Brands       []string `json:"brands,omitempty"`
	Markets      []string `json:"markets,omitempty"`
	Regions      []string `json:"regions,omitempty"`
	Workloads    string   `json:"workloads,omitempty"`
	Multiplier   float64  `json:"multiplier,omitempty"`
	ExpectedPeak float64  `json:"expected_peak,omitempty"`
	Unit         string   `json:"unit,omitempty"`
	Floor        int      `json:"floor,omitempty"`
	Confidence   float64  `json:"confidence,omitempty"`
	RampUp       string   `json:"ramp_up,omitempty"`
	RampDown     string   `json:"ramp_down,omitempty"`
	Status       string   `json:"status,omitempty"`
	Owner        string   `json:"owner,omitempty"`
	Notes        string   `json:"notes,omitempty"`
}

type move struct {
	From  string `json:"from"`
	Start string `json:"start"`
	End   string `json:"end"`
}

// occurrence is one time that an event takes place.
type occurrence struct {
	EventID    string    `json:"event_id"`
	Title      string    `json:"title"`
	Class      string    `json:"class,omitempty"`
	Start      time.Time `json:"start"`
	End        time.Time `json:"end"`
	LocalStart string    `json:"local_start"`
	LocalEnd   string    `json:"local_end"`
	Weekday    string    `json:"weekday"`
	Timezone   string    `json:"timezone"`
	CountsFrom time.Time `json:"counts_from,omitzero"`
	CountsTo   time.Time `json:"counts_to,omitzero"`
	Impact     string    `json:"impact"`
	Status     string    `json:"status"`
	Owner      string    `json:"owner,omitempty"`
	File       string    `json:"file,omitempty"`

	// Seen is what the last events of its class did.
	Seen        string  `json:"seen,omitempty"`
	SeenLeast   float64 `json:"seen_least,omitempty"`
	SeenMost    float64 `json:"seen_most,omitempty"`
	SeenSignals int     `json:"seen_signals,omitempty"`
}

// diff is what a change does to the schedule.
type diff struct {
	Added   []diffLine `json:"added"`
	Changed []diffLine `json:"changed"`
	Removed []diffLine `json:"removed"`
}

func (d *diff) size() int { return len(d.Added) + len(d.Changed) + len(d.Removed) }

// whole puts empty lists in the place of none, for programs.
func (d *diff) whole() {
	d.Added, d.Changed, d.Removed = whole(d.Added), whole(d.Changed), whole(d.Removed)
}

func whole[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

type diffLine struct {
	ID       string          `json:"id"`
	Title    string          `json:"title"`
	Before   *event          `json:"before,omitempty"`
	After    *event          `json:"after,omitempty"`
	Fields   []string        `json:"fields,omitempty"`
	Next     []occurrence    `json:"next,omitempty"`
	Replicas []replicaChange `json:"replicas,omitempty"`
	Seen     string          `json:"seen,omitempty"` // where what it is announced with is far from it
}

// stays is the event as it will be, or as it was where it is removed.
func (l diffLine) stays() event {
	switch {
	case l.After != nil:
		return *l.After
	case l.Before != nil:
		return *l.Before
	default:
		return event{ID: l.ID, Title: l.Title}
	}
}

type replicaChange struct {
	Workload string `json:"workload"`
	Before   int    `json:"before"`
	After    int    `json:"after"`
	Wanted   int    `json:"wanted,omitempty"` // without a maximum, where that is more
}

// imported is what became of a file, or would.
type imported struct {
	Applied         bool             `json:"applied"`
	Version         *scheduleVersion `json:"version,omitempty"`
	BaseVersion     int64            `json:"base_version"`
	Mode            string           `json:"mode"`
	Offline         bool             `json:"offline"` // read here: no diff
	Format          string           `json:"format"`
	EventsRead      int              `json:"events_read"`
	Events          []event          `json:"events"`
	Errors          []intake.Problem `json:"errors"`
	Warnings        []intake.Problem `json:"warnings"`
	ErrorsOmitted   int              `json:"errors_omitted"`
	WarningsOmitted int              `json:"warnings_omitted"`
	Repairs         []repair         `json:"repairs"`
	Columns         []intake.Column  `json:"columns"`
	DateOrder       string           `json:"date_order"`
	Diff            diff             `json:"diff"`
	Corrected       string           `json:"corrected,omitempty"` // the file written by --corrected
}

// repair is problems that are mended in the same way.
type repair struct {
	Code   intake.Code `json:"code"`
	Column string      `json:"column"`
	Fix    string      `json:"fix"`
	Rows   string      `json:"rows"`
	Count  int         `json:"count"`
	Blocks bool        `json:"blocks"`

	example intake.Problem
	flag    string // by which this command is told what the file does not say
}

// repairs groups what is wrong with a file by what to do about it.
func (im *imported) repairs() []repair {
	var all []repair
	for _, kind := range []struct {
		problems []intake.Problem
		blocks   bool
	}{{im.Errors, true}, {im.Warnings, false}} {
		for _, g := range intake.Group(kind.problems) {
			all = append(all, repair{
				Code: g.Code, Column: g.Column, Fix: g.Fix, Rows: g.Rows, Count: g.Count, Blocks: kind.blocks, example: g.Example, flag: im.flagFor(g.Code),
			})
		}
	}
	return all
}

// whole makes the lists that programs rely on.
func (im *imported) whole() {
	im.Events, im.Errors, im.Warnings, im.Columns = whole(im.Events), whole(im.Errors), whole(im.Warnings), whole(im.Columns)
	im.Repairs = whole(im.repairs())
	im.Diff.whole()
	if im.Version != nil && im.Version.Number == 0 {
		im.Version = nil
	}
}

// override is what a person ordered for a workload.
type override struct {
	ID           int64     `json:"id"`
	Workload     string    `json:"workload"`
	Kind         string    `json:"kind"`
	Replicas     int       `json:"replicas"`
	Start        time.Time `json:"start"`
	End          time.Time `json:"end"`
	Author       string    `json:"author"`
	Reason       string    `json:"reason"`
	ExpiredAt    time.Time `json:"expired_at,omitzero"`
	ExpiredBy    string    `json:"expired_by,omitempty"`
	ExpireReason string    `json:"expire_reason,omitempty"`
	Active       bool      `json:"active"`
	Notes        []string  `json:"notes"`
}

// checkpoint is the head of the audit log.
type checkpoint struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
	At   string `json:"at"`
}

// pages asks for all pages of a list; each answer names the next one's token.
func pages(ask func(token string) (next string, err error)) error {
	for token := ""; ; {
		next, err := ask(token)
		if err != nil || next == "" || next == token {
			return err
		}
		token = next
	}
}

// body is a JSON object that is sent.
type body map[string]any
