package vectorstore

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// MaxSimple is how many bytes a simple store may have: about 2,000 documents of
// 1,000 characters with vectors of 1,536 numbers.
const MaxSimple = 16 << 20

// Simple is n8n's in-memory store. Functions keep no memory, so it is one file of
// the tenant, searched by comparing all of it. Of two runs that insert at once,
// the last one to write wins, and the other's documents are lost: it is for small
// things and for trying out, as n8n's is.
type Simple struct {
	Blobs node.Blobs
	Key   string // of the file; begins with the tenant
}

var (
	_ Store   = (*Simple)(nil)
	_ Clearer = (*Simple)(nil)
)

// load reads the file: a line of JSON for each point. None is an empty store.
func (s *Simple) load(ctx context.Context) ([]Point, error) {
	r, err := s.Blobs.Get(ctx, s.Key)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	b, err := io.ReadAll(io.LimitReader(r, MaxSimple))
	if err != nil {
		return nil, err
	}
	var out []Point
	for line := range bytes.Lines(b) {
		o, err := value.ParseObject(line)
		if err != nil {
			return nil, fault.Wrap(err, fault.Internal, fault.CodeInternal, "The simple vector store cannot be read. Insert its documents again, with 'Clear Store'.")
		}
		vector, err := unpack(node.Get(o, "vector", ""))
		if err != nil {
			return nil, err
		}
		metadata, _ := o.Get("metadata")
		out = append(out, Point{ID: node.Get(o, "id", ""), Vector: vector, Document: Document{node.Get(o, "content", ""), objectOf(metadata)}})
	}
	return out, nil
}

// pack writes a vector as base64 of its numbers, four bytes each.
func pack(v []float32) string {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return base64.StdEncoding.EncodeToString(b)
}

func unpack(s string) ([]float32, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(b)%4 != 0 {
		return nil, errors.Join(err, errors.New("a vector of the simple store is cut"))
	}
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v, nil
}

// Insert implements Store.
func (s *Simple) Insert(ctx context.Context, points []Point) error {
	all, err := s.load(ctx)
	if err != nil || len(points) == 0 {
		return err
	}
	if len(all) > 0 {
		if err := sameLength(points, len(all[0].Vector), "store", "Simple Vector Store"); err != nil {
			return err
		}
	}
	at := map[string]int{}
	for i, p := range all {
		at[p.ID] = i
	}
	for _, p := range points {
		if i, again := at[p.ID]; again {
			all[i] = p
			continue
		}
		at[p.ID] = len(all)
		all = append(all, p)
	}
	return s.store(ctx, all)
}

func (s *Simple) store(ctx context.Context, all []Point) error {
	var b []byte
	for _, p := range all {
		b = append(value.Append(b, value.Obj("id", p.ID, "content", p.Content, "metadata", p.Metadata, "vector", pack(p.Vector))), '\n')
		if len(b) > MaxSimple {
			return node.WithDetail(refusal("The Simple Vector Store is full: it keeps %d MB, and %d documents are more.", MaxSimple>>20, len(all)),
				"Use Qdrant, Pinecone, Supabase, Milvus or PostgreSQL for more documents, or clear the store before the insert.")
		}
	}
	return s.Blobs.Put(ctx, s.Key, bytes.NewReader(b), int64(len(b)))
}

// Search implements Store: by cosine, the nearest first. A filter is names and
// values of the metadata.
func (s *Simple) Search(ctx context.Context, q Query) ([]Match, error) {
	all, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	var out []Match
	for _, p := range all {
		if !fits(p.Metadata, q.Filter) {
			continue
		}
		if len(p.Vector) != len(q.Vector) {
			return nil, refusal("The Simple Vector Store has vectors of %d dimensions, and the embedding model makes %d. Use the model that its documents were embedded with.", len(p.Vector), len(q.Vector))
		}
		out = append(out, Match{p.Document, cosine(p.Vector, q.Vector)})
	}
	slices.SortStableFunc(out, func(a, b Match) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	return out[:min(len(out), max(q.Limit, 0))], nil
}

func fits(metadata, filter *value.Object) bool {
	for name, want := range filter.All() {
		has, _ := metadata.Get(name)
		if !value.Equal(has, want) && node.Text(has) != node.Text(want) {
			return false
		}
	}
	return true
}

func cosine(a, b []float32) float64 {
	var dot, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		dot, aa, bb = dot+x*y, aa+x*x, bb+y*y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return dot / math.Sqrt(aa*bb)
}

// Clear implements Clearer.
func (s *Simple) Clear(ctx context.Context) error { return s.store(ctx, nil) }
