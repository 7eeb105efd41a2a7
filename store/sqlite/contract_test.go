package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/headstart-scaler/headstart/store/sqlite"
	"github.com/headstart-scaler/headstart/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Place {
		// A path that means something else in a URI.
		path := filepath.Join(t.TempDir(), "100% é#1?mode=memory&x.db")
		return func(t *testing.T, now func() time.Time) storetest.Store {
			return open(t, path, sqlite.Options{Now: now})
		}
	})
}

func open(t *testing.T, path string, o sqlite.Options) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
