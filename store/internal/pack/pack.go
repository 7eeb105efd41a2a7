// Package pack makes documents small to keep them: zstd, which takes a
// schedule to about a tenth. It refuses to give back anything but what was
// packed: the document's hash decides.
package pack

import (
	"fmt"
	"math/bits"

	"github.com/klauspost/compress/zstd"

	"github.com/headstart-scaler/headstart/store"
)

// Pack returns the packed form of a document.
func Pack(document []byte) ([]byte, error) {
	// A window larger than the document would be memory for nothing.
	window := min(max(1<<bits.Len(uint(len(document))), zstd.MinWindowSize), 4<<20)
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window))
	if err != nil {
		return nil, fmt.Errorf("pack a document: %w", err)
	}
	defer w.Close() //nolint:errcheck // it has no destination to flush to
	return w.EncodeAll(document, nil), nil
}

// Unpack returns the document with a hash; another one, or none, is
// store.ErrCorrupt. However packed is forged, it allocates no more than a
// document may have.
func Unpack(packed []byte, hash store.Digest) ([]byte, error) {
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(store.MaxDocument))
	if err != nil {
		return nil, fmt.Errorf("unpack a document: %w", err)
	}
	defer r.Close()
	document, err := r.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack document %s: %w: %w", hash, store.ErrCorrupt, err)
	}
	if got := store.Sum(document); got != hash {
		return nil, fmt.Errorf("unpack document %s: %w: it has the hash %s", hash, store.ErrCorrupt, got)
	}
	return document, nil
}
