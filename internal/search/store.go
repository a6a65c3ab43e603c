package search

import (
	"context"
	"errors"
	"fmt"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
)

// maxAttempts bounds how often a write is tried again because another writer of
// the same owner's index was faster. Then the batch of events comes again.
const maxAttempts = 5

// Store writes the indexes: one blob an owner, changed by conditional writes, so
// that any number of writers may work at the same time.
type Store struct {
	blobs    Blobs
	embedder Embedder
	clock    clock.Clock
	previous []string
}

// NewStore makes a store. previous are the models whose indexes may still be
// around, newest first: an index that is missing for the embedder's model is made
// out of the newest of them.
func NewStore(blobs Blobs, embedder Embedder, c clock.Clock, previous ...string) *Store {
	return &Store{blobs: blobs, embedder: embedder, clock: c, previous: previous}
}

// Apply brings an owner's index up to date and returns how many of the changes
// were news. It can be repeated, and changes may come twice and in any order.
func (s *Store) Apply(ctx context.Context, owner Owner, changes ...Change) (int, error) {
	load := func() (*Index, string, bool, error) { return s.load(ctx, owner) }
	return s.change(ctx, owner, load, func(x *Index, migrated bool) (int, bool, error) {
		n, err := x.Apply(ctx, s.embedder, s.clock.Now(), changes...)
		return n, n > 0 || migrated, err
	})
}

// change loads an index, changes it and writes it back, again if somebody else
// wrote in between. do says whether there is anything to write.
func (s *Store) change(ctx context.Context, owner Owner, load func() (*Index, string, bool, error), do func(x *Index, migrated bool) (int, bool, error)) (int, error) {
	var conflict error
	for range maxAttempts {
		x, version, migrated, err := load()
		if err != nil {
			return 0, err
		}
		n, write, err := do(x, migrated)
		if err != nil || !write {
			return n, err
		}
		b, err := x.MarshalBinary()
		if err != nil {
			return 0, err
		}
		_, err = s.blobs.Put(ctx, blobKey(s.embedder.Model(), owner), b, version)
		if err == nil {
			return n, nil
		}
		if !fault.Is(err, fault.Conflict) {
			return 0, fmt.Errorf("writing the index of %s: %w", owner, err)
		}
		// A write that was reported lost may have been done: reading again tells, as
		// the changes are then no news.
		conflict = err
	}
	return 0, fault.Wrap(conflict, fault.Unavailable, fault.CodeUnavailable, "The search index is being written by others; it will be tried again.")
}

// load returns the owner's index and its version: "" if there is none yet, and
// then the index is empty or made of a previous model's.
func (s *Store) load(ctx context.Context, owner Owner) (x *Index, version string, migrated bool, err error) {
	model := s.embedder.Model()
	b, version, err := s.blobs.Get(ctx, blobKey(model, owner), "")
	if err == nil {
		x, err = decodeOwned(b, owner)
		if err == nil && x.model != model {
			err = fmt.Errorf("the index of %s: %w", owner, ErrOtherModel)
		}
		return x, version, false, err
	}
	if !fault.Is(err, fault.NotFound) {
		return nil, "", false, fmt.Errorf("reading the index of %s: %w", owner, err)
	}
	old, err := readPrevious(ctx, s.blobs, s.previous, owner)
	if err != nil {
		return nil, "", false, err
	}
	if old == nil {
		return NewIndex(owner, model), "", false, nil
	}
	x, err = s.migrate(ctx, old)
	return x, "", true, err
}

// migrate makes an index for the embedder's model of one for another. What was
// deleted stays so.
func (s *Store) migrate(ctx context.Context, old *Index) (*Index, error) {
	x, err := NewIndexFrom(ctx, Build{Owner: old.owner, Documents: old.Documents(), Embedder: s.embedder})
	if err != nil {
		return nil, err
	}
	for id, e := range old.entries {
		if e.deleted {
			x.entries[id] = e
		}
	}
	return x, nil
}

// readPrevious returns the newest index for one of the models, or nil. One of
// another format is as good as none.
func readPrevious(ctx context.Context, blobs Blobs, models []string, owner Owner) (*Index, error) {
	for _, model := range models {
		b, _, err := blobs.Get(ctx, blobKey(model, owner), "")
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading the index of %s: %w", owner, err)
		}
		x, err := decodeOwned(b, owner)
		if errors.Is(err, ErrOtherFormat) || errors.Is(err, ErrOtherModel) {
			continue
		}
		return x, err
	}
	return nil, nil
}

// decodeOwned refuses an index that is not the owner's, wherever it was found.
func decodeOwned(b []byte, owner Owner) (*Index, error) {
	x, err := DecodeAny(b)
	if err != nil {
		return nil, fmt.Errorf("the index of %s: %w", owner, err)
	}
	if x.owner != owner {
		return nil, fmt.Errorf("the index of %s holds the documents of %s", owner, x.owner)
	}
	return x, nil
}

// Forget erases an owner's indexes of this and the previous models.
func (s *Store) Forget(ctx context.Context, owner Owner) error {
	for _, model := range append([]string{s.embedder.Model()}, s.previous...) {
		for _, key := range []string{blobKey(model, owner), rebuildKey(model, owner)} {
			if err := s.blobs.Delete(ctx, key); err != nil {
				return fmt.Errorf("erasing the index of %s: %w", owner, err)
			}
		}
	}
	return nil
}
