package pack_test

import (
	"bytes"
	"errors"
	"runtime"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/headstart-scaler/headstart/store"
	"github.com/headstart-scaler/headstart/store/internal/pack"
)

func TestOnlyWhatWasPackedComesBack(t *testing.T) {
	document := bytes.Repeat([]byte(`{"id":"sat-20","class":"tournament"}`), 1000)
	packed, err := pack.Pack(document)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := pack.Unpack(packed, store.Sum(document)); err != nil || !bytes.Equal(got, document) || len(packed) > len(document)/10 {
		t.Errorf("%d bytes packed, %d back, %v", len(packed), len(got), err)
	}
	for i := range packed {
		spoilt := bytes.Clone(packed)
		spoilt[i] ^= 1
		if got, err := pack.Unpack(spoilt, store.Sum(document)); err == nil && !bytes.Equal(got, document) || err != nil && !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("bit of byte %d: %v", i, err)
		}
	}
	for _, bad := range [][]byte{nil, {}, packed[:len(packed)-1], append(bytes.Clone(packed), packed...)} {
		if _, err := pack.Unpack(bad, store.Sum(document)); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
}

// Some kilobytes that become four times what a document may have.
func TestABombIsRefused(t *testing.T) {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	bomb := w.EncodeAll(make([]byte, 4*store.MaxDocument), nil)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = pack.Unpack(bomb, store.Digest{})
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, store.ErrCorrupt) || used > 2*store.MaxDocument {
		t.Errorf("%d bytes were unpacked with %d MB: %v", len(bomb), used>>20, err)
	}
}

func TestTheLargestDocument(t *testing.T) {
	document := make([]byte, store.MaxDocument)
	packed, err := pack.Pack(document)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := pack.Unpack(packed, store.Sum(document)); err != nil || len(got) != len(document) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
