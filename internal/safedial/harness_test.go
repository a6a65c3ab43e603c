package safedial

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// names is a resolver with fixed answers; a name with several answer sets gives
// one after another and then the last for ever.
type names struct {
	mu      sync.Mutex
	answers map[string][][]string
	lookups int
}

func (n *names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lookups++
	sets := n.answers[host]
	if len(sets) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(sets) > 1 {
		n.answers[host] = sets[1:]
	}
	var list []netip.Addr
	for _, s := range sets[0] {
		list = append(list, netip.MustParseAddr(s))
	}
	return list, nil
}

// world is a dialer whose public addresses lead to a local server.
type world struct {
	*Dialer
	names  *names
	server *httptest.Server
	mu     sync.Mutex
	dialed []string // the addresses that were connected to
}

// public addresses of the world's hosts.
const (
	shopAddr  = "93.184.216.34"
	otherAddr = "151.101.1.69"
)

func newWorld(t *testing.T, h http.Handler, opts ...func(*Options)) *world {
	w := &world{names: &names{answers: map[string][][]string{
		"shop.example": {{shopAddr}}, "other.example": {{otherAddr}},
	}}}
	w.server = httptest.NewServer(h)
	t.Cleanup(w.server.Close)
	o := Options{Resolver: w.names, Connect: w.connect}
	for _, f := range opts {
		f(&o)
	}
	w.Dialer = New(o)
	t.Cleanup(w.CloseIdleConnections)
	return w
}

func (w *world) connect(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	w.mu.Lock()
	w.dialed = append(w.dialed, to.String())
	w.mu.Unlock()
	var d net.Dialer
	return d.DialContext(ctx, network, w.server.Listener.Addr().String())
}

// get sends a GET and returns its fault, or nil.
func (w *world) get(t *testing.T, url string) *fault.Error {
	t.Helper()
	_, _, f := w.send(t, "GET", url, "", node.HTTPOptions{})
	return f
}

func (w *world) send(t *testing.T, method, url, body string, opt node.HTTPOptions, headers ...string) (*http.Response, string, *fault.Error) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return nil, "", fault.Wrap(err, fault.Invalid, fault.CodeValidation, "%s", err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := w.Do(req, opt)
	if err != nil {
		return nil, "", asFault(t, err)
	}
	b, err := ReadAll(resp)
	if err != nil {
		return resp, string(b), asFault(t, err)
	}
	return resp, string(b), nil
}

func asFault(t *testing.T, err error) *fault.Error {
	t.Helper()
	f := fault.Of(err)
	if f.Code == fault.CodeInternal {
		t.Fatalf("not a classed fault: %v", err)
	}
	return f
}

// ok answers every request.
var ok = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) })
