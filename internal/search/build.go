package search

import (
	"context"
	"fmt"
)

// buildChunk is the number of documents between two reports of progress.
const buildChunk = 16

// Build is how an index is made from nothing.
type Build struct {
	Owner     Owner
	Documents []Document
	Embedder  Embedder
	// Reuse is an earlier index: what has the same text and model is not embedded
	// again. nil embeds all.
	Reuse *Index
	// Progress, if set, is called with the number of documents that are done.
	Progress func(done int)
}

// NewIndexFrom builds an index of the documents. Of two with the same id the one
// with the higher version counts.
func NewIndexFrom(ctx context.Context, b Build) (*Index, error) {
	x := NewIndex(b.Owner, b.Embedder.Model())
	for start := 0; start < len(b.Documents); start += buildChunk {
		chunk := b.Documents[start:min(start+buildChunk, len(b.Documents))]
		var changes []Change
		for _, d := range chunk {
			if d.ID == "" {
				return nil, fmt.Errorf("a document without an id: %q", d.Name)
			}
			changes = append(changes, Change{Document: d})
		}
		fresh, err := x.embed(ctx, b.Embedder, b.Reuse, changes)
		if err != nil {
			return nil, err
		}
		x.mu.Lock()
		for i := range changes {
			if c := &changes[i]; c.newer(x.entries[c.Document.ID]) {
				x.put(newEntry(c.Document, fresh))
			}
		}
		x.mu.Unlock()
		if b.Progress != nil {
			b.Progress(start + len(chunk))
		}
	}
	return x, nil
}

// newEntry makes the entry of a living document, whose vectors are in fresh.
func newEntry(d Document, fresh map[[32]byte]vectors) *entry {
	e := &entry{doc: d.normal()}
	e.hash = e.doc.TextHash()
	v := fresh[e.hash]
	e.vector, e.cases = v.whole, v.cases
	return e
}

// reusable returns the vectors of the document in an earlier index.
func (x *Index) reusable(model string, d *Document, hash [32]byte) (vectors, bool) {
	if x == nil || x.model != model {
		return vectors{}, false
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	e := x.entries[d.ID]
	if e == nil || e.deleted || e.hash != hash {
		return vectors{}, false
	}
	return vectors{e.vector, e.cases}, true
}
