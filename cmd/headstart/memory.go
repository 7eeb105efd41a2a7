package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/headstart-scaler/headstart/pipeline"
	"github.com/headstart-scaler/headstart/store"
)

// memories keep what machines learned.
type memories interface {
	Remember(ctx context.Context, list []store.Memory) error
	Recall(ctx context.Context, keys []string) ([]store.Memory, error)
}

// memory has a store remember what the pipeline learns.
type memory struct {
	memories

	log *slog.Logger
}

func (m memory) Remember(ctx context.Context, learned []pipeline.Learned) error {
	list := make([]store.Memory, 0, len(learned))
	for _, l := range learned {
		if len(l.Content) > store.MaxMemory {
			m.log.Warn("what was learned is too large to be kept", "key", l.Key, "bytes", len(l.Content))
			continue
		}
		list = append(list, store.Memory(l))
	}
	for part := range slices.Chunk(list, store.MaxMemories) {
		if err := m.memories.Remember(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// Recall leaves out what is damaged: it is learned anew, and written in its place.
func (m memory) Recall(ctx context.Context, keys []string) (learned []pipeline.Learned, err error) {
	for part := range slices.Chunk(keys, store.MaxMemories) {
		list, err := m.memories.Recall(ctx, part)
		if errors.Is(err, store.ErrCorrupt) {
			m.log.Warn("what was learned before is damaged: learned anew", "error", err)
		} else if err != nil {
			return nil, err
		}
		for _, one := range list {
			learned = append(learned, pipeline.Learned(one))
		}
	}
	return learned, nil
}
