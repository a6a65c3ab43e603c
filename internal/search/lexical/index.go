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
	list   []*term // the same, to look at all of them
	docs   []doc   // by slot
	count  int
	length [fieldCount]int // words of all documents
	// stems spares stemming each word more than once: most words of a collection
	// come again and again.
	stems map[string]string
}

type term struct {
	stem     string
	at       int // in the list
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
	return &Index{terms: map[string]*term{}, stems: map[string]string{}}
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
		words := analyze(text, maxFieldWords, x.stem)
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
			t = &term{stem: stem, at: len(x.list), letters: Letters(stem)}
			x.terms[stem] = t
			x.list = append(x.list, t)
		}
		t.postings = append(t.postings, posting{slot: slot, count: *counts[stem]})
	}
	for int(slot) >= len(x.docs) {
		x.docs = append(x.docs, doc{})
	}
	x.docs[slot] = d
	x.count++
}

// stem is Stem with a memory.
func (x *Index) stem(word string) string {
	s, ok := x.stems[word]
	if !ok {
		s = Stem(word)
		x.stems[word] = s
	}
	return s
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
			x.drop(t)
		}
	}
}

// drop takes out a term that no document has any more.
func (x *Index) drop(t *term) {
	delete(x.terms, t.stem)
	last := x.list[len(x.list)-1]
	x.list[t.at], last.at = last, t.at
	x.list = x.list[:len(x.list)-1]
}
