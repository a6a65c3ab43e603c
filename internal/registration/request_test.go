package registration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/trigger/service"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// expected is one request as the service's reference asks for it, and its answer.
type expected struct {
	Method  string          `json:"method"`
	URL     string          `json:"url"`
	Body    any             `json:"body"`
	Form    string          `json:"form"` // unescaped, sorted
	Status  int             `json:"status"`
	Respond json.RawMessage `json:"respond"`
}

// requestCase is one operation of a service.
type requestCase struct {
	ID       string              `json:"id"` // of the hook; "7" if absent
	Requests []expected          `json:"requests"`
	Gives    []map[string]string `json:"gives"` // nil: not looked at
}

type requestCases struct {
	Version     float64                      `json:"version"`
	Parameters  json.RawMessage              `json:"parameters"`
	Credentials map[string]map[string]string `json:"credentials"`
	Auth        map[string]string            `json:"auth"` // headers of every request
	Operations  map[string]requestCase       `json:"operations"`
}

func readCases(t *testing.T) map[string]requestCases {
	t.Helper()
	b, err := os.ReadFile("testdata/requests.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]requestCases
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// vault opens the credentials of a test.
type vault map[string]map[string]string

func (v vault) Open(_ context.Context, _, typ string, _ workflow.CredentialRef) (map[string]string, error) {
	f, ok := v[typ]
	if !ok {
		return nil, node.Errorf("there is no %s", typ)
	}
	return f, nil
}

// scripted answers requests that come as expected.
type scripted struct {
	t    *testing.T
	auth map[string]string
	want []expected
}

func (s *scripted) Do(req *http.Request, _ node.HTTPOptions) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	if len(s.want) == 0 {
		s.t.Errorf("%s %s was not expected", req.Method, req.URL)
		return nil, io.ErrUnexpectedEOF
	}
	w := s.want[0]
	s.want = s.want[1:]
	if got := plainURL(s.t, req.URL.String()); req.Method != w.Method || got != w.URL {
		s.t.Errorf("got %s %s\nwant %s %s", req.Method, got, w.Method, w.URL)
	}
	for name, v := range s.auth {
		if got := strings.Join(req.Header[http.CanonicalHeaderKey(name)], ","); got != v && strings.Join(req.Header[name], ",") != v {
			s.t.Errorf("%s: the header %s is %q, not %q", req.URL, name, got, v)
		}
	}
	switch {
	case w.Body != nil:
		var got any
		if err := json.Unmarshal(body, &got); err != nil {
			s.t.Errorf("%s: the body %q is no JSON", req.URL, body)
		}
		if d := cmp.Diff(w.Body, got); d != "" {
			s.t.Errorf("%s: body (-want +got)\n%s", req.URL, d)
		}
	case w.Form != "":
		if got := plainForm(s.t, string(body)); got != w.Form {
			s.t.Errorf("%s: form\n%s\nwant\n%s", req.URL, got, w.Form)
		}
	}
	return &http.Response{
		StatusCode: w.Status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(w.Respond)), Request: req,
	}, nil
}

// plainURL is a URL with its query sorted and unescaped.
func plainURL(t *testing.T, text string) string {
	base, query, ok := strings.Cut(text, "?")
	if !ok {
		return base
	}
	return base + "?" + plainForm(t, query)
}

func plainForm(t *testing.T, text string) string {
	v, err := url.ParseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := url.QueryUnescape(v.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

const ownURL = "https://al.example/hooks/ten_a/wid/webhook"

// TestRequestsOfEveryService runs each operation of each trigger that registers
// itself, and compares its requests with those of the service's reference.
func TestRequestsOfEveryService(t *testing.T) {
	all := readCases(t)
	for _, typ := range service.All() {
		if typ.Registration == nil {
			continue
		}
		name := strings.TrimPrefix(typ.Type, "n8n-nodes-base.")
		cases, ok := all[name]
		if !ok {
			t.Errorf("%s has no cases", name)
			continue
		}
		if _, err := requestsOf(typ); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		wanted := []string{opCheck, opRegister, opUnregister}
		if adopts(typ) {
			wanted = append(wanted, opAdopt)
		}
		for _, op := range wanted {
			t.Run(name+"/"+op, func(t *testing.T) {
				c, ok := cases.Operations[op]
				if !ok {
					t.Fatal("there is no case")
				}
				cases.run(t, typ, op, c)
			})
		}
	}
}

func (all requestCases) run(t *testing.T, typ *service.Type, op string, c requestCase) {
	var refs []string
	for kind := range all.Credentials {
		refs = append(refs, fmt.Sprintf(`%q:{"id":"1","name":"mine"}`, kind))
	}
	source := fmt.Sprintf(`{"id":"n","name":"N","type":%q,"typeVersion":%v,"position":[0,0],"webhookId":"wid","parameters":%s,"credentials":{%s}}`,
		typ.Type, all.Version, all.Parameters, strings.Join(refs, ","))
	do := &scripted{t: t, auth: all.Auth, want: c.Requests}
	now := clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	x, err := newCaller(node.Services{HTTP: do, Credentials: vault(all.Credentials)}, now, "ten_a", json.RawMessage(source))
	if err != nil {
		t.Fatal(err)
	}
	x.given.Set("url", ownURL)
	x.given.Set("secret", "s3cret-of-ours")
	x.given.Set("tag", "reg_TAG")
	id := c.ID
	if id == "" {
		id = "7"
	}
	got, err := x.ask(t.Context(), op, id)
	if err != nil {
		t.Fatal(err)
	}
	if len(do.want) > 0 {
		t.Errorf("%s %s did not come", do.want[0].Method, do.want[0].URL)
	}
	if c.Gives == nil {
		return
	}
	var gives []map[string]string
	for _, f := range got {
		m := map[string]string{}
		for k, v := range map[string]string{"id": f.ID, "url": f.URL, "secret": f.Secret} {
			if v != "" {
				m[k] = v
			}
		}
		gives = append(gives, m)
	}
	if d := cmp.Diff(c.Gives, gives); d != "" {
		t.Errorf("gives (-want +got)\n%s", d)
	}
}

// TestRemovingWhatIsGone is no failure at any service.
func TestRemovingWhatIsGone(t *testing.T) {
	all := readCases(t)
	for _, typ := range service.All() {
		name := strings.TrimPrefix(typ.Type, "n8n-nodes-base.")
		c, ok := all[name].Operations[opUnregister]
		if !ok || len(c.Requests) != 1 || c.Requests[0].Method != http.MethodDelete {
			continue
		}
		t.Run(name, func(t *testing.T) {
			c.Requests[0].Status, c.Requests[0].Respond = http.StatusNotFound, json.RawMessage(`{"message":"not found"}`)
			all[name].run(t, typ, opUnregister, c)
		})
	}
}
