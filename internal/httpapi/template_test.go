package httpapi_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/infra/dev/local"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
)

const payment = "payment-confirmation-crm-email"

// entry finds the item with an id in an answer's list.
func entry(t *testing.T, list any, id string) map[string]any {
	t.Helper()
	for _, item := range list.([]any) {
		if m := item.(map[string]any); m["id"] == id {
			return m
		}
	}
	t.Fatalf("%s is not in %v", id, list)
	return nil
}

func TestTemplatesAreListedByFilters(t *testing.T) {
	c := newTenant(t, "FREE")
	all := c.do("GET", "/api/templates?limit=200", nil).want(200)
	got := entry(t, all["items"], payment)
	if got["category"] != "payments" || len(got["useCases"].([]any)) == 0 || len(got["apps"].([]any)) != 3 {
		t.Errorf("%v", got)
	}
	var inCategory, total float64
	for _, f := range all["categories"].([]any) {
		f := f.(map[string]any)
		total += f["templates"].(float64)
		if f["slug"] == "payments" {
			inCategory = f["templates"].(float64)
		}
	}
	some := c.do("GET", "/api/templates?limit=200&category=Payments&app=stripe,paypal&tag=receipt", nil).want(200)["items"].([]any)
	entry(t, some, payment)
	if len(some) > int(inCategory) {
		t.Errorf("%d templates pass the filters, the category has %v", len(some), inCategory)
	}
	if none := c.do("GET", "/api/templates?category=payments&app=no-such", nil).want(200); len(none["items"].([]any)) != 0 {
		t.Errorf("%v", none)
	}
	seen := map[string]bool{}
	for path := "/api/templates?limit=3"; ; {
		page := c.do("GET", path, nil).want(200)
		for _, item := range page["items"].([]any) {
			seen[item.(map[string]any)["id"].(string)] = true
		}
		next, more := page["nextCursor"].(string)
		if !more {
			break
		}
		path = "/api/templates?limit=3&cursor=" + next
	}
	if len(seen) != int(total) || len(seen) < 200 {
		t.Errorf("%d templates page by page, %v by category", len(seen), total)
	}
}

func TestTemplateComesWithWorkflowAndNeighbours(t *testing.T) {
	c := newTenant(t, "FREE")
	got := c.do("GET", "/api/templates/"+payment, nil).want(200)
	if nodes := got["workflow"].(map[string]any)["nodes"].([]any); len(nodes) != 6 {
		t.Errorf("%d nodes", len(nodes))
	}
	similar := got["similar"].([]any)
	if len(similar) == 0 {
		t.Error("no similar templates")
	}
	for _, s := range similar {
		if s.(map[string]any)["id"] == payment {
			t.Error("a template is similar to itself")
		}
	}
	c.do("GET", "/api/templates/no-such", nil).refused(http.StatusNotFound, "NOT_FOUND")
}

func TestTemplateBecomesAWorkflow(t *testing.T) {
	c := newTenant(t, "FREE")
	a := c.do("POST", "/api/templates/"+payment+"/use", map[string]string{"name": " Receipts "})
	made := a.want(http.StatusCreated)
	w := made["workflow"].(map[string]any)
	if w["name"] != "Receipts" || w["active"] != false || a.header.Get("Location") != "/api/workflows/"+w["id"].(string) {
		t.Errorf("%v, location %q", w, a.header.Get("Location"))
	}
	kinds := ""
	for _, k := range made["credentials"].([]any) {
		kinds += k.(map[string]any)["type"].(string) + " "
	}
	if kinds != "gmailOAuth2 hubspotAppToken stripeApi " {
		t.Errorf("credentials still to connect: %s", kinds)
	}
	source := c.do("GET", "/api/workflows/"+w["id"].(string), nil).want(200)
	if source["meta"].(map[string]any)["templateId"] != payment || source["name"] != "Receipts" {
		t.Errorf("%v %v", source["meta"], source["name"])
	}
	plain := c.do("POST", "/api/templates/"+payment+"/use", nil).want(http.StatusCreated)["workflow"].(map[string]any)
	if !strings.HasPrefix(plain["name"].(string), "Payment Confirmation") {
		t.Errorf("%v", plain["name"])
	}
	c.do("POST", "/api/templates/no-such/use", nil).refused(http.StatusNotFound, "NOT_FOUND")
	c.as("viewer").do("POST", "/api/templates/"+payment+"/use", nil).refused(http.StatusForbidden, "FORBIDDEN")
}

func TestSearchSaysWhatAndWhy(t *testing.T) {
	c := newTenant(t, "FREE")
	find := func(q string) answer { return c.do("GET", "/api/templates/search?q="+url.QueryEscape(q), nil) }
	got := find("when a custmer pays, send them a welcome email and update spreadsheet").want(200)
	why := entry(t, got["items"], payment)["why"].(map[string]any)
	if got["by"] != "meaning" || got["notice"] != nil || !strings.Contains(got["corrected"].(string), "customer") {
		t.Errorf("by %v, corrected %v, notice %v: is ONNX Runtime there (make build)?", got["by"], got["corrected"], got["notice"])
	}
	if len(why["words"].([]any)) == 0 || len(why["useCases"].([]any)) == 0 || why["meaning"].(float64) < 0.3 {
		t.Errorf("why %v", why)
	}
	for _, q := range []string{"", " ", "\x00\x01", "?!", strings.Repeat("word ", 10_000)} {
		find(q).refused(http.StatusUnprocessableEntity, "VALIDATION")
	}
	for _, q := range []string{"付款", "ගෙවීම්", "\xff\xfepayment", "a\x00b\x1bc payment", "payment'; DROP TABLE x; --"} {
		find(q).want(200)
	}
	for _, q := range []string{"客户付款后发送邮件", "the and of to a", "xqzvk wpfjq zzkkrt"} {
		if notice, _ := find(q).want(200)["notice"].(string); !strings.HasPrefix(notice, "Nothing fits") || strings.Contains(notice, "filter") {
			t.Errorf("%q: notice %q", q, notice)
		}
	}
	narrow := c.do("GET", "/api/templates/search?q=customer+pays&app=no-such", nil).want(200)
	if len(narrow["items"].([]any)) != 0 || !strings.Contains(narrow["notice"].(string), "take a filter away") {
		t.Errorf("a filter that nothing passes: %v", narrow)
	}
	c.do("GET", "/api/templates/search?q=x&limit=51", nil).refused(http.StatusUnprocessableEntity, "VALIDATION")
	c.do("GET", "/api/templates/search?q=x&scope=everything", nil).refused(http.StatusUnprocessableEntity, "VALIDATION")
}

// found waits until a search of the tenant's own workflows finds exactly these names;
// pass, if there is one, lets time pass.
func (c *client) found(q string, pass func(), names ...string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), clocktest.Hang)
	defer cancel()
	for {
		var got []string
		items := c.do("GET", "/api/templates/search?scope=workflows&q="+url.QueryEscape(q), nil).want(200)["items"].([]any)
		for _, item := range items {
			got = append(got, item.(map[string]any)["name"].(string))
		}
		if slices.Equal(got, names) {
			return
		}
		if pass != nil {
			pass()
		}
		if clock.Sleep(ctx, clock.Real(), 5*time.Millisecond) != nil {
			c.t.Fatalf("%q finds %v, want %v", q, got, names)
		}
	}
}

// TestWorkflowsAreFoundAsTheyChange, within two seconds of the platform's own time.
func TestWorkflowsAreFoundAsTheyChange(t *testing.T) {
	c := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	p, err := local.Open(t.Context(), local.Options{
		Template: "../../template.yaml", Clock: c, Log: slog.DiscardHandler, OpenAIBaseURL: "http://127.0.0.1:9/v1",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close(t.Context()) }()
	as := func(tenant string) *client {
		return &client{t: t, key: p.Keys.Tenants[tenant], id: tenant, handler: p.Handler()}
	}
	mine, other := as("dev-pro"), as("dev-enterprise")
	within := func(q string, names ...string) {
		t.Helper()
		began := c.Now()
		mine.found(q, func() {
			if p.Cloud.Functions().Running() == 0 {
				c.Advance(50 * time.Millisecond)
			}
		}, names...)
		if took := c.Since(began); took > 2*time.Second {
			t.Errorf("a change was found after %v", took)
		}
	}
	named := func(name string) string { return line(name, manual(), set("Greet", "greeting", "x")) }
	id := mine.create(named("Falcon invoices"))
	within("falcon", "Falcon invoices")
	mine.do("PUT", "/api/workflows/"+id, named("Eagle invoices")).want(200)
	within("eagle", "Eagle invoices")
	other.found("eagle invoices", nil)
	mine.do("DELETE", "/api/workflows/"+id, nil)
	within("eagle")
}

func TestReindexBringsBackWhatIsLost(t *testing.T) {
	c := newTenant(t, "PRO")
	c.create(line("Falcon", manual(), set("Greet", "greeting", "x")))
	c.found("falcon", nil, "Falcon")
	for _, fresh := range []bool{false, true} {
		m := operator(t).do("POST", "/api/admin/search/reindex", map[string]any{"tenant": c.id, "fresh": fresh}).want(200)
		if m["workflows"] != float64(1) || m["nextCursor"] != nil {
			t.Errorf("%v", m)
		}
		c.found("falcon", nil, "Falcon")
	}
	operator(t).do("POST", "/api/admin/search/reindex", map[string]any{"tenant": ""}).refused(http.StatusUnprocessableEntity, "VALIDATION")
	operator(t).do("POST", "/api/admin/search/reindex", map[string]any{"tenant": "ten_no"}).refused(http.StatusNotFound, "NOT_FOUND")
}
