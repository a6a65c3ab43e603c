package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/infra/localcloud"
	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"
	"github.com/automatelanka/automatelanka/internal/app"
	"github.com/automatelanka/automatelanka/internal/catalog"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/s3blob"
	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/search/builtin"
	"github.com/automatelanka/automatelanka/internal/search/searchtest"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

const template = "../../template.yaml"

// words is a model that knows no meaning but is quick.
type words struct{ searchtest.Embedder }

func (*words) Words() []string { return nil }

// storm stands between a stream and its function: records come in any order, some
// twice, some much later.
type storm struct {
	inner lambda.Handler
	dice  *rand.Rand

	mu   sync.Mutex
	seen map[string]bool // event ids
	late []events.DynamoDBEventRecord
	some chan struct{} // a batch has come
}

func (s *storm) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var batch events.DynamoDBEvent
	if err := json.Unmarshal(payload, &batch); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range batch.Records {
		s.seen[r.EventID] = true
		s.late = append(s.late, r)
		if s.dice.IntN(3) == 0 {
			s.late = append(s.late, r)
		}
	}
	s.dice.Shuffle(len(s.late), func(i, j int) { s.late[i], s.late[j] = s.late[j], s.late[i] })
	now := s.late[:len(s.late)-s.dice.IntN(len(s.late)+1)]
	s.late = slices.Clone(s.late[len(now):])
	select {
	case s.some <- struct{}{}:
	default:
	}
	return s.pass(ctx, now)
}

func (s *storm) pass(ctx context.Context, records []events.DynamoDBEventRecord) ([]byte, error) {
	payload, err := json.Marshal(events.DynamoDBEvent{Records: records})
	if err != nil {
		return nil, err
	}
	return s.inner.Invoke(ctx, payload)
}

// settle waits until n records have come, then lets go of those that are late.
func (s *storm) settle(t *testing.T, n int) {
	t.Helper()
	limit := time.After(clocktest.Hang)
	for {
		s.mu.Lock()
		if len(s.seen) >= n {
			defer s.mu.Unlock()
			if _, err := s.pass(t.Context(), s.late); err != nil {
				t.Fatal(err)
			}
			return
		}
		s.mu.Unlock()
		select {
		case <-s.some:
		case <-limit:
			t.Fatalf("%d of %d records came", len(s.seen), n)
		}
	}
}

// office is what the test changes workflows with, and reads indexes by.
type office struct {
	*catalog.Catalog
	storm *storm
	model *words
	blobs *s3blob.Versioned
	name  string // of the model
}

// open starts the template's tables, streams and buckets, with embed as the only
// function that does anything.
func open(t *testing.T, seed uint64) *office {
	t.Helper()
	stack, err := samtemplate.Load(template, samtemplate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := &office{storm: &storm{dice: rand.New(rand.NewPCG(seed, 1)), seen: map[string]bool{}, some: make(chan struct{}, 1)}, model: &words{}}
	construct := map[string]localcloud.Constructor{}
	var bucket, table string
	for _, f := range stack.Functions {
		construct[f.CodeURI] = func(context.Context, localcloud.Env) (lambda.Handler, error) { return idle{}, nil }
	}
	construct["functions/embed"] = func(ctx context.Context, env localcloud.Env) (h lambda.Handler, err error) {
		bucket, table = env.Variables["DATA_BUCKET"], env.Variables["CATALOG_TABLE"]
		o.storm.inner, err = app.Embed(func() (search.Model, error) { return o.model, nil })(ctx, app.Env{
			Vars: env.Variables, AWS: env.AWS, Clock: env.Clock, Log: slog.DiscardHandler, Shared: app.NewShared(),
		})
		return o.storm, err
	}
	cloud, err := localcloud.Open(t.Context(), localcloud.Options{TemplatePath: template, Constructors: construct})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close(context.Background()) })
	if err := cloud.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	api := s3.NewFromConfig(cloud.AWSConfig(), func(o *s3.Options) { o.UsePathStyle = true })
	o.blobs = s3blob.NewVersioned(api, bucket)
	o.Catalog = &catalog.Catalog{
		Store: dynamostore.NewCatalog(dynamodb.NewFromConfig(cloud.AWSConfig()), table, nil, clock.Real()), Clock: clock.Real(),
	}
	o.Schedules = o.Store.(catalog.Schedules)
	directory := tenant.NewDirectory(o.Store.(tenant.Store), clock.Real())
	for _, who := range tenants {
		if _, _, err := directory.CreateTenant(t.Context(), by, tenant.NewTenant{ID: who, Name: string(who), Plan: tenant.Free}); err != nil {
			t.Fatal(err)
		}
	}
	index, err := builtin.Index()
	if err != nil {
		t.Fatal(err)
	}
	o.name = index.Model()
	return o
}

var (
	by      = tenant.Actor{ID: "key_1", Role: tenant.Operator}
	tenants = []ident.Tenant{"ten_0", "ten_1", "ten_2"}
)

type idle struct{}

func (idle) Invoke(context.Context, []byte) ([]byte, error) { return []byte("null"), nil }

func flow(name string) []byte {
	return fmt.Appendf(nil, `{"name":%q,"nodes":[{"id":"1","name":"Start","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"position":[0,0],"parameters":{}}],"connections":{}}`, name)
}

// living is one document as an index has it.
type living struct {
	Document search.Document
	Hash     [32]byte
	Vector   []float32
}

func contents(x *search.Index) []living {
	var out []living
	for _, d := range x.Documents() {
		hash, _ := x.TextHash(d.ID)
		vector, _ := x.Vector(d.ID)
		out = append(out, living{d, hash, vector})
	}
	return out
}

// rebuilt is the index of what the table holds now.
func (o *office) rebuilt(t *testing.T, who ident.Tenant) []living {
	t.Helper()
	var documents []search.Document
	for p := (tenant.Paging{Limit: 200}); ; {
		heads, next, err := o.Store.Heads(t.Context(), who, p)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range heads {
			raw, err := o.Store.Source(t.Context(), who, h.ID, h.Version)
			if err != nil {
				t.Fatal(err)
			}
			wf, err := workflow.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			documents = append(documents, search.OfWorkflow(string(h.ID), int64(h.Version), wf))
		}
		if p.Cursor = next; next == "" {
			break
		}
	}
	x, err := search.NewIndexFrom(t.Context(), search.Build{Owner: search.Owner(who), Documents: documents, Embedder: &named{&words{}, o.name}})
	if err != nil {
		t.Fatal(err)
	}
	return contents(x)
}

// named is a model under another name.
type named struct {
	*words
	name string
}

func (n *named) Model() string { return n.name }

func TestIndexFollowsTheStreamThroughDisorder(t *testing.T) {
	const documents, changes = 1000, 1000
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	o := open(t, seed)
	dice := rand.New(rand.NewPCG(seed, 2))
	type place struct {
		tenant ident.Tenant
		id     ident.Workflow
	}
	var alive []place
	sentence := func() []byte {
		list := []string{"invoice", "customer", "report", "alert", "backup", "lead", "ticket", "payment", "calendar", "survey"}
		return flow(fmt.Sprintf("%s %s %d", list[dice.IntN(10)], list[dice.IntN(10)], dice.IntN(1000)))
	}
	expect := func(what string, err error) {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	for range documents {
		who := tenants[dice.IntN(len(tenants))]
		h, err := o.Create(t.Context(), by, who, sentence())
		expect("create", err)
		alive = append(alive, place{who, h.ID})
	}
	for range changes {
		i := dice.IntN(len(alive))
		p := alive[i]
		switch n := dice.IntN(10); {
		case n < 5:
			_, err := o.Update(t.Context(), by, p.tenant, p.id, sentence(), 0)
			expect("update", err)
		case n < 9:
			expect("delete", o.Delete(t.Context(), by, p.tenant, p.id))
			alive = slices.Delete(alive, i, i+1)
		default: // a change that makes no new version
			_, err := o.Deactivate(t.Context(), by, p.tenant, p.id)
			expect("deactivate", err)
		}
	}
	o.storm.settle(t, documents+changes)
	total := 0
	for _, who := range tenants {
		blob, _, err := o.blobs.Get(t.Context(), "search/f1/"+o.name[:16]+"/"+string(who), "")
		expect("index", err)
		x, err := search.Decode(blob, o.name)
		expect("index", err)
		if d := cmp.Diff(o.rebuilt(t, who), contents(x)); d != "" {
			t.Errorf("%s (-rebuilt, +stream):\n%.2000s", who, d)
		}
		total += x.Len()
	}
	if total != len(alive) {
		t.Errorf("%d documents, %d workflows are alive", total, len(alive))
	}
	if n := o.model.Texts.Load(); n > documents+changes {
		t.Errorf("%d texts were embedded for %d versions", n, documents+changes)
	}
}
