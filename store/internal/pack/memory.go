package pack

import (
	"errors"
	"fmt"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/headstart-scaler/headstart/store"
)

// memoryWindow is as much as what is learned of a series.
const memoryWindow = 64 << 10

// Memories returns the packed contents of what is to be remembered, quickly
// rather than tightly: they are written over and over. A learned series takes
// half to two thirds of its room.
func Memories(list []store.Memory) ([][]byte, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(memoryWindow))
	if err != nil {
		return nil, fmt.Errorf("pack what was learned: %w", err)
	}
	defer w.Close() //nolint:errcheck // it has no destination to flush to
	packed := make([][]byte, len(list))
	for i, m := range list {
		packed[i] = w.EncodeAll(m.Content, nil)
	}
	return packed, nil
}

// Recalled returns in the order of the keys what was found of them, unpacked, and
// without what is forgotten by now. What is damaged is left out, and the error,
// which is store.ErrCorrupt, names it. However packed is forged, none has more
// than a Memory may have.
func Recalled(keys []string, found []store.Memory, now time.Time) ([]store.Memory, error) {
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(store.MaxMemory))
	if err != nil {
		return nil, fmt.Errorf("unpack what was learned: %w", err)
	}
	defer r.Close()
	byKey := make(map[string]store.Memory, len(found))
	for _, m := range found {
		byKey[m.Key] = m
	}
	var list []store.Memory
	var damaged []error
	for _, key := range keys {
		m, known := byKey[key]
		if !known || m.Forgotten(now) {
			continue
		}
		if m.Content, err = r.DecodeAll(m.Content, nil); err != nil || len(m.Content) == 0 {
			damaged = append(damaged, fmt.Errorf("recall %s: %w: %v", key, store.ErrCorrupt, err)) //nolint:errorlint // an error of the library is none to branch on
			continue
		}
		list = append(list, m)
	}
	return list, errors.Join(damaged...)
}
