package trigger

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/fault"
)

func hook(id, params string) string {
	return `{"id":"` + id + `","name":"H` + id + `","type":"n8n-nodes-base.webhook","typeVersion":2,"position":[0,0],"webhookId":"wid-` + id + `","parameters":` + params + `}`
}

func TestWebhookAddresses(t *testing.T) {
	for params, want := range map[string][]string{
		`{"path":"orders"}`:                           {"GET orders"},
		`{"path":"/orders/new/","httpMethod":"POST"}`: {"POST orders/new"},
		`{}`: {"GET wid-1"},
		`{"path":"a","multipleMethods":true,"httpMethod":["GET","post"]}`: {"GET a", "POST a"},
		`{"path":"user/:id/x","httpMethod":"PUT"}`:                        {"PUT user/:id/x", "PUT wid-1/user/:id/x"},
	} {
		set, err := Of(parse(t, hook("1", params)), owner())
		if err != nil {
			t.Errorf("%s: %v", params, err)
			continue
		}
		var got []string
		for _, h := range set.Hooks {
			got = append(got, h.Method+" "+h.Path)
			if h.Node != "H1" || h.Version != 3 || h.Workflow == "" || h.Tenant != "ten_a" {
				t.Errorf("incomplete hook %+v", h)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s:\n%s", params, d)
		}
	}
}

func TestWebhookPathsThatNoCallCouldReachAreRefused(t *testing.T) {
	for _, params := range []string{
		`{"path":"a//b"}`, `{"path":"a/../b"}`, `{"path":"waiting/x"}`, `{"path":"waiting"}`, `{"path":"a?b"}`, `{"path":"a#b"}`,
		`{"path":"a/:"}`, `{"path":"={{ $json.p }}"}`, `{"path":"a","httpMethod":"TRACE"}`, `{"path":"` + strings.Repeat("x", 600) + `"}`,
		`{"path":{"a":1}}`,
	} {
		if _, err := Of(parse(t, hook("1", params)), owner()); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", params, err)
		}
	}
	both := hook("1", `{"path":"x"}`) + "," + hook("2", `{"path":"/x/"}`)
	if _, err := Of(parse(t, both), owner()); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "H1") {
		t.Errorf("two nodes at one address: %v", err)
	}
	many := make([]string, maxTriggers+1)
	for i := range many {
		many[i] = hook(strings.Repeat("i", i+1), `{}`)
	}
	if _, err := Of(parse(t, strings.Join(many, ",")), owner()); !fault.Is(err, fault.Invalid) {
		t.Errorf("too many triggers: %v", err)
	}
}

func TestFixedSegmentsWinOverParameters(t *testing.T) {
	hooks := []Hook{{Path: ":a/:b", Node: "any"}, {Path: "users/:id", Node: "user"}, {Path: ":x/me", Node: "me"}}
	for path, want := range map[string]string{"users/7": "user id=7", "users/me": "user id=me", "x/me": "me x=x", "x/y": "any a=x b=y"} {
		h, params, ok := Best(hooks, strings.Split(path, "/"))
		got := h.Node
		for _, name := range []string{"a", "b", "id", "x"} {
			if v, ok := params[name]; ok {
				got += " " + name + "=" + v
			}
		}
		if !ok || got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	if _, _, ok := Best(hooks, []string{"a", "b", "c"}); ok {
		t.Error("a longer path matched")
	}
}

// A service's trigger listens at n8n's address, which nobody can guess.
func TestServiceAddresses(t *testing.T) {
	of := func(rest string) (Set, error) {
		return Of(parse(t, `{"id":"1","name":"W","type":"n8n-nodes-base.whatsAppTrigger","typeVersion":1,"position":[0,0],"parameters":{"updates":["messages"]}`+rest+`}`), owner())
	}
	set, err := of(`,"webhookId":"0b7d"`)
	if err != nil || len(set.Hooks) != 2 || set.Hooks[0].Path != "0b7d/webhook" || set.Hooks[0].Method != "GET" || set.Hooks[1].Method != "POST" {
		t.Errorf("%+v, %v", set.Hooks, err)
	}
	for _, rest := range []string{``, `,"webhookId":"a//b"`, `,"webhookId":"waiting"`} {
		if _, err := of(rest); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", rest, err)
		}
	}
}
