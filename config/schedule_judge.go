package config

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/config/internal/document"
	"github.com/headstart-scaler/headstart/config/internal/shape"
	"github.com/headstart-scaler/headstart/workload"
)

// longestRamp is how long demand may take to rise or to fall.
const longestRamp = 7 * 24 * time.Hour

// mostScheduleBytes bounds a file with events; whoever reads it may want less.
const mostScheduleBytes = 64 << 20

var redisPrefix = regexp.MustCompile(`^[A-Za-z0-9:_-]{1,64}$`)

// classes judges all EventClass documents.
func (c *compiler) classes() {
	c.set.Classes = calendar.Classes{}
	first := map[string]*document.Document{}
	for _, d := range c.classDocs {
		var in shape.EventClass
		j := judge{doc: d, decoded: d.Decode(&in)}
		class := j.class(in)
		c.errors = append(append(c.errors, j.decoded...), j.errors...)
		if before := first[class.Name]; before != nil && class.Name != "" {
			c.errors = append(c.errors, d.Problem(workload.Error, "duplicate", "metadata.name",
				fmt.Sprintf("class %s is also in %s:%d", class.Name, before.File, before.Line("metadata.name")), "Give one of them another name."))
		}
		first[class.Name], c.set.Classes[class.Name] = d, class
	}
}

func (j *judge) class(in shape.EventClass) calendar.Class {
	spec := in.Spec
	out := calendar.Class{
		Name: in.Metadata.Name, Overlap: calendar.Overlap(spec.Overlap), IgnoreTentative: spec.Tentative == "ignore",
		Ramp: calendar.Ramp{Up: spec.RampUp.Duration, Down: spec.RampDown.Duration},
	}
	if spec.Multiplier != nil {
		out.Multiplier = *spec.Multiplier
	}
	j.label("metadata.name", in.Metadata.Name)
	j.between("spec.rampUp", out.Ramp.Up, 0, longestRamp)
	j.between("spec.rampDown", out.Ramp.Down, 0, longestRamp)
	return out
}

// store judges where schedules and overrides are kept.
func (j *judge) store(in *shape.Store) Store {
	const path = "spec.store"
	switch {
	case in == nil:
		return Store{}
	case in.SQLite != nil && in.Redis != nil:
		j.refuse(path, "is sqlite and redis at once", "Keep one of them.")
	case in.SQLite != nil:
		if in.SQLite.File == "" {
			j.refuse(path+".sqlite.file", "is empty", "Write a file such as headstart.db.")
		}
		return Store{SQLiteFile: in.SQLite.File}
	case in.Redis != nil:
		return Store{Redis: j.redis(path+".redis", *in.Redis)}
	default:
		j.refuse(path, "does not say what it is", "Add sqlite: or redis:.")
	}
	return Store{}
}

func (j *judge) redis(path string, in shape.Redis) Redis {
	out := Redis{
		Addresses: in.Addresses, MasterName: in.MasterName, Cluster: in.Cluster, Database: in.Database, Prefix: in.Prefix,
		Login: Login{
			Username: j.credential(path+".username", in.UsernameFile, in.UsernameFromEnv, false),
			Password: j.credential(path+".password", in.PasswordFile, in.PasswordFromEnv, false),
		},
		TLS: TLS(in.TLS), WaitReplicas: in.WaitReplicas, Timeout: in.Timeout.Duration,
	}
	if len(in.Addresses) == 0 {
		j.refuse(path+".addresses", "is empty", "Write at least one server, HOST:PORT.")
	}
	for i, address := range in.Addresses {
		at := fmt.Sprintf("%s.addresses[%d]", path, i)
		if !j.doc.Has(at) {
			at = path + ".addresses"
		}
		j.address(at, address, "redis:6379")
	}
	if !redisPrefix.MatchString(in.Prefix) {
		j.refuse(path+".prefix", fmt.Sprintf("found %.80q", in.Prefix), "Write letters, digits, ':', '_' and '-', at most 64.")
	}
	switch {
	case in.Cluster && in.MasterName != "":
		j.refuse(path+".masterName", "is written for a cluster", "Remove it, or cluster: true.")
	case in.Cluster && in.Database != 0:
		j.refuse(path+".database", "is not 0, and a cluster has no other", "Remove it.")
	case !in.Cluster && in.MasterName == "" && len(in.Addresses) > 1:
		j.refuse(path+".addresses", "has several servers, and does not say what they are", "Add masterName: for Sentinels, or cluster: true.")
	}
	j.between(path+".timeout", out.Timeout, leastTimeout, mostTimeout)
	if !in.TLS.Enabled && in.TLS != (shape.KafkaTLS{}) {
		j.refuse(path+".tls", "is configured and not enabled: connections would be in plain text", "Add enabled: true, or remove tls.")
	}
	j.pair(path+".tls", in.TLS.CertFile, in.TLS.KeyFile)
	return out
}

func (j *judge) schedules(in shape.Schedule) []ScheduleFile {
	var out []ScheduleFile
	for i, f := range in.Files {
		path := fmt.Sprintf("spec.schedule.files[%d]", i)
		if f.Path == "" && j.doc.Has(path+".path") {
			j.refuse(path+".path", "is empty", "Write a file or a folder, relative to this file.")
		}
		if f.Timezone != "" {
			j.zone(path+".timezone", f.Timezone)
		}
		out = append(out, ScheduleFile(f))
	}
	return out
}

// zone wants the name of a time zone that is the same on every machine.
func (j *judge) zone(path, name string) {
	if _, err := time.LoadLocation(name); err != nil || name == "Local" || name == "" {
		j.refuse(path, fmt.Sprintf("found %.80q", name), "Write the name of a time zone, such as Europe/Malta.")
	}
}

// schedules reads the files with events.
func (c *compiler) schedules(l *library, dir string, files []ScheduleFile) {
	for i, f := range files {
		if f.Path == "" {
			continue
		}
		texts, err := l.schedules(l.join(dir, f.Path))
		if err != nil {
			c.unreadable(fmt.Sprintf("spec.schedule.files[%d].path", i), f.Path, err)
			continue
		}
		for _, text := range texts {
			text.Timezone, text.DateOrder = f.Timezone, f.DateOrder
			c.set.Schedules = append(c.set.Schedules, text)
		}
	}
}

// scheduleEndings are those of files with events.
func scheduleEndings() []string { return []string{".csv", ".xlsx", ".ics", ".zip", ".json"} }

// holdsEvents reports whether a file that is named by itself is a schedule. JSON
// may be an object of Kubernetes as well.
func (l *library) holdsEvents(name string) bool {
	if !isSchedule(name) || strings.ToLower(path.Ext(name)) != ".json" {
		return isSchedule(name)
	}
	const first = 4096
	data, err := l.bytes(name, first)
	text := strings.TrimSpace(string(data))
	return err == nil && (strings.HasPrefix(text, "[") || strings.Contains(text, `"events"`) && !strings.Contains(text, `"apiVersion"`))
}

func isSchedule(name string) bool {
	return slices.Contains(scheduleEndings(), strings.ToLower(path.Ext(name)))
}
