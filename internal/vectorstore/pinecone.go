package vectorstore

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// Pinecone is a namespace of an index, by Pinecone's REST API (docs.pinecone.io).
type Pinecone struct {
	// API is the control plane's, which says where the index is.
	API       API
	Index     string
	Namespace string // "": the index's default
	// Scheme of the index's host; "" is https.
	Scheme string

	host      string
	dimension int
}

var (
	_ Store   = (*Pinecone)(nil)
	_ Clearer = (*Pinecone)(nil)
)

const (
	// PineconeBase is the control plane.
	PineconeBase = "https://api.pinecone.io"
	// pineconeVersion is the version of the API that the requests are written for.
	pineconeVersion = "2025-01"
	// pineconeText is the metadata's member with the content, as LangChain names it.
	pineconeText = "text"
)

// data is the API of the index's own host.
func (p *Pinecone) data(ctx context.Context) (API, error) {
	api := p.API
	api.Header = http.Header{"X-Pinecone-Api-Version": {pineconeVersion}}
	if p.host == "" {
		ans, err := api.ask(ctx, call{method: http.MethodGet, path: "/indexes/" + url.PathEscape(p.Index)})
		if err != nil {
			return api, err
		}
		if ans.Status == http.StatusNotFound {
			return api, node.WithDetail(refusal("Index %s not found", p.Index), "Please check that the index exists in your vector store")
		}
		if ans.Status != http.StatusOK {
			return api, p.API.refused(ans)
		}
		info, _ := value.ParseObject(ans.Body)
		p.host = node.Get(info, "host", "")
		if d, ok := info.Get("dimension"); ok {
			n, _ := d.(float64)
			p.dimension = int(n)
		}
		if p.host == "" {
			return api, refusal("Pinecone does not say where the index %s is; it may still be starting.", p.Index)
		}
	}
	scheme := "https"
	if p.Scheme != "" {
		scheme = p.Scheme
	}
	api.Base = scheme + "://" + strings.TrimPrefix(p.host, "https://")
	return api, nil
}

// Insert implements Store: POST /vectors/upsert.
func (p *Pinecone) Insert(ctx context.Context, points []Point) error {
	api, err := p.data(ctx)
	if err != nil {
		return err
	}
	if p.dimension > 0 {
		if err := sameLength(points, p.dimension, "index", p.Index); err != nil {
			return err
		}
	}
	return inBatches(points, func(part []Point) error {
		list := make([]any, len(part))
		for i, x := range part {
			metadata := value.NewObject(0)
			flatten(metadata, "", x.Metadata)
			metadata.Set(pineconeText, x.Content)
			list[i] = value.Obj("id", x.ID, "values", numbers(x.Vector), "metadata", metadata)
		}
		_, err := api.do(ctx, call{method: http.MethodPost, path: "/vectors/upsert", body: p.within(value.Obj("vectors", list))})
		return err
	})
}

// flatten writes metadata as Pinecone takes it: text, numbers, truth values and
// lists of text. Members of objects get names with dots, null is left out.
func flatten(to *value.Object, prefix string, from *value.Object) {
	for name, v := range from.All() {
		switch v := v.(type) {
		case nil:
		case *value.Object:
			flatten(to, prefix+name+".", v)
		case []any:
			list := make([]any, len(v))
			for i, x := range v {
				list[i] = node.Text(x)
			}
			to.Set(prefix+name, list)
		default:
			to.Set(prefix+name, v)
		}
	}
}

func (p *Pinecone) within(body *value.Object) *value.Object {
	if p.Namespace != "" {
		body.Set("namespace", p.Namespace)
	}
	return body
}

// Search implements Store: POST /query. The filter is Pinecone's own.
func (p *Pinecone) Search(ctx context.Context, q Query) ([]Match, error) {
	api, err := p.data(ctx)
	if err != nil {
		return nil, err
	}
	body := value.Obj("vector", numbers(q.Vector), "topK", float64(q.Limit), "includeMetadata", true)
	if q.Filter != nil && q.Filter.Len() > 0 {
		body.Set("filter", q.Filter)
	}
	v, err := api.do(ctx, call{method: http.MethodPost, path: "/query", body: p.within(body)})
	if err != nil {
		return nil, err
	}
	matches, _ := value.Path(v, "matches")
	list, _ := matches.([]any)
	out := make([]Match, 0, len(list))
	for _, x := range list {
		m, _ := value.Path(x, "metadata")
		metadata := objectOf(m).Shallow()
		content, _ := metadata.Get(pineconeText)
		metadata.Delete(pineconeText)
		score, _ := value.Path(x, "score")
		n, _ := score.(float64)
		out = append(out, Match{Document{textOf(content), metadata}, n})
	}
	return out, nil
}

// Clear implements Clearer: POST /vectors/delete. A namespace that does not exist
// (404) is empty.
func (p *Pinecone) Clear(ctx context.Context) error {
	api, err := p.data(ctx)
	if err != nil {
		return err
	}
	ans, err := api.ask(ctx, call{method: http.MethodPost, path: "/vectors/delete", body: p.within(value.Obj("deleteAll", true))})
	if err == nil && ans.Status != http.StatusOK && ans.Status != http.StatusNotFound {
		err = api.refused(ans)
	}
	return err
}
