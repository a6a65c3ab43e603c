package http

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// numbers answers pages of numbers: n in all, two on a page, by the query's "page"
// (from 0) and with the address of the next page.
func numbers(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page := 0
		_, _ = fmt.Sscan(r.URL.Query().Get("page"), &page)
		var items []string
		for i := 2 * page; i < min(2*page+2, n); i++ {
			items = append(items, fmt.Sprintf(`{"i":%d}`, i))
		}
		next := "null"
		if 2*page+2 < n {
			next = fmt.Sprintf(`"/list?page=%d"`, page+1)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"items":[%s],"next":%s,"page":%d}`, strings.Join(items, ","), next, page)
	}
}

func paged(options string) string {
	return `{"url":"/list","options":{"pagination":{"pagination":{` + options + `}}}}`
}

func TestPagination(t *testing.T) {
	for name, c := range map[string]struct {
		params string
		uris   string
	}{
		"a parameter until an expression holds": {
			paged(`"parameters":{"parameters":[{"name":"page","value":"={{ $pageCount }}"}]},"paginationCompleteWhen":"other","completeExpression":"={{ !$response.body.next }}"`),
			"/list?page=0 /list?page=1 /list?page=2",
		},
		"the next address": {
			paged(`"paginationMode":"responseContainsNextURL","nextURL":"={{ $response.body.next }}","paginationCompleteWhen":"other","completeExpression":"={{ !$response.body.next }}"`),
			"/list /list?page=1 /list?page=2",
		},
		"a limit": {
			paged(`"parameters":{"parameters":[{"name":"page","value":"={{ $pageCount }}"}]},"paginationCompleteWhen":"other","completeExpression":"={{ false }}","limitPagesFetched":true,"maxRequests":2`),
			"/list?page=0 /list?page=1",
		},
		"a limit by expression": {
			paged(`"parameters":{"parameters":[{"name":"page","value":"={{ $pageCount }}"}]},"paginationCompleteWhen":"other","completeExpression":"={{ false }}","limitPagesFetched":true,"maxRequests":"={{ $json.most }}"`),
			"/list?page=0",
		},
		"values of the last answer": {
			paged(`"parameters":{"parameters":[{"name":"page","value":"={{ ($response.body?.page ?? -1) + 1 }}"}]},"paginationCompleteWhen":"other","completeExpression":"={{ $response.body.items.length < 2 }}"`),
			"/list?page=0 /list?page=1 /list?page=2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.answer = numbers(5)
			out := b.run(4.2, c.params, items(1)[0])
			if strings.Contains(c.params, "$json.most") {
				b.requests, b.bodies = nil, nil
				it := items(1)[0]
				it.JSON.Set("most", 1.0)
				out = b.run(4.2, c.params, it)
			}
			if out.Err != nil {
				t.Fatal(out.Err)
			}
			var uris []string
			for _, r := range b.requests {
				uris = append(uris, r.RequestURI)
			}
			if got := strings.Join(uris, " "); got != c.uris {
				t.Errorf("requests: %s", got)
			}
			if len(out.Run.Outputs[0]) != len(uris) {
				t.Errorf("%d items of %d pages", len(out.Run.Outputs[0]), len(uris))
			}
		})
	}
}

func TestPaginationInBodyAndHeaders(t *testing.T) {
	b := setup(t)
	b.answer = numbers(3)
	params := `{"url":"/list","method":"POST","sendBody":true,"specifyBody":"json","jsonBody":{"size":2},"options":{"pagination":{"pagination":{
		"parameters":{"parameters":[{"type":"body","name":"cursor","value":"={{ $response.body.page }}"},{"type":"headers","name":"X-Page","value":"={{ $pageCount }}"}]},
		"paginationCompleteWhen":"other","completeExpression":"={{ $pageCount === 2 }}"}}}}`
	if out := b.run(4.2, params); out.Err != nil {
		t.Fatal(out.Err)
	}
	if got := strings.Join(b.bodies, " "); got != `{"size":2} {"size":2,"cursor":0}` {
		t.Errorf("bodies: %s", got)
	}
	if a, c := b.requests[0].Header, b.requests[1].Header; a.Get("X-Page") != "0" || c.Get("X-Page") != "1" || c.Get("Idempotency-Key") != a.Get("Idempotency-Key")+"-1" {
		t.Errorf("headers: %v and %v", a, c)
	}
}

func TestPaginationEndsByStatusOrEmptiness(t *testing.T) {
	byStatus := paged(`"parameters":{"parameters":[{"name":"page","value":"={{ $pageCount }}"}]},"paginationCompleteWhen":"receiveSpecificStatusCodes","statusCodesWhenComplete":"404, 410"`)
	empty := paged(`"parameters":{"parameters":[{"name":"page","value":"={{ $pageCount }}"}]}`)
	for params, last := range map[string]http.HandlerFunc{
		byStatus: reply(404, "application/json", `{}`), empty: reply(200, "application/json", `[]`),
	} {
		b := setup(t)
		b.answer = func(w http.ResponseWriter, r *http.Request) {
			if len(b.requests) == 3 {
				last(w, r)
				return
			}
			reply(200, "application/json", fmt.Sprintf(`[{"a":%d}]`, len(b.requests)))(w, r)
		}
		out := b.run(4.2, params)
		if out.Err != nil || len(b.requests) != 3 {
			t.Errorf("%d requests, %v", len(b.requests), out.Err)
		}
	}
}

func TestPaginationProblems(t *testing.T) {
	param := `"parameters":{"parameters":[{"name":"page","value":"={{ $pageCount }}"}]}`
	for name, c := range map[string]struct {
		params, want string
		answer       http.HandlerFunc
	}{
		"always the same":   {paged(param + `,"paginationCompleteWhen":"other","completeExpression":"={{ false }}"`), "identical 5x", reply(200, "application/json", `{"a":1}`)},
		"no parameter":      {paged(`"parameters":{"parameters":[]}`), "At least one entry", nil},
		"no name":           {paged(`"parameters":{"parameters":[{"name":"","value":"1"}]}`), "Parameter name must be set for parameter [1]", nil},
		"no value":          {paged(`"parameters":{"parameters":[{"name":"a","value":""}]}`), "infinite loop", nil},
		"no expression":     {paged(param + `,"paginationCompleteWhen":"other","completeExpression":"true"`), "Invalid or empty Complete Expression", nil},
		"no next address":   {paged(`"paginationMode":"responseContainsNextURL","nextURL":"={{ $response.body.nope }}","paginationCompleteWhen":"other","completeExpression":"={{ false }}"`), "Invalid URL", nil},
		"failure on a page": {paged(param + `,"paginationCompleteWhen":"other","completeExpression":"={{ false }}"`), "The resource you are requesting could not be found", reply(404, "text/plain", "gone")},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.answer = numbers(100)
			if c.answer != nil {
				b.answer = c.answer
			}
			out := b.run(4.2, c.params)
			if out.Err == nil || !strings.Contains(out.Err.Message, c.want) {
				t.Fatalf("%v", out.Err)
			}
			if len(b.requests) > 0 && out.Err.Outcome == fault.NotSent {
				t.Errorf("after %d requests nothing is said to be sent", len(b.requests))
			}
		})
	}
}

// The next address is data of the answer: it must not lead the credential away,
// nor inside.
func TestNextAddressOnAnotherHostGetsNoCredential(t *testing.T) {
	b, other := setup(t), setup(t)
	b.creds["httpHeaderAuth"] = map[string]string{"name": "X-Key", "value": "s3cr3t"}
	b.allow = []string{strings.TrimPrefix(other.server.URL, "http://")}
	b.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"next":"`+other.server.URL+`/x"}`)
	}
	params := strings.Replace(paged(`"paginationMode":"responseContainsNextURL","nextURL":"={{ $response.body.next }}","paginationCompleteWhen":"other","completeExpression":"={{ !$response.body.next }}"`),
		`{`, `{"authentication":"genericCredentialType","genericAuthType":"httpHeaderAuth",`, 1)
	if out := b.run(4.2, params); out.Err != nil {
		t.Fatal(out.Err)
	}
	if b.requests[0].Header.Get("X-Key") == "" || len(other.requests) != 1 || other.requests[0].Header.Get("X-Key") != "" {
		t.Errorf("the key went to %d and %v", len(b.requests), other.requests[0].Header)
	}
	b.allow = nil
	if out := b.run(4.2, params); out.Err == nil || out.Err.Code != fault.CodeAddressRefused || out.Err.Outcome != fault.Refused {
		t.Errorf("an address inside gave %v", out.Err)
	}
}

// instant is an HTTPDoer that answers at once and notes when, by its clock.
type instant struct {
	*clock.Manual
	times []time.Duration
	start time.Time
}

func (d *instant) Clock() clock.Clock { return d.Manual }

func (d *instant) Do(req *http.Request, _ node.HTTPOptions) (*http.Response, error) {
	d.times = append(d.times, d.Since(d.start))
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader("{}")), Request: req}, nil
}

func TestBatchesPause(t *testing.T) {
	for version, params := range map[float64]string{
		4.2: `{"url":"/","method":"POST","options":{"batching":{"batch":{"batchSize":2,"batchInterval":1000}}}}`,
		1:   `{"url":"/","requestMethod":"POST","options":{"batchSize":2,"batchInterval":1000}}`,
	} {
		b := setup(t)
		start := time.Unix(1700000000, 0)
		d := &instant{Manual: clock.NewManual(start), start: start}
		env, step := b.env(version, params, items(5)...)
		env.Services.HTTP = d
		go func() {
			for range 2 {
				if d.BlockUntilContext(t.Context(), 1) == nil {
					d.Advance(time.Second)
				}
			}
		}()
		if out := node.Execute(t.Context(), env, step); out.Err != nil {
			t.Fatal(out.Err)
		}
		if diff := cmp.Diff([]time.Duration{0, 0, time.Second, time.Second, 2 * time.Second}, d.times); diff != "" {
			t.Errorf("version %v: %s", version, diff)
		}
	}
}
