package httpapi_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/httpapi"
	"github.com/automatelanka/automatelanka/internal/lambdarun"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// instant answers at once: what is left is the edge itself.
type instant struct{ execution.API }

func (instant) Launch(context.Context, execution.Launch) (execution.Launched, error) {
	return execution.Launched{ID: "exe_01ARZ3NDEKTSV4RRFFQ69G5FAV", Status: execution.Queued}, nil
}

func (instant) Get(_ context.Context, ref execution.Ref) (execution.Control, error) {
	return execution.Control{Ref: ref, WorkflowID: "wf_01ARZ3NDEKTSV4RRFFQ69G5FAV", Status: execution.Running, NodesTotal: 10, NodesDone: 3}, nil
}

// BenchmarkEdge measures an event of the gateway through bridge and API.
func BenchmarkEdge(b *testing.B) {
	api := httpapi.New(httpapi.Parts{Executions: instant{}, Clock: clock.Real(), Log: slog.New(slog.DiscardHandler)})
	h := lambdarun.HTTP(api, httpapi.WithCaller)
	who := tenant.Identity{Actor: tenant.Actor{ID: "key_01ARZ3NDEKTSV4RRFFQ69G5FAV", Role: tenant.Owner}, Tenant: "ten_a", Plan: tenant.Pro}
	for name, r := range map[string][3]string{
		"run":    {"POST", "/api/workflows/wf_01ARZ3NDEKTSV4RRFFQ69G5FAV/run", `{"input":{"who":"World","n":1}}`},
		"status": {"GET", "/api/jobs/exe_01ARZ3NDEKTSV4RRFFQ69G5FAV/status", ""},
	} {
		e := events.APIGatewayV2HTTPRequest{RawPath: r[1], Body: r[2], Headers: map[string]string{
			"host": "al.example", "authorization": "Bearer x", "content-type": "application/json", "user-agent": "bench", "accept": "*/*",
		}}
		e.RequestContext.HTTP.Method = r[0]
		e.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{Lambda: who.Claims()}
		payload, err := json.Marshal(e)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := h.Invoke(b.Context(), payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAccept measures a run request through the whole platform: gateway,
// authorizer, API, database and queue. The runs themselves go on beside it.
func BenchmarkAccept(b *testing.B) {
	p, err := platform()
	if err != nil {
		b.Fatal(err)
	}
	call := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+p.Keys.Tenants["dev-enterprise"])
		w := httptest.NewRecorder()
		p.Handler().ServeHTTP(w, r)
		return w
	}
	var made struct{ ID string }
	if err := json.Unmarshal(call("POST", "/api/workflows", hello()).Body.Bytes(), &made); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if w := call("POST", "/api/workflows/"+made.ID+"/run", `{"input":{"who":"x"}}`); w.Code != http.StatusAccepted {
			b.Fatal(w.Code, w.Body)
		}
	}
}
