package config_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headstart-scaler/headstart/config"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a committed file, as a reader would see it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; read it, then run go test ./config -update\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

// TestErrorsReadAsWritten holds what a person is told about each bad file.
func TestErrorsReadAsWritten(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { readsAsWritten(t, file) })
	}
}

func readsAsWritten(t *testing.T, file string) {
	_, err := config.Load(file)
	places, ok := errors.AsType[config.Errors](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	golden(t, strings.TrimSuffix(file, ".yaml")+".golden", err.Error()+"\n")
	for _, p := range places {
		if p.Fix == "" || p.Message == "" || p.File != filepath.ToSlash(file) {
			t.Errorf("unhelpful: %+v", p)
		}
	}
	if strings.Contains(err.Error(), "hunter") {
		t.Error("shows a secret")
	}
}
