package redis_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/redis"
)

// 100 000 events of a schedule, of about 400 bytes each.
func schedule() []byte {
	var b bytes.Buffer
	for i := range 100_000 {
		fmt.Fprintf(&b, `{"id":"ev-%06d","title":"Tournament %d of the spring series, final round","class":"tournament",`+
			`"window":{"start":"2027-%02d-%02dT%02d:%02d","end":"2027-%02d-%02dT23:59","zone":"Europe/Malta"},`+
			`"scope":{"brands":["brand-%d"],"markets":["DE","MT","SE"]},"impact":{"expectedPeak":%d,"unit":"rps"},`+
			`"confidence":0.%02d,"status":"confirmed","owner":"mia@example.com","notes":"see the plan of week %d, row %d"}`+"\n",
			i, i%997, i%12+1, i%28+1, i%22, i%60, i%12+1, i%28+1, i%17, 1000+i*7%9000, i%100, i%52, i)
	}
	return b.Bytes()
}

func BenchmarkStore(b *testing.B) {
	server := serve(b)
	s, err := redis.Open(b.Context(), server.options())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	ctx, document, n := b.Context(), schedule(), int64(0)
	b.Run("Apply", func(b *testing.B) {
		loop(b, func() error {
			fresh := append([]byte(fmt.Sprintf("%12d\n", n)), document...)
			v, err := s.Apply(ctx, store.Proposal{Expected: n, Document: fresh, Author: "ci"})
			n = v.Number
			return err
		})
		b.ReportMetric(float64(bytesOnDisk(b, server.dir))/float64(n), "disk-B/version")
		b.ReportMetric(float64(len(document)), "document-B")
	})
	b.Run("Current", func(b *testing.B) {
		loop(b, func() error { _, err := s.Current(ctx); return err })
	})
	b.Run("Document", func(b *testing.B) {
		loop(b, func() error { _, err := s.Document(ctx, n); return err })
	})
	b.Run("Note", func(b *testing.B) {
		loop(b, func() error {
			_, err := s.Note(ctx, store.Entry{Actor: "a", Verb: "b", Object: "c"}, store.Key{})
			return err
		})
	})
}

func loop(b *testing.B, do func() error) {
	b.ReportAllocs()
	for b.Loop() {
		if err := do(); err != nil {
			b.Fatal(err)
		}
	}
}

func bytesOnDisk(b *testing.B, dir string) (size int64) {
	b.Helper()
	if err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		size += info.Size()
		return err
	}); err != nil {
		b.Fatal(err)
	}
	return size
}
