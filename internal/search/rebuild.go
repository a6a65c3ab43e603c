package search

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// Part is one part of an owner's documents on their way into a new index.
type Part struct {
	Documents   []Document
	First, Last bool
	// Fresh embeds also texts whose vectors the index in use has, and takes the
	// place of one that cannot be read.
	Fresh bool
}

// Exists tells whether a document still is what its owner has.
type Exists func(ctx context.Context, id string) (bool, error)

// Rebuild takes a part of an owner's documents into an index that is made beside
// the one in use, and with the last part puts it in its place. What changed since
// its part was read wins by its version. Documents that only the index in use has
// are taken out unless they exist: new ones came by the stream meanwhile.
func (s *Store) Rebuild(ctx context.Context, owner Owner, p Part, exists Exists) error {
	before, _, err := s.inUse(ctx, owner, p.Fresh)
	if err != nil {
		return err
	}
	built, version, err := s.underWay(ctx, owner, p.First)
	if err != nil {
		return err
	}
	build := Build{Owner: owner, Documents: p.Documents, Embedder: s.embedder, Reuse: before}
	if p.Fresh {
		build.Reuse = nil
	}
	more, err := NewIndexFrom(ctx, build)
	if err != nil {
		return err
	}
	for _, e := range more.entries {
		built.put(e)
	}
	key := rebuildKey(s.embedder.Model(), owner)
	if !p.Last {
		b, err := built.MarshalBinary()
		if err == nil {
			_, err = s.blobs.Put(ctx, key, b, version)
		}
		return err
	}
	if err := s.swap(ctx, built, p.Fresh, exists); err != nil {
		return err
	}
	return s.blobs.Delete(ctx, key)
}

// rebuildKey is where an index is kept while it is made. All keys of an owner end
// with it, and no owner's name has a slash.
func rebuildKey(model string, owner Owner) string { return blobKey(model, "rebuild/"+owner) }

// inUse loads the index in use. With fresh, one that cannot be read is an empty one.
func (s *Store) inUse(ctx context.Context, owner Owner, fresh bool) (x *Index, version string, err error) {
	x, version, _, err = s.load(ctx, owner)
	if err == nil || !fresh || fault.Of(err).Transient() || ctx.Err() != nil {
		return x, version, err
	}
	_, version, err = s.blobs.Get(ctx, blobKey(s.embedder.Model(), owner), "")
	if fault.Is(err, fault.NotFound) {
		err = nil // what could not be read is the index of a previous model
	}
	return NewIndex(owner, s.embedder.Model()), version, err
}

// underWay loads the index that is being made; the first part begins an empty one.
func (s *Store) underWay(ctx context.Context, owner Owner, first bool) (x *Index, version string, err error) {
	b, version, err := s.blobs.Get(ctx, rebuildKey(s.embedder.Model(), owner), "")
	if first && (err == nil || fault.Is(err, fault.NotFound)) {
		return NewIndex(owner, s.embedder.Model()), version, nil
	}
	if fault.Is(err, fault.NotFound) {
		return nil, "", fault.New(fault.Conflict, fault.CodeConflict, "No rebuilding of this index is under way; begin without a cursor.")
	}
	if err != nil {
		return nil, "", err
	}
	x, err = decodeOwned(b, owner)
	return x, version, err
}

// swap puts a new index in the place of the one in use.
func (s *Store) swap(ctx context.Context, built *Index, fresh bool, exists Exists) error {
	load := func() (*Index, string, bool, error) {
		x, version, err := s.inUse(ctx, built.owner, fresh)
		return x, version, true, err
	}
	_, err := s.change(ctx, built.owner, load, func(x *Index, _ bool) (int, bool, error) {
		return x.Len(), true, x.replace(ctx, built, s.clock.Now().Unix(), exists)
	})
	return err
}

// replace takes over what was built, except where x knows something newer, and
// marks as deleted what built lacks and does not exist.
func (x *Index) replace(ctx context.Context, built *Index, now int64, exists Exists) error {
	for id, e := range x.entries {
		if e.deleted || built.entries[id] != nil {
			continue
		}
		there, err := exists(ctx, id)
		if err != nil {
			return err
		}
		if !there {
			x.put(&entry{doc: Document{ID: id, Version: e.doc.Version}, deleted: true, since: now})
		}
	}
	for id, e := range built.entries {
		if known := x.entries[id]; known == nil || known.doc.Version < e.doc.Version || known.doc.Version == e.doc.Version && !known.deleted {
			taken := *e
			x.put(&taken)
		}
	}
	return nil
}
