package vectorstore

import (
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

func TestQdrantInsertMakesTheCollection(t *testing.T) {
	s := play(t,
		exchange{want: "GET /collections/my%20docs", status: 404, answer: `{"status":{"error":"Not found"}}`},
		exchange{want: `PUT /collections/my%20docs {"vectors":{"size":2,"distance":"Cosine"}}`, answer: `{"result":true}`},
		exchange{want: `PUT /collections/my%20docs/points?wait=true {"points":[{"id":"id-1","vector":[1,0.5],"payload":{"content":"one","metadata":{"a":{"b":[1,"x"]},"n":null}}},{"id":"id-2","vector":[0,2],"payload":{"content":"two","metadata":{}}}]}`, answer: `{"result":{"status":"completed"}}`},
	)
	if err := (&Qdrant{API: s.api(), Collection: "my docs"}).Insert(t.Context(), two(t)); err != nil {
		t.Fatal(err)
	}
}

func TestQdrantComparesDimensions(t *testing.T) {
	s := play(t, exchange{want: "GET /collections/docs", answer: `{"result":{"config":{"params":{"vectors":{"size":1536,"distance":"Cosine"}}}}}`})
	err := (&Qdrant{API: s.api(), Collection: "docs"}).Insert(t.Context(), two(t))
	if err == nil || !strings.Contains(fault.Of(err).Message, "vectors of 1536 dimensions, and the embedding model makes 2") {
		t.Errorf("%v", err)
	}
}

func TestQdrantCollectionMadeMeanwhile(t *testing.T) {
	s := play(t,
		exchange{want: "GET /collections/docs", status: 404},
		exchange{want: `PUT /collections/docs {"vectors":{"size":9}}`, status: 409},
		exchange{want: `PUT /collections/docs/points?wait=true {"points":[{"id":"id-2","vector":[0,2],"payload":{"content":"two","metadata":{}}}]}`},
	)
	q := &Qdrant{API: s.api(), Collection: "docs", Config: object(t, `{"vectors":{"size":9}}`)}
	if err := q.Insert(t.Context(), two(t)[1:]); err != nil {
		t.Fatal(err)
	}
}

func TestQdrantSearch(t *testing.T) {
	s := play(t, exchange{
		want:   `POST /collections/docs/points/query {"query":[1,0.5],"limit":3,"with_payload":["metadata","content"],"with_vector":false,"filter":{"must":[]}}`,
		answer: `{"result":{"points":[{"id":"x","score":0.9,"payload":{"content":"one","metadata":{"k":1}}},{"id":"y","score":0.1,"payload":{"content":"two"}}]}}`,
	})
	got, err := (&Qdrant{API: s.api(), Collection: "docs"}).Search(t.Context(), Query{Vector: []float32{1, 0.5}, Limit: 3, Filter: object(t, `{"must":[]}`)})
	if want := `[{"content":"one","metadata":{"k":1},"score":0.9},{"content":"two","metadata":{},"score":0.1}]`; err != nil || shown(got) != want {
		t.Errorf("%s %v", shown(got), err)
	}
}

func TestRefusalsHaveTheStoresWords(t *testing.T) {
	for status, want := range map[int]struct {
		kind    fault.Kind
		outcome fault.Outcome
	}{400: {fault.Invalid, fault.Refused}, 429: {fault.Unavailable, fault.NotSent}, 500: {fault.Unavailable, fault.Refused}, 503: {fault.Unavailable, fault.NotSent}} {
		s := play(t, exchange{want: `POST /collections/docs/points/query {"query":[],"limit":1,"with_payload":["metadata","content"],"with_vector":false}`, status: status, answer: `{"status":{"error":"Wrong input: vector"}}`})
		_, err := (&Qdrant{API: s.api(), Collection: "docs"}).Search(t.Context(), Query{Limit: 1})
		f := fault.Of(err)
		if f == nil || f.Kind != want.kind || f.Outcome != want.outcome || node.DetailOf(err) != "Wrong input: vector" {
			t.Errorf("%d: %+v %q", status, f, node.DetailOf(err))
		}
	}
	s := play(t, exchange{want: "GET /collections/docs", answer: "<html>"}, exchange{want: `PUT /collections/docs/points?wait=true {"points":[{"id":"id-2","vector":[0,2],"payload":{"content":"two","metadata":{}}}]}`, answer: "<html>"})
	err := (&Qdrant{API: s.api(), Collection: "docs"}).Insert(t.Context(), two(t)[1:])
	if f := fault.Of(err); f == nil || f.Outcome != fault.Unknown {
		t.Errorf("an answer that is no JSON: %v", err)
	}
	err = (&Qdrant{API: API{Sender: s, Base: "localhost"}, Collection: "docs"}).Insert(t.Context(), two(t))
	if err == nil || !strings.Contains(fault.Of(err).Message, "is no URL") {
		t.Errorf("%v", err)
	}
}

func pinecone(s *script) *Pinecone {
	return &Pinecone{API: s.api(), Index: "idx", Namespace: "ns", Scheme: "http"}
}

func describe(s *script) exchange {
	return exchange{want: "GET /indexes/idx", answer: `{"name":"idx","dimension":2,"host":"` + strings.TrimPrefix(s.url, "http://") + `"}`}
}

func TestPinecone(t *testing.T) {
	s := play(t)
	s.list = []exchange{
		describe(s),
		{want: `POST /vectors/delete {"deleteAll":true,"namespace":"ns"}`, status: 404, answer: `{"code":5}`},
		{want: `POST /vectors/upsert {"vectors":[{"id":"id-1","values":[1,0.5],"metadata":{"a.b":["1","x"],"text":"one"}},{"id":"id-2","values":[0,2],"metadata":{"text":"two"}}],"namespace":"ns"}`, answer: `{"upsertedCount":2}`},
		{want: `POST /query {"vector":[1,0.5],"topK":2,"includeMetadata":true,"filter":{"k":"v"},"namespace":"ns"}`,
			answer: `{"matches":[{"id":"x","score":0.5,"metadata":{"text":"one","k":"v"}}]}`},
	}
	p := pinecone(s)
	if err := p.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.Insert(t.Context(), two(t)); err != nil {
		t.Fatal(err)
	}
	got, err := p.Search(t.Context(), Query{Vector: []float32{1, 0.5}, Limit: 2, Filter: object(t, `{"k":"v"}`)})
	if want := `[{"content":"one","metadata":{"k":"v"},"score":0.5}]`; err != nil || shown(got) != want {
		t.Errorf("%s %v", shown(got), err)
	}
	if s.last.Get("X-Pinecone-Api-Version") != pineconeVersion {
		t.Errorf("header: %v", s.last)
	}
}

func TestPineconeIndexThatIsNotThere(t *testing.T) {
	s := play(t, exchange{want: "GET /indexes/idx", status: 404})
	if err := pinecone(s).Insert(t.Context(), two(t)); err == nil || fault.Of(err).Message != "Index idx not found" {
		t.Errorf("%v", err)
	}
	s = play(t, exchange{want: "GET /indexes/idx", answer: `{"dimension":3,"host":"h"}`})
	if err := pinecone(s).Insert(t.Context(), two(t)); err == nil || !strings.Contains(fault.Of(err).Message, "vectors of 3 dimensions") {
		t.Errorf("%v", err)
	}
}

func TestSupabase(t *testing.T) {
	for format, ids := range map[string][2]string{"uuid": {`"id-1"`, `"id-2"`}, "bigint": {`"4240615725406610058"`, `"3852104293228549000"`}} {
		s := play(t,
			exchange{want: "GET /rest/v1/", answer: `{"definitions":{"documents":{"properties":{"id":{"format":"` + format + `"}}}}}`},
			exchange{want: `POST /rest/v1/documents?on_conflict=id [{"id":` + ids[0] + `,"content":"one","embedding":[1,0.5],"metadata":{"a":{"b":[1,"x"]},"n":null}},{"id":` + ids[1] + `,"content":"two","embedding":[0,2],"metadata":{}}]`, status: 201},
			exchange{want: `POST /rest/v1/rpc/match_documents {"query_embedding":[1,0.5],"filter":{},"match_count":1}`,
				answer: `[{"id":1,"content":"one","metadata":{"k":1},"similarity":0.8},{"id":2,"content":"more","metadata":{},"similarity":0.7}]`},
		)
		db := &Supabase{API: s.api(), Table: "documents"}
		if err := db.Insert(t.Context(), two(t)); err != nil {
			t.Fatal(err)
		}
		if s.last.Get("Prefer") != "resolution=merge-duplicates,return=minimal" {
			t.Errorf("header: %v", s.last)
		}
		got, err := db.Search(t.Context(), Query{Vector: []float32{1, 0.5}, Limit: 1})
		if want := `[{"content":"one","metadata":{"k":1},"score":0.8}]`; err != nil || shown(got) != want {
			t.Errorf("%s %v", shown(got), err)
		}
	}
}

func TestSupabaseTablesThatCannotBeRepeatedInto(t *testing.T) {
	for answer, want := range map[string]string{
		`{"definitions":{"documents":{"properties":{"id":{"format":"integer"}}}}}`: `of type "integer". Make it bigint`,
		`{"definitions":{}}`: "Table documents not found",
	} {
		s := play(t, exchange{want: "GET /rest/v1/", answer: answer})
		if err := (&Supabase{API: s.api(), Table: "documents"}).Insert(t.Context(), two(t)); err == nil || !strings.Contains(fault.Of(err).Message, want) {
			t.Errorf("%v", err)
		}
	}
}

func TestMilvus(t *testing.T) {
	s := play(t,
		exchange{want: `POST /v2/vectordb/collections/drop {"collectionName":"docs"}`, answer: `{"code":0,"data":{}}`},
		exchange{want: `POST /v2/vectordb/collections/has {"collectionName":"docs"}`, answer: `{"code":0,"data":{"has":false}}`},
		exchange{want: `POST /v2/vectordb/collections/create {"schema":{"autoID":false,"enableDynamicField":true,"fields":[{"fieldName":"langchain_primaryid","dataType":"VarChar","elementTypeParams":{"max_length":"64"},"isPrimary":true},{"fieldName":"langchain_text","dataType":"VarChar","elementTypeParams":{"max_length":"65535"}},{"fieldName":"langchain_vector","dataType":"FloatVector","elementTypeParams":{"dim":"2"}}]},"indexParams":[{"fieldName":"langchain_vector","indexName":"langchain_vector","metricType":"L2","params":{"index_type":"AUTOINDEX"}}],"collectionName":"docs"}`, answer: `{"code":0}`},
		exchange{want: `POST /v2/vectordb/entities/upsert {"data":[{"a":{"b":[1,"x"]},"n":null,"langchain_primaryid":"id-1","langchain_text":"one","langchain_vector":[1,0.5]},{"langchain_primaryid":"id-2","langchain_text":"two","langchain_vector":[0,2]}],"collectionName":"docs"}`, answer: `{"code":0,"data":{"upsertCount":2}}`},
		exchange{want: `POST /v2/vectordb/entities/search {"data":[[1,0.5]],"annsField":"langchain_vector","limit":2,"outputFields":["*"],"filter":"k == \"v\"","searchParams":{"metricType":"COSINE","params":{}},"collectionName":"docs"}`,
			answer: `{"code":0,"data":[{"distance":0.25,"langchain_primaryid":"x","langchain_text":"one","langchain_vector":[1],"k":"v"}]}`},
	)
	m := &Milvus{API: s.api(), Collection: "docs", Metric: "COSINE"}
	if err := m.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := m.Insert(t.Context(), two(t)); err != nil {
		t.Fatal(err)
	}
	got, err := m.Search(t.Context(), Query{Vector: []float32{1, 0.5}, Limit: 2, Filter: object(t, `{"k":"v"}`)})
	if want := `[{"content":"one","metadata":{"k":"v"},"score":0.25}]`; err != nil || shown(got) != want {
		t.Errorf("%s %v", shown(got), err)
	}
}

func TestMilvusCollectionsThatDoNotFit(t *testing.T) {
	for answer, want := range map[string]string{
		`{"code":0,"data":{"autoId":true,"fields":[]}}`:                                                                    "ids of its own",
		`{"code":0,"data":{"autoId":false,"fields":[{"name":"langchain_vector","params":[{"key":"dim","value":"768"}]}]}}`: "vectors of 768 dimensions",
		`{"code":1100,"message":"no such database"}`:                                                                       "no such database",
	} {
		s := play(t,
			exchange{want: `POST /v2/vectordb/collections/has {"collectionName":"docs"}`, answer: `{"code":0,"data":{"has":true}}`},
			exchange{want: `POST /v2/vectordb/collections/describe {"collectionName":"docs"}`, answer: answer},
		)
		if err := (&Milvus{API: s.api(), Collection: "docs"}).Insert(t.Context(), two(t)); err == nil || !strings.Contains(fault.Of(err).Message, want) {
			t.Errorf("%v", err)
		}
	}
}

func TestInsertsGoInBatches(t *testing.T) {
	points := make([]Point, 2*batch+1)
	sizes := []int{}
	if err := inBatches(points, func(p []Point) error { sizes = append(sizes, len(p)); return nil }); err != nil || len(sizes) != 3 || sizes[2] != 1 {
		t.Errorf("%v %v", sizes, err)
	}
}

func TestIDsFollowFromTheRun(t *testing.T) {
	a, b, c := ID("key", 1), ID("key", 2), ID("other", 1)
	if a != ID("key", 1) || a == b || a == c || len(a) != 36 || a[14] != '8' || strings.Count(a, "-") != 4 {
		t.Errorf("%s %s %s", a, b, c)
	}
}
