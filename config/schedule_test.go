package config_test

import (
	"maps"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/calendar"
	"github.com/headstart-scaler/headstart/config"
)

const withSchedule = `apiVersion: headstart/v1
kind: Server
spec:
  policies: [policies/]
  store:
    redis:
      addresses: [a:26379, b:26379]
      masterName: mymaster
      passwordFile: secrets/redis
      waitReplicas: 1
  schedule:
    files:
      - {path: schedule, timezone: Europe/Malta, dateOrder: dmy}
      - {path: one.ics}
  http: {tokenFile: secrets/token}
`

const classes = `apiVersion: headstart/v1
kind: EventClass
metadata: {name: tournament}
spec: {overlap: add, rampUp: 30m, rampDown: 10m, multiplier: 2.5, tentative: ignore}
---
apiVersion: headstart/v1
kind: EventClass
metadata: {name: plain}
`

func TestClassesStoreAndScheduleFilesAreLoaded(t *testing.T) {
	dir := write(t, map[string]string{
		"server.yaml": withSchedule, "policies/classes.yaml": classes,
		"schedule/b.csv": "b", "schedule/A.XLSX": "a", "schedule/readme.md": "not read", "schedule/.hidden.csv": "not read", "one.ics": "c",
	})
	set, err := config.Load(filepath.Join(dir, "server.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	wantClasses := calendar.Classes{
		"tournament": {Name: "tournament", Overlap: calendar.Add, Ramp: calendar.Ramp{Up: 30 * time.Minute, Down: 10 * time.Minute}, Multiplier: 2.5, IgnoreTentative: true},
		"plain":      {Name: "plain", Overlap: calendar.Max},
	}
	if !reflect.DeepEqual(set.Classes, wantClasses) {
		t.Errorf("classes %+v, want %+v", set.Classes, wantClasses)
	}
	wantStore := config.Store{Redis: config.Redis{
		Addresses: []string{"a:26379", "b:26379"}, MasterName: "mymaster", Prefix: "headstart", WaitReplicas: 1, Timeout: 3 * time.Second,
		Login: config.Login{Password: config.Credential{File: filepath.Join(dir, "secrets/redis")}},
	}}
	if !reflect.DeepEqual(set.Server.Store, wantStore) {
		t.Errorf("store %+v, want %+v", set.Server.Store, wantStore)
	}
	if want := (config.Credential{File: filepath.Join(dir, "secrets/token")}); set.Server.HTTP.Token != want {
		t.Errorf("token %+v, want %+v", set.Server.HTTP.Token, want)
	}
	malta := func(name string) config.ScheduleFile {
		return config.ScheduleFile{Path: filepath.Join(dir, "schedule", name), Timezone: "Europe/Malta", DateOrder: "dmy"}
	}
	wantFiles := []config.ScheduleText{
		{ScheduleFile: malta("A.XLSX"), Data: []byte("a")},
		{ScheduleFile: malta("b.csv"), Data: []byte("b")},
		{ScheduleFile: config.ScheduleFile{Path: filepath.Join(dir, "one.ics")}, Data: []byte("c")},
	}
	if !reflect.DeepEqual(set.Schedules, wantFiles) {
		t.Errorf("schedules %+v, want %+v", set.Schedules, wantFiles)
	}
}

// A schedule in Git is watched like policies: another content is another hash.
func TestTheHashIsOfScheduleFilesAndClassesToo(t *testing.T) {
	load := func(files map[string]string) string {
		all := map[string]string{"server.yaml": withSchedule, "policies/classes.yaml": classes, "schedule/b.csv": "b", "one.ics": "c"}
		maps.Copy(all, files)
		set, err := config.Load(filepath.Join(write(t, all), "server.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		return set.Hash
	}
	first := load(nil)
	if again := load(nil); again != first {
		t.Errorf("the same files have the hashes %s and %s", first, again)
	}
	for name, files := range map[string]map[string]string{
		"a file":      {"schedule/b.csv": "other"},
		"one more":    {"schedule/c.csv": "more"},
		"a class":     {"policies/classes.yaml": classes + "spec: {overlap: multiply}\n"},
		"a time zone": {"server.yaml": withSchedule[:len(withSchedule)-len("  http: {tokenFile: secrets/token}\n")]},
	} {
		if hash := load(files); hash == first {
			t.Errorf("%s changed, and not the hash", name)
		}
	}
}
