package search

import (
	"context"
	"fmt"
	"time"
)

// forgetAfter is how long a deletion is remembered. A DynamoDB stream keeps its
// records for 24 hours, so nothing older can still arrive.
const forgetAfter = 7 * 24 * time.Hour

// Change is one event of the table's stream: a document has a new state, or is
// gone. Events may come twice and in any order.
type Change struct {
	Document Document // of a deletion: ID and Version suffice
	Deleted  bool
}

// newer reports whether the change tells something that e does not know yet. Of
// the same version a deletion wins: it carries the version that it deleted. Ids
// are never used again, so nothing comes after it with a version from 1.
func (c *Change) newer(e *entry) bool {
	if e == nil {
		return true
	}
	if c.Document.Version != e.doc.Version {
		return c.Document.Version > e.doc.Version
	}
	return c.Deleted && !e.deleted
}

// Apply brings the index up to date and returns how many of the changes were
// news. Only documents whose text has changed are embedded. Nothing is applied if
// the embedder fails.
func (x *Index) Apply(ctx context.Context, embedder Embedder, now time.Time, changes ...Change) (int, error) {
	if embedder.Model() != x.model {
		return 0, fmt.Errorf("%w: the index of %s has %.12s, the embedder %.12s", ErrOtherModel, x.owner, x.model, embedder.Model())
	}
	fresh, err := x.embed(ctx, embedder, x, changes)
	if err != nil {
		return 0, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	applied := 0
	for i := range changes {
		c := &changes[i]
		if !c.newer(x.entries[c.Document.ID]) {
			continue
		}
		applied++
		if c.Deleted {
			x.put(&entry{doc: Document{ID: c.Document.ID, Version: c.Document.Version}, deleted: true, since: now.Unix()})
		} else {
			x.put(newEntry(c.Document, fresh))
		}
	}
	x.forget(now)
	return applied, nil
}

// vectors are what a document's texts gave.
type vectors struct {
	whole packed
	cases []packed
}

// embed makes the vectors of the texts that are news, by the hash of the text,
// all in one call; reuse has some already. It sees old states only to save work:
// the caller decides again under the lock, and can only find fewer news.
func (x *Index) embed(ctx context.Context, embedder Embedder, reuse *Index, changes []Change) (map[[32]byte]vectors, error) {
	var texts []string
	var wanted []Document
	out := map[[32]byte]vectors{}
	for i := range changes {
		c := &changes[i]
		if c.Deleted || !x.isNews(c) {
			continue
		}
		doc := c.Document.normal()
		hash := doc.TextHash()
		if _, ok := out[hash]; ok {
			continue
		}
		var known bool
		if out[hash], known = reuse.reusable(embedder.Model(), &doc, hash); !known {
			wanted = append(wanted, doc)
			texts = append(texts, doc.texts()...)
		}
	}
	if len(texts) == 0 {
		return out, nil
	}
	got, err := embedder.Embed(ctx, texts...)
	if err != nil {
		return nil, fmt.Errorf("embedding %d documents: %w", len(wanted), err)
	}
	if len(got) != len(texts) {
		return nil, fmt.Errorf("the embedder gave %d vectors for %d texts", len(got), len(texts))
	}
	for _, doc := range wanted {
		n := 1 + len(doc.UseCases)
		v, err := packAll(got[:n])
		if err != nil {
			return nil, fmt.Errorf("document %s: %w", doc.ID, err)
		}
		out[doc.TextHash()] = v
		got = got[n:]
	}
	return out, nil
}

func (x *Index) isNews(c *Change) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return c.newer(x.entries[c.Document.ID])
}

func packAll(list [][]float32) (vectors, error) {
	var v vectors
	for i, raw := range list {
		p, err := pack(raw)
		if err != nil {
			return v, err
		}
		if i == 0 {
			v.whole = p
		} else {
			v.cases = append(v.cases, p)
		}
	}
	return v, nil
}

// forget drops deletions that nothing can contradict any more.
func (x *Index) forget(now time.Time) {
	before := now.Add(-forgetAfter).Unix()
	for id, e := range x.entries {
		if e.deleted && e.since < before {
			delete(x.entries, id)
		}
	}
}
