package vectorstore

import (
	"context"
	"net/http"
	"net/url"

	"github.com/automatelanka/automatelanka/internal/value"
)

// Qdrant is a collection of a Qdrant server, by its REST API (api.qdrant.tech,
// v1.10 and later).
type Qdrant struct {
	API        API
	Collection string
	// Config is how a collection is made that does not exist; nil: vectors of the
	// model's length, compared by cosine.
	Config *value.Object
}

var _ Store = (*Qdrant)(nil)

// The payload's members, as LangChain names them.
const (
	qdrantContent  = "content"
	qdrantMetadata = "metadata"
)

func (q *Qdrant) path(rest string) string {
	return "/collections/" + url.PathEscape(q.Collection) + rest
}

// Insert implements Store: PUT /collections/{name}/points.
func (q *Qdrant) Insert(ctx context.Context, points []Point) error {
	if len(points) == 0 {
		return nil
	}
	if err := q.ensure(ctx, points); err != nil {
		return err
	}
	return inBatches(points, func(part []Point) error {
		list := make([]any, len(part))
		for i, p := range part {
			list[i] = value.Obj("id", p.ID, "vector", numbers(p.Vector), "payload", value.Obj(qdrantContent, p.Content, qdrantMetadata, p.Metadata))
		}
		_, err := q.API.do(ctx, call{method: http.MethodPut, path: q.path("/points?wait=true"), body: value.Obj("points", list)})
		return err
	})
}

// ensure makes the collection if it does not exist, and compares the length of
// its vectors if it does.
func (q *Qdrant) ensure(ctx context.Context, points []Point) error {
	ans, err := q.API.ask(ctx, call{method: http.MethodGet, path: q.path("")})
	if err != nil {
		return err
	}
	switch {
	case ans.Status == http.StatusNotFound:
		return q.create(ctx, len(points[0].Vector))
	case ans.Status != http.StatusOK:
		return q.API.refused(ans)
	}
	info, err := value.ParseObject(ans.Body)
	if err != nil {
		return nil // what the insert says will tell more
	}
	size, _ := value.Path(info, "result", "config", "params", "vectors", "size")
	if n, ok := size.(float64); ok { // a collection of several named vectors has none here
		return sameLength(points, int(n), "collection", q.Collection)
	}
	return nil
}

// create makes the collection. One that was made meanwhile (409) is as good.
func (q *Qdrant) create(ctx context.Context, size int) error {
	config := q.Config
	if config == nil {
		config = value.Obj("vectors", value.Obj("size", float64(size), "distance", "Cosine"))
	}
	ans, err := q.API.ask(ctx, call{method: http.MethodPut, path: q.path(""), body: config})
	if err == nil && ans.Status != http.StatusOK && ans.Status != http.StatusConflict {
		err = q.API.refused(ans)
	}
	return err
}

// Search implements Store: POST /collections/{name}/points/query. The filter is
// Qdrant's own.
func (q *Qdrant) Search(ctx context.Context, query Query) ([]Match, error) {
	body := value.Obj("query", numbers(query.Vector), "limit", float64(query.Limit), "with_payload", []any{qdrantMetadata, qdrantContent}, "with_vector", false)
	if query.Filter != nil && query.Filter.Len() > 0 {
		body.Set("filter", query.Filter)
	}
	v, err := q.API.do(ctx, call{method: http.MethodPost, path: q.path("/points/query"), body: body})
	if err != nil {
		return nil, err
	}
	points, _ := value.Path(v, "result", "points")
	list, _ := points.([]any)
	out := make([]Match, 0, len(list))
	for _, x := range list {
		content, _ := value.Path(x, "payload", qdrantContent)
		metadata, _ := value.Path(x, "payload", qdrantMetadata)
		score, _ := value.Path(x, "score")
		n, _ := score.(float64)
		out = append(out, Match{Document{textOf(content), objectOf(metadata)}, n})
	}
	return out, nil
}
