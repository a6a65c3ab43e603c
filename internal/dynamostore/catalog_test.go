package dynamostore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/catalog"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/tenant/tenanttest"
	"github.com/automatelanka/automatelanka/internal/trigger"
)

// blobs keeps objects in memory.
type blobs struct{ sync.Map }

func (b *blobs) Put(_ context.Context, key string, v []byte) error {
	b.Store(key, bytes.Clone(v))
	return nil
}

func (b *blobs) Get(_ context.Context, key string) ([]byte, error) {
	if v, ok := b.Load(key); ok {
		return v.([]byte), nil
	}
	return nil, fault.New(fault.NotFound, fault.CodeNotFound, "none")
}

// emptyCatalog opens the catalogue without any items, also at a judge that kept
// those of the test before.
func emptyCatalog(t *testing.T) (*dynamostore.Catalog, http.RoundTripper, *blobs) {
	t.Helper()
	c := clock.NewManual(noon)
	rt := table.Open(t, c)
	client := table.Client(rt)
	all, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String(table.Catalog)})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range all.Items {
		_, err := client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
			TableName: aws.String(table.Catalog), Key: map[string]types.AttributeValue{"pk": item["pk"], "sk": item["sk"]},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	b := &blobs{}
	return dynamostore.NewCatalog(client, table.Catalog, b, c), rt, b
}

func TestCatalogConformsToTenantStore(t *testing.T) {
	tenanttest.Conformance(t, func(t *testing.T) tenant.Store {
		c, _, _ := emptyCatalog(t)
		return c
	})
}

func head(id string) catalog.Head {
	return catalog.Head{Tenant: "ten_a", ID: ident.Workflow(id), Name: "w", Version: 1, Nodes: 1, CreatedAt: noon, UpdatedAt: noon, UpdatedBy: "k"}
}

var audits atomic.Int64

func auditOf(h catalog.Head) tenant.Audit {
	return tenant.NewAudit(noon.Add(1), tenant.Audit{Tenant: h.Tenant, Action: fmt.Sprint("a", audits.Add(1)), Actor: tenant.Actor{ID: "k", Role: tenant.Owner}}, nil, nil)
}

func created(h catalog.Head, source string) catalog.Saving {
	return catalog.Saving{
		Head: h, Source: []byte(source), Audit: auditOf(h),
		Created: catalog.Version{Number: h.Version, Name: h.Name, Size: len(source), CreatedAt: noon, CreatedBy: "k"},
	}
}

func hookAt(h catalog.Head, method, path string) trigger.Hook {
	return trigger.Hook{Tenant: h.Tenant, Method: method, Path: path, Workflow: h.ID, Version: h.Version, Node: "Hook"}
}

func TestWorkflowHeadAndVersionAreOne(t *testing.T) {
	c, _, _ := emptyCatalog(t)
	ctx := t.Context()
	if _, err := c.Head(ctx, "ten_a", "wf_1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
	if err := c.Save(ctx, created(head("wf_1"), `{"v":1}`)); err != nil {
		t.Fatal(err)
	}
	if err := c.Save(ctx, created(head("wf_1"), `{"v":1}`)); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same id again: %v", err)
	}
	h, err := c.Head(ctx, "ten_a", "wf_1")
	if err != nil {
		t.Fatal(err)
	}
	next := h
	next.Version = 2
	if err := c.Save(ctx, created(next, `{"v":2}`)); err != nil {
		t.Fatal(err)
	}
	stale := next // of the revision that was read first
	stale.Version = 3
	if err := c.Save(ctx, created(stale, `{"v":"stale"}`)); !fault.Is(err, fault.Conflict) {
		t.Errorf("a change that was overtaken: %v", err)
	}
	if _, err := c.Source(ctx, "ten_a", "wf_1", 3); !fault.Is(err, fault.NotFound) {
		t.Errorf("it left a version: %v", err)
	}
	if _, err := c.Head(ctx, "ten_b", "wf_1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("another tenant: %v", err)
	}
	versions, _, err := c.Versions(ctx, "ten_a", "wf_1", tenant.Paging{Limit: 10})
	if err != nil || len(versions) != 2 || versions[0].Number != 2 {
		t.Errorf("%+v %v", versions, err)
	}
}

func TestLargeVersionsLieBeside(t *testing.T) {
	c, _, b := emptyCatalog(t)
	source := `{"x":"` + strings.Repeat(noise(), 20_000) + `"}`
	if err := c.Save(t.Context(), created(head("wf_1"), source)); err != nil {
		t.Fatal(err)
	}
	got, err := c.Source(t.Context(), "ten_a", "wf_1", 1)
	if err != nil || string(got) != source {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	kept := 0
	b.Range(func(k, _ any) bool {
		kept++
		if !strings.HasPrefix(k.(string), "ten_a/") {
			t.Errorf("the key %v does not begin with the tenant", k)
		}
		return true
	})
	if kept > 1 {
		t.Errorf("%d objects", kept)
	}
}

// noise is text that does not compress well.
func noise() string { return ident.Secret() }

func TestAnAddressBelongsToOneWorkflow(t *testing.T) {
	c, _, _ := emptyCatalog(t)
	ctx := t.Context()
	a, b := head("wf_a"), head("wf_b")
	first := created(a, "{}")
	first.PutHooks = []trigger.Hook{hookAt(a, "POST", "orders"), hookAt(a, "GET", "users/:id"), hookAt(a, "GET", ":any/me")}
	if err := c.Save(ctx, first); err != nil {
		t.Fatal(err)
	}
	second := created(b, "{}")
	second.PutHooks = []trigger.Hook{hookAt(b, "GET", "other"), hookAt(b, "POST", "orders")}
	if err := c.Save(ctx, second); fault.Of(err).Code != catalog.CodeHookTaken || !strings.Contains(err.Error(), "POST orders") {
		t.Errorf("an address that is taken: %v", err)
	}
	for path, want := range map[string]string{
		"POST orders": "wf_a ", "GET users/7": "wf_a map[id:7]", "GET x/me": "wf_a map[any:x]", "GET users/me": "wf_a map[id:me]",
		"GET orders": "none", "GET other": "none", "GET users": "none", "GET users/7/x": "none",
	} {
		method, rest, _ := strings.Cut(path, " ")
		h, params, err := c.Hook(ctx, "ten_a", method, strings.Split(rest, "/"))
		got := string(h.Workflow) + " "
		if params != nil {
			got += fmt.Sprint(params)
		}
		if fault.Is(err, fault.NotFound) {
			got = "none"
		} else if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s leads to %q, want %q", path, got, want)
		}
	}
	if _, _, err := c.Hook(ctx, "ten_b", "POST", []string{"orders"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("another tenant: %v", err)
	}
	h, err := c.Head(ctx, "ten_a", "wf_a")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Save(ctx, catalog.Saving{Head: h, DropHooks: first.PutHooks, Audit: auditOf(h)}); err != nil {
		t.Fatal(err)
	}
	if err := c.Save(ctx, second); err != nil {
		t.Errorf("the address is free: %v", err)
	}
}

// TestReaderFindsWorkflowsByTheIdTheyCameWith: who names one by its id of elsewhere may
// have come before it. The one that came last has the name, and other tenants' do not count.
func TestReaderFindsWorkflowsByTheIdTheyCameWith(t *testing.T) {
	c, _, _ := emptyCatalog(t)
	reader := dynamostore.NewWorkflows(c)
	find := func() string {
		wf, _, err := reader.Workflow(t.Context(), "ten_a", "8xQ2", 0)
		if fault.Is(err, fault.NotFound) {
			return ""
		}
		if err != nil {
			t.Fatal(err)
		}
		return wf.ID
	}
	if id := find(); id != "" {
		t.Errorf("%s was never imported", id)
	}
	other := head("wf_x")
	other.Tenant = "ten_b"
	for _, h := range []catalog.Head{other, head("wf_1"), head("wf_2")} {
		s := created(h, `{"name":"x","id":"8xQ2","nodes":[],"connections":{}}`)
		s.From = "8xQ2"
		if err := c.Save(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if id, want := find(), string(h.ID); id != want && h.Tenant == "ten_a" || h.Tenant != "ten_a" && id != "" {
			t.Errorf("%s is found, want %s", id, want)
		}
	}
	h, err := c.Head(t.Context(), "ten_a", "wf_2")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Save(t.Context(), catalog.Saving{Head: h, Delete: true, Audit: auditOf(h)}); err != nil {
		t.Fatal(err)
	}
	if id := find(); id != "" {
		t.Errorf("%s is found after it was deleted", id)
	}
}

func TestReaderSeesNewVersionsAtOnceAndReadsEachOnce(t *testing.T) {
	c, rt, _ := emptyCatalog(t)
	counted := &counting{next: rt}
	reader := dynamostore.NewWorkflows(dynamostore.NewCatalog(table.Client(counted), table.Catalog, &blobs{}, clock.NewManual(noon)))
	ctx := t.Context()
	source := `{"name":"v%d","id":"n8n","nodes":[],"connections":{}}`
	if err := c.Save(ctx, created(head("wf_1"), fmt.Sprintf(source, 1))); err != nil {
		t.Fatal(err)
	}
	read := func(version, wantVersion int) {
		t.Helper()
		wf, n, err := reader.Workflow(ctx, "ten_a", "wf_1", version)
		if err != nil || n != wantVersion || wf.Name != fmt.Sprint("v", wantVersion) || wf.ID != "wf_1" {
			t.Fatalf("%+v %d %v", wf, n, err)
		}
	}
	read(0, 1)
	h, err := c.Head(ctx, "ten_a", "wf_1")
	if err != nil {
		t.Fatal(err)
	}
	h.Version = 2
	if err := c.Save(ctx, created(h, fmt.Sprintf(source, 2))); err != nil {
		t.Fatal(err)
	}
	read(0, 2)
	counted.n.Store(0)
	read(1, 1)
	read(2, 2)
	if n := counted.n.Load(); n != 0 {
		t.Errorf("%d reads of versions that are known", n)
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { read(0, 2) })
	}
	wg.Wait()
	if n := counted.n.Load(); n != 50 {
		t.Errorf("50 reads of the current version took %d calls, want one each", n)
	}
	for _, bad := range []struct {
		t ident.Tenant
		w ident.Workflow
		v int
	}{{"ten_a", "wf_none", 0}, {"ten_a", "wf_1", 3}, {"ten_b", "wf_1", 1}} {
		if _, _, err := reader.Workflow(ctx, bad.t, bad.w, bad.v); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, _, err := reader.Workflow(ctx, "", "wf_1", 1); err == nil {
		t.Error("no tenant found a workflow")
	}
}

// counting counts calls.
type counting struct {
	next http.RoundTripper
	n    atomic.Int64
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return c.next.RoundTrip(r)
}

// lossy applies each call and tells the caller of every second write that it failed.
type lossy struct {
	next http.RoundTripper
	n    atomic.Int64
}

var errLost = errors.New("the answer was lost")

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(r)
	if err == nil && strings.Contains(r.Header.Get("X-Amz-Target"), "Write") && l.n.Add(1)%2 == 0 {
		resp.Body.Close()
		return nil, errLost
	}
	return resp, err
}

// TestLostAnswersLeaveNothingHalf saves versions through a wire that loses answers:
// whatever the caller was told, head, version and addresses fit together.
func TestLostAnswersLeaveNothingHalf(t *testing.T) {
	good, rt, b := emptyCatalog(t)
	bad := dynamostore.NewCatalog(table.Client(&lossy{next: rt}), table.Catalog, b, clock.NewManual(noon))
	ctx := t.Context()
	if err := good.Save(ctx, created(head("wf_1"), "1")); err != nil {
		t.Fatal(err)
	}
	told := map[bool]int{}
	for i := range 30 {
		h, err := bad.Head(ctx, "ten_a", "wf_1")
		if err != nil {
			continue
		}
		h.Version++
		s := created(h, fmt.Sprint(h.Version))
		s.PutHooks = []trigger.Hook{hookAt(h, "GET", fmt.Sprint("p", i))}
		s.DropHooks, s.Head.Hooks = h.Hooks, s.PutHooks
		told[bad.Save(ctx, s) == nil]++
		now, err := good.Head(ctx, "ten_a", "wf_1")
		if err != nil {
			t.Fatal(err)
		}
		source, err := good.Source(ctx, "ten_a", "wf_1", now.Version)
		if err != nil || string(source) != fmt.Sprint(now.Version) {
			t.Fatalf("version %d is %q, %v", now.Version, source, err)
		}
		for p := range i + 1 {
			_, _, err := good.Hook(ctx, "ten_a", "GET", []string{fmt.Sprint("p", p)})
			registered := len(now.Hooks) == 1 && now.Hooks[0].Path == fmt.Sprint("p", p)
			if (err == nil) != registered {
				t.Fatalf("address p%d: %v, the head has %+v", p, err, now.Hooks)
			}
		}
	}
	if told[true] == 0 || told[false] == 0 {
		t.Errorf("the wire lost all or nothing: %v", told)
	}
}

func TestListsOfWorkflowsPage(t *testing.T) {
	c, _, _ := emptyCatalog(t)
	var want []string
	for i := range 9 {
		h := head(fmt.Sprint("wf_", i))
		if err := c.Save(t.Context(), created(h, "{}")); err != nil {
			t.Fatal(err)
		}
		want = append([]string{string(h.ID)}, want...)
	}
	for limit := 1; limit <= 10; limit++ {
		var got []string
		for cursor := ""; ; {
			heads, next, err := c.Heads(t.Context(), "ten_a", tenant.Paging{Limit: limit, Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range heads {
				got = append(got, string(h.ID))
			}
			if cursor = next; cursor == "" {
				break
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("pages of %d:\n%s", limit, d)
		}
	}
}
