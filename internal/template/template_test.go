package template

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/trigger/service"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func builtin(t testing.TB) *Catalogue {
	t.Helper()
	c, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Every file in data/ is in order; this is what a new template has to pass.
func TestBuiltinAreValid(t *testing.T) {
	c := builtin(t)
	if c.Len() < 240 {
		t.Errorf("%d templates, want at least 240", c.Len())
	}
	names := map[string]string{}
	for _, tpl := range c.All() {
		if err := tpl.Validate(); err != nil {
			t.Errorf("%s:\n%v", tpl.ID, err)
		}
		if other, ok := names[tpl.Name]; ok {
			t.Errorf("%s and %s have the same name", tpl.ID, other)
		}
		names[tpl.Name] = tpl.ID
	}
}

func TestPaymentConfirmation(t *testing.T) {
	tpl, err := builtin(t).Get("payment-confirmation-crm-email")
	if err != nil {
		t.Fatal(err)
	}
	if tpl.Name != "Payment Confirmation → CRM Update → Email Notification" {
		t.Errorf("name %q", tpl.Name)
	}
	for _, part := range []string{tpl.Name + ". ", tpl.Description, "Tags: stripe, ", "Use cases: " + tpl.UseCases[0] + "; "} {
		if !strings.Contains(tpl.Text(), part) {
			t.Errorf("the text for embedding lacks %q:\n%s", part, tpl.Text())
		}
	}
	got, err := tpl.Credentials()
	want := []Credential{
		{"gmailOAuth2", "Gmail account", []string{"Send Confirmation"}},
		{"hubspotAppToken", "HubSpot private app", []string{"Update Contact"}},
		{"stripeApi", "Stripe account", []string{"Checkout Completed"}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("credentials (-want +got, %v):\n%s", err, diff)
	}
}

func TestUse(t *testing.T) {
	tpl := builtin(t).All()[0]
	w, err := tpl.Use("")
	if err != nil {
		t.Fatal(err)
	}
	name, _ := w.Get("name")
	active, _ := w.Get("active")
	if name != tpl.Name || active != false {
		t.Errorf("name %v, active %v", name, active)
	}
	w.Set("nodes", nil)
	if again, err := tpl.Use("Mine"); err != nil {
		t.Error(err)
	} else if nodes, _ := again.Get("nodes"); nodes == nil {
		t.Error("a change of one copy is seen in the next")
	} else if name, _ := again.Get("name"); name != "Mine" {
		t.Errorf("name %v, want Mine", name)
	}
}

func TestGetUnknown(t *testing.T) {
	if _, err := builtin(t).Get("no-such"); !fault.Is(err, fault.NotFound) {
		t.Errorf("error %v, want NotFound", err)
	}
}

func TestLoadNamesEachBadFile(t *testing.T) {
	good := `{"id":"good","workflow":{}}`
	_, err := Load(fstest.MapFS{
		"d/good.json":     {Data: []byte(good)},
		"d/misspelt.json": {Data: []byte(`{"id":"misspelt","usecases2":[]}`)},
		"d/other.json":    {Data: []byte(good)},
		"d/broken.json":   {Data: []byte(`{"id":`)},
		"d/twice.json":    {Data: []byte(`{"id":"twice"}{}`)},
	}, "d")
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"d/misspelt.json: ", `unknown field "usecases2"`, `d/other.json: id is "good"`, "d/broken.json", "d/twice.json: there is text after"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "d/good.json") {
		t.Errorf("the good file is blamed:\n%v", err)
	}
}

// Each change makes a good template bad, and the error must say what is wrong.
func TestValidateFinds(t *testing.T) {
	for want, change := range map[string]func(*Template){
		"is not a slug":                  func(t *Template) { t.ID = "Payment_1" },
		"name has":                       func(t *Template) { t.Name = "Pay" },
		"description has":                func(t *Template) { t.Description = "short" },
		`category "misc" does not exist`: func(t *Template) { t.Category = "misc" },
		"tags has 1 entries":             func(t *Template) { t.Tags = t.Tags[:1] },
		`tags: "Stripe" is not allowed`:  func(t *Template) { t.Tags[0] = "Stripe" },
		"is there twice":                 func(t *Template) { t.UseCases[1] = t.UseCases[0] },
		`apps lacks "hubspot"`:           func(t *Template) { t.Apps = []string{"stripe", "gmail"} },
		"valid JSON":                     func(t *Template) { t.Raw = json.RawMessage(`{"nodes":[`) },
		"test has no case":               func(t *Template) { t.Test.Cases = nil },
		"pinned data": func(t *Template) {
			t.Raw = edit(t.Raw, `"settings": {`, `"pinData": {"Buyer": [{"json":{}}]}, "settings": {`)
		},
		"must be a placeholder":           func(t *Template) { t.Raw = edit(t.Raw, `"id": "",`, `"id": "17",`) },
		`names node "No", which does not`: func(t *Template) { t.Test.Cases[0].Mocks["No"] = Mock{Items: []json.RawMessage{[]byte("{}")}} },
		"has inputs; a run begins at":     func(t *Template) { t.Test.Cases[0].Start.Node = "Buyer" },
		"has 0 of http, chat and items":   func(t *Template) { t.Test.Cases[0].Mocks["Buyer"] = Mock{} },
		"nothing is expected":             func(t *Template) { t.Test.Cases[0].Expect = Expect{} },
		`status "done" is not an end`:     func(t *Template) { t.Test.Cases[0].Expect.Status = "done" },
		"fails with which error?":         func(t *Template) { t.Test.Cases[0].Expect.Status = "failed" },
	} {
		tpl := copyOf(t, "payment-confirmation-crm-email")
		change(tpl)
		if err := tpl.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want it to say %q", err, want)
		}
	}
}

func edit(raw json.RawMessage, old, with string) json.RawMessage {
	return json.RawMessage(strings.Replace(string(raw), old, with, 1))
}

// copyOf returns a template that a test may change.
func copyOf(t *testing.T, id string) *Template {
	t.Helper()
	tpl, err := builtin(t).Get(id)
	if err != nil {
		t.Fatal(err)
	}
	out := *tpl
	out.Tags, out.UseCases, out.Apps = slices.Clone(tpl.Tags), slices.Clone(tpl.UseCases), slices.Clone(tpl.Apps)
	out.Test.Cases = slices.Clone(tpl.Test.Cases)
	for i := range out.Test.Cases {
		out.Test.Cases[i].Mocks = maps.Clone(tpl.Test.Cases[i].Mocks)
	}
	return &out
}

func TestCategoriesAreSlugsOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Categories() {
		if !slug.MatchString(c.Slug) || c.Name == "" || seen[c.Slug] {
			t.Errorf("category %+v", c)
		}
		seen[c.Slug] = true
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(data, "data"); err != nil {
			b.Fatal(err)
		}
	}
}

// Two tenants that use one template must not share the address that a service calls.
func TestEachUseHasItsOwnAddresses(t *testing.T) {
	seen := map[string]string{}
	for _, tpl := range builtin(t).All() {
		for range 2 {
			w, err := tpl.Use("")
			if err != nil {
				t.Fatal(err)
			}
			wf, err := workflow.FromValue(w)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range wf.Nodes {
				if service.Of(n.Type) != nil && len(n.WebhookID) != 36 {
					t.Errorf("%s: %q has the webhookId %q", tpl.ID, n.Name, n.WebhookID)
				}
				if n.WebhookID != "" && seen[n.WebhookID] != "" {
					t.Errorf("%s: %q shares its webhookId with %s", tpl.ID, n.Name, seen[n.WebhookID])
				}
				seen[n.WebhookID] = tpl.ID
			}
		}
	}
}

// Each template that something can start can be activated: its triggers give
// addresses, schedules or other ways in. Those that only a person starts say so.
func TestEveryTriggerCanBeActivated(t *testing.T) {
	byHand := 0
	for _, tpl := range builtin(t).All() {
		used, err := tpl.Use("")
		if err != nil {
			t.Fatal(err)
		}
		wf, err := workflow.FromValue(used)
		if err != nil {
			t.Fatal(err)
		}
		set, err := trigger.Of(wf, trigger.Owner{Tenant: "ten_a", Workflow: "wf_1", Version: 1, Timezone: "UTC", Now: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Errorf("%s: %v", tpl.ID, err)
			continue
		}
		if len(set.Hooks)+len(set.Schedules)+len(set.Entries) > 0 {
			continue
		}
		byHand++
		if !slices.ContainsFunc(wf.Nodes, func(n *workflow.Node) bool { return n.Type == "n8n-nodes-base.manualTrigger" }) {
			t.Errorf("%s: nothing can start it", tpl.ID)
		}
	}
	if byHand > 3 {
		t.Errorf("%d templates can only be run by hand", byHand)
	}
}
