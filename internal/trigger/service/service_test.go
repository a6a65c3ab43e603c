package service

import (
	"slices"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// TestEveryTypeReads also sees that the credentials are there with their secrets.
func TestEveryTypeReads(t *testing.T) {
	for _, typ := range All() {
		used := map[string]bool{}
		for _, c := range typ.Credentials {
			for name := range c.When {
				used[name] = true
			}
			k := credential.Kinds().Get(c.Type)
			if k == nil {
				t.Errorf("%s: there is no credential type %s", typ.Type, c.Type)
			} else if c.Secret != "" && !k.IsSecret(c.Secret) {
				t.Errorf("%s: %s has no secret %s", typ.Type, c.Type, c.Secret)
			}
		}
		if Of(typ.Type) != typ {
			t.Errorf("%s is not found", typ.Type)
		}
		for _, f := range typ.Filters {
			name, _, _ := strings.Cut(f.Param, ".")
			used[name], used[f.Unless] = true, true
		}
		for name := range used {
			if name != "" && !slices.ContainsFunc(typ.Params, func(p Param) bool { return p.Name == name }) {
				t.Errorf("%s: the parameter %s is not documented", typ.Type, name)
			}
		}
	}
	if Of("n8n-nodes-base.webhook") != nil || Of("n8n-nodes-base.manualTrigger") != nil {
		t.Error("a type that is no service's was found")
	}
}

func TestStrictLoader(t *testing.T) {
	good := `"name":"X","description":"d","docs":"u","versions":[1],"credentials":[],"path":"webhook","methods":["POST"],"delivery":{"content":true}`
	hmac := `"verify":{"scheme":"hmac","header":"H","algorithm":"sha256","encoding":"hex","message":"{body}"}`
	if _, err := parse("x", []byte("{"+good+","+hmac+"}")); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct{ text, want string }{
		"unknown member":     {"{" + good + "," + hmac + `,"colour":1}`, "unknown field"},
		"text behind":        {"{" + good + "," + hmac + `} {}`, "text after"},
		"nothing":            {`{}`, "is missing"},
		"no scheme":          {"{" + good + `,"verify":{"scheme":"magic"}}`, "no scheme"},
		"no header":          {"{" + good + `,"verify":{"scheme":"token"}}`, "header"},
		"algorithm":          {"{" + good + "," + strings.Replace(hmac, "sha256", "md5", 1) + "}", "algorithm"},
		"body not signed":    {"{" + good + "," + strings.Replace(hmac, "{body}", "{url}", 1) + "}", "{body}"},
		"unknown part":       {"{" + good + "," + strings.Replace(hmac, "{body}", "{body}{nonce}", 1) + "}", "{nonce}"},
		"time not signed":    {"{" + good + "," + strings.Replace(hmac, `"{body}"`, `"{body}","timestamp":{"header":"T"}`, 1) + "}", "timestamp"},
		"time from nowhere":  {"{" + good + "," + strings.Replace(hmac, "{body}", "{timestamp}{body}", 1) + "}", "timestamp"},
		"filter of nothing":  {"{" + good + "," + hmac + `,"filters":[{"body":["a"]}]}`, "parameter or values"},
		"filter of no place": {"{" + good + "," + hmac + `,"filters":[{"param":"a"}]}`, "where the name is"},
		"delivery":           {"{" + strings.Replace(good, `{"content":true}`, `{}`, 1) + "," + hmac + "}", "delivery"},
	} {
		if _, err := parse("x", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func node(t *testing.T, typ, params string) *workflow.Node {
	t.Helper()
	wf, err := workflow.Parse([]byte(`{"name":"w","nodes":[{"id":"1","name":"N","type":"n8n-nodes-base.` + typ + `","typeVersion":1,"position":[0,0],"parameters":` + params + `}],"connections":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	return wf.Nodes[0]
}

func TestWhatCannotBeHeldIsRefused(t *testing.T) {
	for _, c := range []struct{ typ, params, want string }{
		{"telegramTrigger", `{"updates":["message"],"additionalFields":{"download":false}}`, ""},
		{"telegramTrigger", `{"updates":["message"],"additionalFields":{"download":true}}`, "download"},
		{"slackTrigger", `{"trigger":["message"],"options":{"resolveIds":true}}`, "resolveIds"},
		{"slackTrigger", `{"trigger":["message"],"watchWorkspace":"={{ true }}"}`, "expression"},
		{"pipedriveTrigger", `{"incomingAuthentication":"={{ 'none' }}"}`, "expression"},
		{"stripeTrigger", `{"events":["={{ $json.a }}"]}`, "expression"},
	} {
		n := node(t, c.typ, c.params)
		err := Of(n.Type).Ready(n)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", c.params, err)
		}
	}
}

// Before version 1.4 n8n looked for the chat and the user in messages alone, and before
// 1.2 not at all; updates of other kinds never passed.
func TestTelegramFiltersByVersion(t *testing.T) {
	typ := Of("n8n-nodes-base.telegramTrigger")
	for _, c := range []struct {
		version float64
		body    string
		want    bool
	}{
		{1.1, `{"message":{"chat":{"id":8},"from":{"id":3}}}`, true},
		{1.2, `{"message":{"chat":{"id":8},"from":{"id":3}}}`, false},
		{1.2, `{"message":{"chat":{"id":7},"from":{"id":3}}}`, true},
		{1.3, `{"channel_post":{"chat":{"id":7},"from":{"id":3}}}`, false},
		{1.4, `{"channel_post":{"chat":{"id":7},"from":{"id":3}}}`, true},
		{1.4, `{"channel_post":{"chat":{"id":7},"from":{"id":4}}}`, false},
		{1.5, `{"callback_query":{"from":{"id":3},"message":{"chat":{"id":7}}}}`, false},
	} {
		body, err := value.ParseObject([]byte(c.body))
		if err != nil {
			t.Fatal(err)
		}
		n := &workflow.Node{TypeVersion: c.version, Parameters: value.Obj("updates", []any{"message", "channel_post"},
			"additionalFields", value.Obj("chatIds", "7, 9", "userIds", "3"))}
		items, err := typ.Read(n, Call{Body: body})
		if err != nil || (len(items) == 1) != c.want {
			t.Errorf("%v %s: %d items, %v", c.version, c.body, len(items), err)
		}
	}
}
