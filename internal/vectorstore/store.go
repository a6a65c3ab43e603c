package vectorstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// Document is a text with what is known of it.
type Document struct {
	Content  string
	Metadata *value.Object
}

// Point is a document with its vector and its id, a UUID unless the author chose one.
type Point struct {
	ID     string
	Vector []float32
	Document
}

// Match is a document that was found. Score is the store's own: for most the
// higher the nearer, for pgvector and Milvus by L2 a distance.
type Match struct {
	Document
	Score float64
}

// Query asks for the nearest documents.
type Query struct {
	Vector []float32
	Limit  int
	// Filter is the store's own form of conditions on the metadata; for those that
	// have none it is names and values that must be equal. nil: no condition.
	Filter *value.Object
}

// Store is one collection, index, table or file of documents.
type Store interface {
	// Insert puts points in, in place of those with the same ids. It makes the
	// collection or table where the store can.
	Insert(ctx context.Context, points []Point) error
	Search(ctx context.Context, q Query) ([]Match, error)
}

// Clearer is a Store that can be emptied.
type Clearer interface {
	Clear(ctx context.Context) error
}

// ID is the id of the n-th document of a node run by the run's key (node.Call.Key):
// always the same UUID for the same document.
func ID(key string, n int) string {
	sum := sha256.Sum256([]byte(key + "\x00" + strconv.Itoa(n)))
	sum[6] = sum[6]&0x0f | 0x80 // version 8: of the maker's own kind (RFC 9562)
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// sameLength refuses points whose vectors differ from the length that a store has.
func sameLength(points []Point, has int, kind, name string) error {
	for _, p := range points {
		if len(p.Vector) != has {
			return refusal("The %s %q has vectors of %d dimensions, and the embedding model makes %d. Use the model that its documents were embedded with, or another %s.",
				kind, name, has, len(p.Vector), kind)
		}
	}
	return nil
}

// numbers are a vector as JSON has it.
func numbers(v []float32) []any {
	out := make([]any, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}

func objectOf(v any) *value.Object {
	if o, ok := v.(*value.Object); ok {
		return o
	}
	return value.NewObject(0)
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}

// refusal is a fault of the author's to mend.
func refusal(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, fault.CodeNodeError, format, args...)
}
