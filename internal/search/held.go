package search

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// held is an index in memory, and when it was last compared with the blob.
type held struct {
	owner Owner

	mu      sync.Mutex
	index   *Index
	version string
	checked time.Time
}

// current returns the index, read again if the blob has a new version. Where the
// blobs cannot be reached, the last known state is better than none.
func (h *held) current(ctx context.Context, s *Searcher) (*Index, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := s.config.Clock.Now()
	if h.index != nil && now.Sub(h.checked) < s.config.Refresh && !now.Before(h.checked) {
		return h.index, nil
	}
	if err := h.refresh(ctx, s); err != nil {
		if h.index != nil && fault.Of(err).Transient() {
			return h.index, nil
		}
		return nil, err
	}
	h.checked = now
	return h.index, nil
}

func (h *held) refresh(ctx context.Context, s *Searcher) error {
	model := s.config.Embedder.Model()
	b, version, err := s.config.Blobs.Get(ctx, blobKey(model, h.owner), h.version)
	switch {
	case fault.Is(err, fault.NotFound):
		return h.refreshFromPrevious(ctx, s)
	case err != nil:
		return fmt.Errorf("reading the index of %s: %w", h.owner, err)
	case b == nil:
		return nil // unchanged
	}
	x, err := decodeOwned(b, h.owner)
	if errors.Is(err, ErrOtherFormat) || errors.Is(err, ErrOtherModel) {
		return h.refreshFromPrevious(ctx, s)
	}
	if err != nil {
		return err
	}
	h.index, h.version = x, version
	return nil
}

// refreshFromPrevious serves the index of a previous model until there is one for
// this, or an empty one.
func (h *held) refreshFromPrevious(ctx context.Context, s *Searcher) error {
	x, err := readPrevious(ctx, s.config.Blobs, s.config.Previous, h.owner)
	if err != nil {
		return err
	}
	if x == nil {
		x = NewIndex(h.owner, s.config.Embedder.Model())
	}
	h.index, h.version = x, ""
	return nil
}
