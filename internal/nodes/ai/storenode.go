package ai

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/vectorstore"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// storeTypes are the vector stores as nodes of their own: they insert, load and
// update. In the modes retrieve and retrieve-as-tool they hang on other nodes.
func storeTypes() []node.Type {
	var list []node.Type
	for _, name := range slices.Sorted(maps.Keys(storeKinds)) {
		k := storeKinds[name]
		list = append(list, storeNode(name, k, []float64{1, 1.1, 1.2, 1.3}, storeParams(k)))
	}
	simple := storeKinds["vectorStoreInMemory"]
	for _, old := range []string{"Insert", "Load"} { // of before a node had modes
		list = append(list, storeNode("vectorStoreInMemory"+old, storeKind{name: "In Memory Vector Store " + old}, []float64{1}, simple.params))
	}
	return list
}

func storeNode(name string, k storeKind, versions []float64, params []node.Param) node.Type {
	spec := node.Spec{
		Type: "@n8n/n8n-nodes-langchain." + name, Versions: versions, Name: k.name,
		Description: "Keeps documents with their embeddings, and finds the nearest to a question", Group: "ai", Family: node.AI,
		Inputs: []string{"main"}, Outputs: []string{"main"}, Params: params,
	}
	if k.credential != "" {
		spec.Credentials = []string{k.credential}
	}
	return node.Type{Spec: spec, Run: runStore, Effect: storeEffect}
}

func storeParams(k storeKind) []node.Param {
	params := []node.Param{
		{Name: "mode", Type: "options", Default: "retrieve", Options: []node.Option{
			{Value: "load", Name: "Get Many"}, {Value: "insert", Name: "Insert Documents"},
			{Value: "retrieve", Name: "Retrieve Documents (As Vector Store for Chain/Tool)"}, {Value: "retrieve-as-tool", Name: "Retrieve Documents (As Tool for AI Agent)"}}},
		{Name: "toolName", Type: "string", Default: "", Show: map[string][]any{"mode": {"retrieve-as-tool"}}},
		{Name: "toolDescription", Type: "string", Default: "", Show: map[string][]any{"mode": {"retrieve-as-tool"}}},
	}
	if k.updates {
		params[0].Options = append(params[0].Options, node.Option{Value: "update", Name: "Update Documents"})
	}
	params = append(params, k.params...)
	return append(params,
		node.Param{Name: "embeddingBatchSize", Type: "number", Default: 200.0, Description: "How many documents are embedded at once", Show: map[string][]any{"mode": {"insert"}}},
		node.Param{Name: "prompt", Type: "string", Default: "", Description: "What to search for", Show: map[string][]any{"mode": {"load"}}},
		node.Param{Name: "topK", Type: "number", Default: 4.0, Show: map[string][]any{"mode": {"load", "retrieve-as-tool"}}},
		node.Param{Name: "includeDocumentMetadata", Type: "boolean", Default: true, Show: map[string][]any{"mode": {"load", "retrieve-as-tool"}}},
		node.Param{Name: "id", Type: "string", Default: "", Show: map[string][]any{"mode": {"update"}}},
		node.Param{Name: "options", Type: "collection", Default: map[string]any{}},
	)
}

// storeName is the kind of a store's node; the old nodes are of the one that
// replaced them.
func storeName(n *workflow.Node) string {
	return strings.TrimSuffix(strings.TrimSuffix(kind(n), "Insert"), "Load")
}

// storeMode is what a store's node does.
func storeMode(n *workflow.Node) string {
	switch {
	case strings.HasSuffix(kind(n), "Insert"):
		return "insert"
	case strings.HasSuffix(kind(n), "Load"):
		return "retrieve"
	}
	if v, ok := n.Parameters.Get("mode"); ok {
		return node.Text(v)
	}
	return "retrieve"
}

// storeEffect: what is put in has ids that follow from the node run, so that doing
// it again puts the same in.
func storeEffect(c *node.Call) node.Effect {
	switch storeMode(c.Node) {
	case "insert", "update":
		return node.Keyed
	}
	return node.Safe
}

func runStore(ctx context.Context, c *node.Call) (node.Result, error) {
	run := map[string]func(*storeRun, context.Context) ([]workflow.Item, error){"insert": (*storeRun).insert, "load": (*storeRun).load, "update": (*storeRun).update}[storeMode(c.Node)]
	if run == nil {
		return node.Result{}, node.Errorf("In the mode %q the vector store %q does not run by itself; connect it to a chain, a retriever or an agent.", storeMode(c.Node), c.Node.Name)
	}
	s := &session{c: c}
	e, err := connectedEmbeddings(ctx, s, c.Node)
	if err != nil {
		return node.Result{}, err
	}
	items, err := run(&storeRun{s: s, e: e}, ctx)
	if err != nil {
		return node.Result{}, err
	}
	return s.result(items), nil
}

// storeRun is one run of a vector store's node.
type storeRun struct {
	s *session
	e *embeddings
}

// load finds the nearest documents to each item's prompt.
func (x *storeRun) load(ctx context.Context) ([]workflow.Item, error) {
	c := x.s.c
	return c.Each(ctx, c.Items(), func(r *node.Reader, _ workflow.Item) ([]workflow.Item, error) {
		prompt, limit, all := r.String("prompt", ""), r.Int("topK", 4), r.Bool("includeDocumentMetadata", true)
		if err := r.Err(); err != nil {
			return nil, err
		}
		store, err := openStore(ctx, c, c.Node, r.Item())
		if err != nil {
			return nil, err
		}
		defer store.close()
		x.e.item = r.Item()
		found, err := store.find(ctx, x.e, prompt, limit)
		if err != nil {
			return nil, err
		}
		out := make([]workflow.Item, len(found))
		for i, m := range found {
			out[i] = paired(value.Obj("document", documentJSON(m.Document, all), "score", m.Score), r)
		}
		return out, nil
	})
}

func documentJSON(d vectorstore.Document, metadata bool) *value.Object {
	o := value.Obj("pageContent", d.Content)
	if metadata {
		o.Set("metadata", d.Metadata)
	}
	return o
}

// insertion is the documents that go to one store.
type insertion struct {
	where string
	item  int // whose parameters say where
	docs  []int
}

// insert puts the documents of all items in. In version 1 each item says where to,
// later the first one does; documents of one store go together, which is fewer
// calls than n8n makes for the same result. A store is cleared once, before the
// first of its documents.
func (x *storeRun) insert(ctx context.Context) ([]workflow.Item, error) {
	c := x.s.c
	l, err := connectedLoader(ctx, c, c.Node)
	if err != nil {
		return nil, err
	}
	var docs []vectorstore.Document
	var out []workflow.Item
	var plan []*insertion
	for i, it := range c.Items() {
		if ctx.Err() != nil {
			return nil, node.TimedOut(ctx)
		}
		made, err := l.load(ctx, i, it)
		if err != nil {
			return nil, err
		}
		to, err := x.destination(ctx, &plan, i)
		if err != nil {
			return nil, node.AtItem(i, err)
		}
		for _, d := range made {
			to.docs = append(to.docs, len(docs))
			docs = append(docs, d)
			out = append(out, workflow.Item{JSON: value.Obj("metadata", d.Metadata, "pageContent", d.Content), Paired: []workflow.Paired{{Item: i}}})
		}
	}
	for _, to := range plan {
		if err := x.put(ctx, to, docs); err != nil {
			return nil, node.AtItem(to.item, err)
		}
	}
	return out, nil
}

// destination finds the store that an item's documents go to in the plan.
func (x *storeRun) destination(ctx context.Context, plan *[]*insertion, item int) (*insertion, error) {
	n := x.s.c.Node
	if n.TypeVersion >= 1.1 && len(*plan) > 0 {
		return (*plan)[0], nil
	}
	r := newSub(ctx, x.s.c, n)
	r.item = item
	var where []any
	for _, name := range storeKinds[storeName(n)].where {
		where = append(where, r.value(name))
	}
	if err := r.problem(); err != nil {
		return nil, err
	}
	key := string(value.JSON(where))
	for _, p := range *plan {
		if p.where == key {
			return p, nil
		}
	}
	p := &insertion{where: key, item: item}
	*plan = append(*plan, p)
	return p, nil
}

// put embeds and inserts the documents of one store, so many at a time.
func (x *storeRun) put(ctx context.Context, to *insertion, docs []vectorstore.Document) error {
	c := x.s.c
	store, err := openStore(ctx, c, c.Node, to.item)
	if err != nil {
		return err
	}
	defer store.close()
	if clears := store.kind.clear; clears != nil && clears(store.r) {
		if err := store.Store.(vectorstore.Clearer).Clear(ctx); err != nil {
			return err
		}
	}
	if err := store.r.problem(); err != nil {
		return err
	}
	size := max(c.At(0).Int("embeddingBatchSize", 200), 1)
	for part := range slices.Chunk(to.docs, size) {
		texts := make([]string, len(part))
		for i, d := range part {
			texts[i] = docs[d].Content
		}
		vectors, err := x.e.documents(ctx, texts)
		if err != nil {
			return err
		}
		points := make([]vectorstore.Point, len(part))
		for i, d := range part {
			points[i] = vectorstore.Point{ID: vectorstore.ID(c.Key(-1), d), Vector: vectors[i], Document: docs[d]}
		}
		if err := store.Insert(ctx, points); err != nil {
			return err
		}
	}
	return nil
}

// update replaces one document for each item, by its id.
func (x *storeRun) update(ctx context.Context) ([]workflow.Item, error) {
	c := x.s.c
	if !storeKinds[storeName(c.Node)].updates {
		return nil, node.Errorf("Update operation is not implemented for this Vector Store")
	}
	l := &loader{c: c}
	return c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
		id := r.String("id", "")
		if err := r.Err(); err != nil {
			return nil, err
		}
		if id == "" {
			return nil, node.Errorf("No ID of the document to update is given.")
		}
		docs, err := l.load(ctx, r.Item(), it)
		if err != nil {
			return nil, err
		}
		if len(docs) != 1 {
			return nil, node.WithDetail(node.Errorf("Single document per item expected"), "The item's JSON must have one text, which becomes the document.")
		}
		store, err := openStore(ctx, c, c.Node, r.Item())
		if err != nil {
			return nil, err
		}
		defer store.close()
		x.e.item = r.Item()
		vectors, err := x.e.documents(ctx, []string{docs[0].Content})
		if err != nil {
			return nil, err
		}
		if err := store.Insert(ctx, []vectorstore.Point{{ID: id, Vector: vectors[0], Document: docs[0]}}); err != nil {
			return nil, err
		}
		return []workflow.Item{paired(value.Obj("metadata", docs[0].Metadata, "pageContent", docs[0].Content), r)}, nil
	})
}
