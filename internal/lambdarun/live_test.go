package lambdarun

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// notes is a hub that notes what it is called for.
type notes struct {
	calls []string
	err   error
}

func (n *notes) note(format string, args ...any) error {
	n.calls = append(n.calls, fmt.Sprintf(format, args...))
	return n.err
}

func (n *notes) Connect(_ context.Context, id, ticket string) error {
	return n.note("connect %s %s", id, ticket)
}
func (n *notes) Message(_ context.Context, id string, body []byte) error {
	return n.note("message %s %s", id, body)
}
func (n *notes) Disconnect(_ context.Context, id string) error { return n.note("disconnect %s", id) }
func (n *notes) Changed(_ context.Context, refs []execution.Ref) error {
	return n.note("changed %v", refs)
}

// controlOf finds executions under keys of the form t:tenant, e:execution.
func controlOf(pk, sk string) (execution.Ref, bool) {
	t, okT := strings.CutPrefix(pk, "t:")
	e, okE := strings.CutPrefix(sk, "e:")
	return execution.Ref{Tenant: ident.Tenant(t), ID: ident.Execution(e)}, okT && okE
}

func TestLiveEventsReachTheHub(t *testing.T) {
	for event, want := range map[string]string{
		`{"requestContext":{"connectionId":"c1","eventType":"CONNECT"},"queryStringParameters":{"ticket":"t"}}`: "connect c1 t",
		`{"requestContext":{"connectionId":"c1","eventType":"CONNECT"}}`:                                        "connect c1 ",
		`{"requestContext":{"connectionId":"c1","eventType":"MESSAGE"},"body":"{\"a\":1}"}`:                     `message c1 {"a":1}`,
		`{"requestContext":{"connectionId":"c1","eventType":"DISCONNECT"}}`:                                     "disconnect c1",
		`{"Records":[{"eventName":"MODIFY","dynamodb":{"Keys":{"pk":{"S":"t:a"},"sk":{"S":"e:1"}}}},
			{"dynamodb":{"Keys":{"pk":{"S":"t:a"},"sk":{"S":"SLOTS"}}}},{"dynamodb":{"Keys":{"pk":{"S":"t:b"},"sk":{"S":"e:2"}}}}]}`: "changed [{a 1} {b 2}]",
	} {
		n := &notes{}
		out, err := Live(n, controlOf).Invoke(t.Context(), []byte(event))
		if err != nil || len(n.calls) != 1 || n.calls[0] != want {
			t.Errorf("%s: %v %v", event, n.calls, err)
		}
		if strings.Contains(event, "eventType") && !strings.Contains(string(out), `"statusCode":200`) {
			t.Errorf("%s answers %s", event, out)
		}
	}
}

func TestLiveRefusals(t *testing.T) {
	connect := []byte(`{"requestContext":{"connectionId":"c1","eventType":"CONNECT"}}`)
	for want, err := range map[string]error{
		`"statusCode":401`: fault.New(fault.Unauthenticated, fault.CodeUnauthenticated, "no"),
		`"statusCode":429`: fault.New(fault.LimitExceeded, fault.CodeConnections, "no"),
	} {
		out, got := Live(&notes{err: err}, controlOf).Invoke(t.Context(), connect)
		if got != nil || !strings.Contains(string(out), want) {
			t.Errorf("%v: %s %v", err, out, got)
		}
	}
	for _, event := range []string{string(connect), `{"Records":[]}`, `{"requestContext":{"eventType":"MESSAGE"}}`} {
		if _, err := Live(&notes{err: errors.New("down")}, controlOf).Invoke(t.Context(), []byte(event)); err == nil {
			t.Errorf("%s: a failure of ours was passed over", event)
		}
	}
	if _, err := Live(&notes{}, controlOf).Invoke(t.Context(), []byte("{")); err == nil {
		t.Error("a broken event was taken")
	}
}
