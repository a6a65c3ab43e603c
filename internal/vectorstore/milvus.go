package vectorstore

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// Milvus is a collection of a Milvus or Zilliz server, by its RESTful API v2
// (milvus.io/api-reference/restful).
type Milvus struct {
	API        API
	Collection string
	Metric     string // of the search: L2, IP, COSINE; "": the collection's own
}

var (
	_ Store   = (*Milvus)(nil)
	_ Clearer = (*Milvus)(nil)
)

// The fields of a collection, as LangChain names them.
const (
	milvusID     = "langchain_primaryid"
	milvusText   = "langchain_text"
	milvusVector = "langchain_vector"

	milvusMaxText = 65535 // bytes of a VarChar
)

// do sends a request. Milvus answers 200 with a code that is not 0 when it refuses.
func (m *Milvus) do(ctx context.Context, path string, body *value.Object) (any, error) {
	body.Set("collectionName", m.Collection)
	v, err := m.API.do(ctx, call{method: http.MethodPost, path: "/v2/vectordb" + path, body: body})
	if err != nil {
		return nil, err
	}
	code, _ := value.Path(v, "code")
	if n, ok := code.(float64); !ok || n != 0 && n != 200 {
		message, _ := value.Path(v, "message")
		f := fault.New(fault.Invalid, fault.CodeUpstream, "Milvus refused the request: %s", textOf(message))
		f.Outcome = fault.Refused
		return nil, f
	}
	data, _ := value.Path(v, "data")
	return data, nil
}

// Insert implements Store: /entities/upsert.
func (m *Milvus) Insert(ctx context.Context, points []Point) error {
	if len(points) == 0 {
		return nil
	}
	if err := m.ensure(ctx, points); err != nil {
		return err
	}
	return inBatches(points, func(part []Point) error {
		rows := make([]any, len(part))
		for i, p := range part {
			if len(p.Content) > milvusMaxText {
				return refusal("A document has %d bytes; Milvus takes %d in one text. Connect a text splitter, or make its chunks smaller.", len(p.Content), milvusMaxText)
			}
			row := value.NewObject(0)
			for name, v := range p.Metadata.All() {
				row.Set(milvusField(name), v)
			}
			row.Set(milvusID, p.ID)
			row.Set(milvusText, p.Content)
			row.Set(milvusVector, numbers(p.Vector))
			rows[i] = row
		}
		_, err := m.do(ctx, "/entities/upsert", value.Obj("data", rows))
		return err
	})
}

// milvusField is a metadata's name as Milvus takes names of fields: letters,
// digits and underscores.
func milvusField(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
}

// ensure makes the collection if it does not exist. One whose ids Milvus makes
// itself is refused: an insert into it that is repeated would double documents.
func (m *Milvus) ensure(ctx context.Context, points []Point) error {
	has, err := m.do(ctx, "/collections/has", value.NewObject(1))
	if err != nil {
		return err
	}
	if exists, _ := value.Path(has, "has"); exists != true {
		return m.create(ctx, len(points[0].Vector))
	}
	v, err := m.do(ctx, "/collections/describe", value.NewObject(1))
	if err != nil {
		return err
	}
	if auto, _ := value.Path(v, "autoId"); auto == true {
		return node.WithDetail(refusal("The collection %q gives its documents ids of its own.", m.Collection),
			"An insert that is repeated would double them. Choose another collection, which is then made, or switch on 'Clear Collection'.")
	}
	fields, _ := value.Path(v, "fields")
	list, _ := fields.([]any)
	for _, f := range list {
		if name, _ := value.Path(f, "name"); name == milvusVector {
			if dim := milvusDim(f); dim > 0 {
				return sameLength(points, dim, "collection", m.Collection)
			}
		}
	}
	return nil
}

// milvusDim is a field's dimension: params is a list of key and value.
func milvusDim(field any) int {
	params, _ := value.Path(field, "params")
	list, _ := params.([]any)
	for _, p := range list {
		if key, _ := value.Path(p, "key"); key == "dim" {
			v, _ := value.Path(p, "value")
			return int(node.ToNumber(v))
		}
	}
	return 0
}

// create makes a collection with ids that are given, and room for any metadata.
func (m *Milvus) create(ctx context.Context, dim int) error {
	field := func(name, typ string, params *value.Object) *value.Object {
		return value.Obj("fieldName", name, "dataType", typ, "elementTypeParams", params)
	}
	id := field(milvusID, "VarChar", value.Obj("max_length", "64"))
	id.Set("isPrimary", true)
	_, err := m.do(ctx, "/collections/create", value.Obj(
		"schema", value.Obj("autoID", false, "enableDynamicField", true, "fields", []any{
			id, field(milvusText, "VarChar", value.Obj("max_length", strconv.Itoa(milvusMaxText))), field(milvusVector, "FloatVector", value.Obj("dim", strconv.Itoa(dim))),
		}),
		"indexParams", []any{value.Obj("fieldName", milvusVector, "indexName", milvusVector, "metricType", "L2", "params", value.Obj("index_type", "AUTOINDEX"))},
	))
	return err
}

// Search implements Store: /entities/search. A filter is names and values.
func (m *Milvus) Search(ctx context.Context, q Query) ([]Match, error) {
	body := value.Obj("data", []any{numbers(q.Vector)}, "annsField", milvusVector, "limit", float64(q.Limit), "outputFields", []any{"*"})
	if f := milvusFilter(q.Filter); f != "" {
		body.Set("filter", f)
	}
	if m.Metric != "" {
		body.Set("searchParams", value.Obj("metricType", m.Metric, "params", value.NewObject(0)))
	}
	v, err := m.do(ctx, "/entities/search", body)
	if err != nil {
		return nil, err
	}
	list, _ := v.([]any)
	out := make([]Match, 0, len(list))
	for _, x := range list {
		row := objectOf(x)
		metadata := value.NewObject(row.Len())
		for name, v := range row.All() {
			switch name {
			case milvusID, milvusText, milvusVector, "distance", "id":
			default:
				metadata.Set(name, v)
			}
		}
		score, _ := row.Get("distance")
		n, _ := score.(float64)
		out = append(out, Match{Document{node.Get(row, milvusText, ""), metadata}, n})
	}
	return out, nil
}

// milvusFilter writes names and values as Milvus' boolean expression.
func milvusFilter(o *value.Object) string {
	var parts []string
	for name, v := range o.All() {
		parts = append(parts, milvusField(name)+" == "+string(value.JSON(v)))
	}
	return strings.Join(parts, " and ")
}

// Clear implements Clearer: it drops the collection, which the next insert makes.
func (m *Milvus) Clear(ctx context.Context) error {
	_, err := m.do(ctx, "/collections/drop", value.NewObject(1))
	return err
}
