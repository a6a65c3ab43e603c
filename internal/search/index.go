package search

import (
	"maps"
	"slices"
	"sync"

	"github.com/automatelanka/automatelanka/internal/search/lexical"
)

// Index holds the documents of one owner with their vectors. It is safe for
// concurrent use.
type Index struct {
	owner Owner
	model string

	mu      sync.RWMutex
	entries map[string]*entry // by document id; deleted ones too
	slots   []*entry          // living documents; nil where one was
	free    []int32
	matrix  []float32 // one row a slot, unit length
	// words is built when the first query comes: who only writes needs none.
	words *lexical.Index
}

// entry is the last known state of one document, which may be that it is gone.
type entry struct {
	doc     Document
	deleted bool
	since   int64 // of a deleted one: Unix seconds, to forget it one day
	hash    [32]byte
	vector  packed
	cases   []packed  // one for each use case
	rows    []float32 // the same, unit length
	slot    int32
}

// NewIndex returns an empty index of owner for the vectors of a model.
func NewIndex(owner Owner, model string) *Index {
	return &Index{owner: owner, model: model, entries: map[string]*entry{}}
}

// Owner is whose documents these are.
func (x *Index) Owner() Owner { return x.owner }

// Model names the model of the vectors.
func (x *Index) Model() string { return x.model }

// Len is the number of living documents.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.slots) - len(x.free)
}

// Document returns the living document of that id.
func (x *Index) Document(id string) (Document, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	e := x.entries[id]
	if e == nil || e.deleted {
		return Document{}, false
	}
	return e.doc, true
}

// Documents returns the living documents, ordered by id.
func (x *Index) Documents() []Document {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var out []Document
	for _, id := range slices.Sorted(maps.Keys(x.entries)) {
		if e := x.entries[id]; !e.deleted {
			out = append(out, e.doc)
		}
	}
	return out
}

// TextHash returns the hash of the text whose vectors the index has for id.
func (x *Index) TextHash(id string) ([32]byte, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if e := x.entries[id]; e != nil && !e.deleted {
		return e.hash, true
	}
	return [32]byte{}, false
}

// Vector returns the vector of a living document, unit length.
func (x *Index) Vector(id string) ([]float32, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	e := x.entries[id]
	if e == nil || e.deleted {
		return nil, false
	}
	return slices.Clone(x.row(e.slot)), true
}

func (x *Index) row(slot int32) []float32 {
	return x.matrix[int(slot)*Dimension : int(slot+1)*Dimension]
}

// put stores e in place of what was known of the document. The caller holds the
// lock and has compared the versions.
func (x *Index) put(e *entry) {
	old := x.entries[e.doc.ID]
	x.entries[e.doc.ID] = e
	switch {
	case old != nil && !old.deleted && e.deleted:
		x.vacate(old.slot)
		return
	case e.deleted:
		return
	case old != nil && !old.deleted:
		e.slot = old.slot
	default:
		e.slot = x.vacant()
	}
	x.slots[e.slot] = e
	e.vector.unpack(x.row(e.slot))
	e.rows = make([]float32, len(e.cases)*Dimension)
	for i := range e.cases {
		e.cases[i].unpack(e.rows[i*Dimension : (i+1)*Dimension])
	}
	if x.words != nil {
		x.words.Put(e.slot, e.doc.fields())
	}
}

func (x *Index) vacant() int32 {
	if n := len(x.free); n > 0 {
		slot := x.free[n-1]
		x.free = x.free[:n-1]
		return slot
	}
	x.slots = append(x.slots, nil)
	x.matrix = append(x.matrix, make([]float32, Dimension)...)
	return int32(len(x.slots) - 1)
}

func (x *Index) vacate(slot int32) {
	x.slots[slot] = nil
	x.free = append(x.free, slot)
	clear(x.row(slot))
	if x.words != nil {
		x.words.Remove(slot)
	}
}

// lexicon returns the keyword index, made at the first call.
func (x *Index) lexicon() *lexical.Index {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.words == nil {
		x.words = lexical.New()
		for slot, e := range x.slots {
			if e != nil {
				x.words.Put(int32(slot), e.doc.fields())
			}
		}
	}
	return x.words
}
