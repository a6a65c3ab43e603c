package ai

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/httpauth"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/vectorstore"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// storeKind is a node type of vector stores.
type storeKind struct {
	name       string
	credential string // "": it needs none
	params     []node.Param
	// open makes the store of a node's parameters.
	open func(ctx context.Context, r *sub) (vectorstore.Store, error)
	// where are the parameters that say which store it is, so that documents of
	// several items that go to one are inserted together.
	where []string
	// clear reports whether the author wants the store emptied before an insert.
	clear func(r *sub) bool
	// filter is the condition of a search; nil: options.metadata.
	filter  func(r *sub) (*value.Object, error)
	updates bool // can replace single documents by id
}

// storeKinds are n8n's nodes by type.
var storeKinds = map[string]storeKind{
	"vectorStoreQdrant": {
		name: "Qdrant Vector Store", credential: "qdrantApi", open: openQdrant, filter: qdrantFilter,
		where:  []string{"qdrantCollection", "options.collectionConfig"},
		params: []node.Param{{Name: "qdrantCollection", Type: "resourceLocator", Required: true, Description: "The collection; an insert makes it if it does not exist"}},
	},
	"vectorStorePinecone": {
		name: "Pinecone Vector Store", credential: "pineconeApi", open: openPinecone, updates: true,
		where: []string{"pineconeIndex", "options.pineconeNamespace"},
		clear: func(r *sub) bool {
			return r.flag("options.clearNamespace", false) && r.text("options.pineconeNamespace", "") != ""
		},
		params: []node.Param{{Name: "pineconeIndex", Type: "resourceLocator", Required: true, Description: "The index"}},
	},
	"vectorStoreSupabase": {
		name: "Supabase Vector Store", credential: "supabaseApi", open: openSupabase, updates: true,
		where:  []string{"tableName", "options.queryName"},
		params: []node.Param{{Name: "tableName", Type: "resourceLocator", Required: true, Description: "The table, with columns id, content, metadata and embedding"}},
	},
	"vectorStoreMilvus": {
		name: "Milvus Vector Store", credential: "milvusApi", open: openMilvus,
		where:  []string{"milvusCollection"},
		clear:  func(r *sub) bool { return r.flag("options.clearCollection", false) },
		params: []node.Param{{Name: "milvusCollection", Type: "resourceLocator", Required: true, Description: "The collection; an insert makes it if it does not exist"}},
	},
	"vectorStorePGVector": {
		name: "Postgres PGVector Store", credential: "postgres", open: openPGVector,
		where: []string{"tableName", "options.collection.values"},
		params: []node.Param{
			{Name: "tableName", Type: "string", Default: "n8n_vectors", Description: "The table; it is made if it does not exist"},
			{Name: "createExtension", Type: "boolean", Default: false, Description: "Whether to make the extension pgvector"},
		},
	},
	"vectorStoreInMemory": {
		name: "Simple Vector Store", open: openSimple, where: []string{"memoryKey"},
		clear: func(r *sub) bool { return r.flag("clearStore", false) },
		params: []node.Param{
			{Name: "memoryKey", Type: "string", Default: simpleKey, Description: "The name of the store within the workflow; it keeps up to 16 MB"},
			{Name: "clearStore", Type: "boolean", Default: false, Description: "Whether to clear the store before the insert"},
		},
	},
}

const simpleKey = "vector_store_key"

// openSession opens a store's credential for requests.
func openSession(ctx context.Context, r *sub, typ string) (*httpauth.Session, error) {
	if r.c.Services.HTTP == nil {
		return nil, fault.New(fault.Internal, fault.CodeInternal, "The store %q cannot be reached in this function.", r.node.Name)
	}
	return httpauth.Open(ctx, r.c, r.node, typ)
}

// door sends requests with a credential through the safe dialer.
type door struct {
	to      node.HTTPDoer
	session *httpauth.Session
}

// Send implements vectorstore.Sender.
func (d door) Send(req *http.Request, opt node.HTTPOptions) (*http.Response, error) {
	return d.session.Do(d.to, req, opt)
}

func storeAPI(r *sub, session *httpauth.Session, base string) vectorstore.API {
	return vectorstore.API{Sender: door{r.c.Services.HTTP, session}, Base: base, Clock: wire.Clock(r.c)}
}

// named reads the name of a collection, an index or a table, which must be there.
func named(r *sub, param, what string) (string, error) {
	name := r.text(param, "")
	if err := r.problem(); err != nil {
		return "", err
	}
	if name == "" {
		return "", node.Errorf("No %s is chosen in %q.", what, r.node.Name)
	}
	return name, nil
}

// jsonOption is an option that holds a JSON object, as text or as it is.
func jsonOption(r *sub, name string) (*value.Object, error) {
	switch v := r.value(name).(type) {
	case *value.Object:
		return v, nil
	case string:
		if v == "" {
			return nil, nil
		}
		o, err := value.ParseObject([]byte(v))
		if err != nil {
			return nil, node.Errorf("The option %q of %q is no JSON object.", name, r.node.Name)
		}
		return o, nil
	}
	return nil, r.problem()
}

func qdrantFilter(r *sub) (*value.Object, error) { return jsonOption(r, "options.searchFilterJson") }

func openQdrant(ctx context.Context, r *sub) (vectorstore.Store, error) {
	collection, err := named(r, "qdrantCollection", "collection")
	if err != nil {
		return nil, err
	}
	config, err := jsonOption(r, "options.collectionConfig")
	if err != nil {
		return nil, err
	}
	session, err := openSession(ctx, r, "qdrantApi")
	if err != nil {
		return nil, err
	}
	return &vectorstore.Qdrant{API: storeAPI(r, session, session.Fields["qdrantUrl"]), Collection: collection, Config: config}, nil
}

func openPinecone(ctx context.Context, r *sub) (vectorstore.Store, error) {
	index, err := named(r, "pineconeIndex", "index")
	if err != nil {
		return nil, err
	}
	session, err := openSession(ctx, r, "pineconeApi")
	if err != nil {
		return nil, err
	}
	return &vectorstore.Pinecone{API: storeAPI(r, session, vectorstore.PineconeBase), Index: index, Namespace: r.text("options.pineconeNamespace", "")}, r.problem()
}

func openSupabase(ctx context.Context, r *sub) (vectorstore.Store, error) {
	table, err := named(r, "tableName", "table")
	if err != nil {
		return nil, err
	}
	session, err := openSession(ctx, r, "supabaseApi")
	if err != nil {
		return nil, err
	}
	return &vectorstore.Supabase{API: storeAPI(r, session, session.Fields["host"]), Table: table, Function: r.text("options.queryName", "")}, r.problem()
}

func openMilvus(ctx context.Context, r *sub) (vectorstore.Store, error) {
	collection, err := named(r, "milvusCollection", "collection")
	if err != nil {
		return nil, err
	}
	session, err := openSession(ctx, r, "milvusApi")
	if err != nil {
		return nil, err
	}
	return &vectorstore.Milvus{API: storeAPI(r, session, session.Fields["baseUrl"]), Collection: collection, Metric: r.text("options.distanceStrategy", "")}, r.problem()
}

// openPGVector connects to the database; the connection ends with the node run.
func openPGVector(ctx context.Context, r *sub) (vectorstore.Store, error) {
	operator, ok := vectorstore.Operators[r.text("options.distanceStrategy", "cosine")]
	if !ok {
		return nil, node.Errorf("The distance strategy of %q must be cosine, innerProduct or euclidean.", r.node.Name)
	}
	p := &vectorstore.PGVector{
		Table: r.text("tableName", "n8n_vectors"), Operator: operator, CreateExtension: r.flag("createExtension", false),
		Columns: vectorstore.Columns{
			ID:       r.text("options.columnNames.values.idColumnName", vectorstore.DefaultColumns.ID),
			Vector:   r.text("options.columnNames.values.vectorColumnName", vectorstore.DefaultColumns.Vector),
			Content:  r.text("options.columnNames.values.contentColumnName", vectorstore.DefaultColumns.Content),
			Metadata: r.text("options.columnNames.values.metadataColumnName", vectorstore.DefaultColumns.Metadata),
		},
	}
	if r.flag("options.collection.values.useCollection", false) {
		p.Collection = &vectorstore.Collection{
			Name: r.text("options.collection.values.collectionName", "n8n"), Table: r.text("options.collection.values.collectionTableName", "n8n_vector_collections"),
		}
	}
	if err := r.problem(); err != nil {
		return nil, err
	}
	conn, err := postgresConn(ctx, r)
	p.Conn = conn
	return p, err
}

// postgresConn connects to the database of a sub-node's credential.
func postgresConn(ctx context.Context, r *sub) (node.SQLConn, error) {
	if r.c.Services.Postgres == nil {
		return nil, fault.New(fault.Internal, fault.CodeInternal, "The database of %q cannot be reached in this function.", r.node.Name)
	}
	fields, err := r.c.CredentialOf(ctx, r.node, "postgres")
	if err != nil {
		return nil, err
	}
	if host := fields["host"]; host != "" {
		if err := credential.CheckHost(fields, host); err != nil {
			return nil, err
		}
	}
	return r.c.Services.Postgres.Connect(ctx, fields, node.SQLOptions{})
}

// openSimple is the store that is kept as a file of the tenant, under the workflow.
func openSimple(_ context.Context, r *sub) (vectorstore.Store, error) {
	if r.c.Services.Blobs == nil {
		return nil, fault.New(fault.Internal, fault.CodeInternal, "The store %q has no place to be kept here.", r.node.Name)
	}
	run := r.c.Run
	sum := sha256.Sum256([]byte(r.text("memoryKey", simpleKey)))
	return &vectorstore.Simple{Blobs: r.c.Services.Blobs, Key: run.Tenant + "/vectors/" + run.WorkflowID + "/" + hex.EncodeToString(sum[:16])}, r.problem()
}

// opened is a store with the node that it belongs to.
type opened struct {
	vectorstore.Store
	kind storeKind
	r    *sub
}

// openStore opens the store of n with its parameters for an item.
func openStore(ctx context.Context, c *node.Call, n *workflow.Node, item int) (*opened, error) {
	k, ok := storeKinds[storeName(n)]
	if !ok {
		return nil, unsupported(n, "The vector store")
	}
	r := newSub(ctx, c, n)
	r.item = item
	s, err := k.open(ctx, r)
	if err != nil {
		return nil, err
	}
	return &opened{s, k, r}, nil
}

// close ends what the store holds open.
func (o *opened) close() {
	if p, ok := o.Store.(*vectorstore.PGVector); ok {
		p.Conn.Close()
	}
}

// find searches for a question.
func (o *opened) find(ctx context.Context, e *embeddings, question string, limit int) ([]vectorstore.Match, error) {
	if limit < 1 || limit > maxLimit {
		return nil, node.Errorf("The limit of documents must be between 1 and %d, not %d.", maxLimit, limit)
	}
	filter := metadataValues(o.r)
	if o.kind.filter != nil {
		var err error
		if filter, err = o.kind.filter(o.r); err != nil {
			return nil, err
		}
	}
	if err := o.r.problem(); err != nil {
		return nil, err
	}
	vector, err := e.query(ctx, question)
	if err != nil {
		return nil, err
	}
	return o.Search(ctx, vectorstore.Query{Vector: vector, Limit: limit, Filter: filter})
}

// maxLimit is how many documents a search may give.
const maxLimit = 1000
