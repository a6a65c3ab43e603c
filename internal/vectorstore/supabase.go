package vectorstore

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"net/url"
	"strconv"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// Supabase is a table of a Supabase project with a function that searches it, by
// its REST API (PostgREST): columns id, content, metadata, embedding.
type Supabase struct {
	API      API // whose base is the project's address
	Table    string
	Function string // "": match_documents

	idFormat string // of the table's id: bigint, uuid, text
}

var _ Store = (*Supabase)(nil)

const restPath = "/rest/v1/"

// Insert implements Store: POST /rest/v1/{table} with merge-duplicates.
func (s *Supabase) Insert(ctx context.Context, points []Point) error {
	if len(points) == 0 {
		return nil
	}
	if err := s.describe(ctx); err != nil {
		return err
	}
	return inBatches(points, func(part []Point) error {
		rows := make([]any, len(part))
		for i, p := range part {
			id, err := s.id(p.ID)
			if err != nil {
				return err
			}
			rows[i] = value.Obj("id", id, "content", p.Content, "embedding", numbers(p.Vector), "metadata", p.Metadata)
		}
		_, err := s.API.do(ctx, call{
			method: http.MethodPost, path: restPath + url.PathEscape(s.Table) + "?on_conflict=id", body: rows,
			header: http.Header{"Prefer": {"resolution=merge-duplicates,return=minimal"}},
		})
		return err
	})
}

// describe reads from PostgREST's OpenAPI document of what type the table's ids are:
// only with an id of our own can an insert be repeated.
func (s *Supabase) describe(ctx context.Context) error {
	if s.idFormat != "" {
		return nil
	}
	v, err := s.API.do(ctx, call{method: http.MethodGet, path: restPath, header: http.Header{"Accept": {"application/openapi+json"}}})
	if err != nil {
		return err
	}
	if _, ok := value.Path(v, "definitions", s.Table); !ok {
		return node.WithDetail(refusal("Table %s not found", s.Table), "Please check that the table exists in your vector store")
	}
	format, _ := value.Path(v, "definitions", s.Table, "properties", "id", "format")
	switch s.idFormat = textOf(format); s.idFormat {
	case "bigint", "uuid", "text", "character varying":
		return nil
	}
	return refusal("The column id of the table %s is of type %q. Make it bigint, uuid or text, so that an insert that is repeated does not double documents: alter table %q alter column id type bigint",
		s.Table, s.idFormat, s.Table)
}

// id writes a point's id as the table's type. One that the author gave stays; a
// UUID for a bigint becomes a number of 62 bits, which no sequence reaches.
func (s *Supabase) id(id string) (any, error) {
	if s.idFormat != "bigint" {
		return id, nil
	}
	if _, err := strconv.ParseInt(id, 10, 64); err == nil {
		return id, nil
	}
	sum := sha256.Sum256([]byte(id))
	return strconv.FormatUint(binary.BigEndian.Uint64(sum[:])>>2|1<<61, 10), nil // as text: JSON numbers lose digits
}

// Search implements Store: POST /rest/v1/rpc/{function}.
func (s *Supabase) Search(ctx context.Context, q Query) ([]Match, error) {
	filter := q.Filter
	if filter == nil {
		filter = value.NewObject(0)
	}
	function := s.Function
	if function == "" {
		function = "match_documents"
	}
	v, err := s.API.do(ctx, call{
		method: http.MethodPost, path: restPath + "rpc/" + url.PathEscape(function),
		body: value.Obj("query_embedding", numbers(q.Vector), "filter", filter, "match_count", float64(q.Limit)),
	})
	if err != nil {
		return nil, err
	}
	list, _ := v.([]any)
	out := make([]Match, 0, len(list))
	for _, x := range list {
		row := objectOf(x)
		metadata, _ := row.Get("metadata")
		score, _ := row.Get("similarity")
		n, _ := score.(float64)
		out = append(out, Match{Document{node.Get(row, "content", ""), objectOf(metadata)}, n})
	}
	return out[:min(len(out), max(q.Limit, 0))], nil // a function may not mind its match_count
}
