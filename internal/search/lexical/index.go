package lexical

import "math"

// Field is a part of a document; a word counts more in some than in others.
type Field int

// The fields.
const (
	Name Field = iota
	Labels
	UseCases
	Body
	fieldCount
)

// BM25F's parameters. k1 says how fast repetition saturates, b how much a long
// field is discounted (Robertson and Zaragoza, 2009, give 1.2 and 0.75 as usual);
// the weights of name and labels are those that did best on the evaluation set.
const k1 = 1.2

var (
	weight = [fieldCount]float64{Name: 2, Labels: 1.5, UseCases: 1.2, Body: 1}
	b      = [fieldCount]float64{Name: 0.4, Labels: 0.3, UseCases: 0.75, Body: 0.75}
)

// Index is one collection of documents, numbered by their owner's slots. It is
// not safe for concurrent writes.
type Index struct {
	terms  map[string]*term
	docs   []doc // by slot
	count  int
	length [fieldCount]int // words of all documents
}

type term struct {
	letters  uint32
	postings []posting
}

// posting says how often a term stands in each field of a document.
type posting struct {
	slot  int32
	count [fieldCount]uint8
}

type doc struct {
	used   bool
	stems  []string // each once
	length [fieldCount]uint16
}

// New returns an empty index.
func New() *Index {
	return &Index{terms: map[string]*term{}}
}

// Len is the number of documents.
func (x *Index) Len() int { return x.count }

// maxFieldWords bounds what is indexed of one field of one document.
const maxFieldWords = 4000

// Put indexes the document at slot; one that was there is replaced.
func (x *Index) Put(slot int32, fields [4]string) {
	x.Remove(slot)
	counts := map[string]*[fieldCount]uint8{}
	d := doc{used: true}
	for f, text := range fields {
		words := Analyze(text, maxFieldWords)
		d.length[f] = uint16(len(words))
		x.length[f] += len(words)
		for _, w := range words {
			c := counts[w.Stem]
			if c == nil {
				c = new([fieldCount]uint8)
				counts[w.Stem] = c
				d.stems = append(d.stems, w.Stem)
			}
			c[f] = min(c[f], math.MaxUint8-1) + 1
		}
	}
	for _, stem := range d.stems {
		t := x.terms[stem]
		if t == nil {
			t = &term{letters: Letters(stem)}
			x.terms[stem] = t
		}
		t.postings = append(t.postings, posting{slot: slot, count: *counts[stem]})
	}
	for int(slot) >= len(x.docs) {
		x.docs = append(x.docs, doc{})
	}
	x.docs[slot] = d
	x.count++
}

// Remove takes the document at slot out, if there is one.
func (x *Index) Remove(slot int32) {
	if int(slot) >= len(x.docs) || !x.docs[slot].used {
		return
	}
	d := x.docs[slot]
	x.docs[slot] = doc{}
	x.count--
	for f, n := range d.length {
		x.length[f] -= int(n)
	}
	for _, stem := range d.stems {
		t := x.terms[stem]
		for i := range t.postings {
			if t.postings[i].slot == slot {
				t.postings[i] = t.postings[len(t.postings)-1]
				t.postings = t.postings[:len(t.postings)-1]
				break
			}
		}
		if len(t.postings) == 0 {
			delete(x.terms, stem)
		}
	}
}
