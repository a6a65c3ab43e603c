package vectorstore

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
)

const (
	// callTimeout is for one request to a store.
	callTimeout = 30 * time.Second
	// maxAnswer is the largest answer that is read, in bytes.
	maxAnswer = 32 << 20
	// batch is how many points one request carries: as many vectors of 3,072 numbers
	// stay below Pinecone's limit of 2 MB with text and metadata.
	batch = 50
)

// Sender sends requests with a credential in them (httpauth.Session bound to the
// safe dialer).
type Sender interface {
	Send(req *http.Request, opt node.HTTPOptions) (*http.Response, error)
}

// API is a service that is spoken to in JSON.
type API struct {
	Sender Sender
	Base   string // URL without a slash at its end
	Header http.Header
	Clock  clock.Clock
}

// call is one request; a nil body sends none.
type call struct {
	method, path string
	header       http.Header
	body         any
}

// do sends a request and reads the answer, which must be a success.
func (a API) do(ctx context.Context, c call) (any, error) {
	ans, err := a.ask(ctx, c)
	if err != nil {
		return nil, err
	}
	if !ans.OK() {
		return nil, a.refused(ans)
	}
	if len(bytes.TrimSpace(ans.Body)) == 0 {
		return nil, nil
	}
	v, err := value.Parse(ans.Body)
	if err != nil {
		f := fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The answer of the vector store is not JSON.")
		f.Outcome = fault.Unknown
		return nil, f
	}
	return v, nil
}

// ask sends a request and reads the answer, whatever its status.
func (a API) ask(ctx context.Context, c call) (wire.Answer, error) {
	var body []byte
	if c.body != nil {
		body = value.JSON(c.body)
	}
	req, err := http.NewRequestWithContext(ctx, c.method, strings.TrimSuffix(a.Base, "/")+c.path, bytes.NewReader(body))
	if err != nil || req.URL.Host == "" {
		return wire.Answer{}, refusal("The address of the vector store in the credential is no URL: it must begin with http:// or https://.")
	}
	for _, h := range []http.Header{a.Header, c.header} {
		for name, v := range h {
			req.Header[name] = v
		}
	}
	req.Header.Set("Accept", "application/json")
	if c.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := a.Sender.Send(req, node.HTTPOptions{MaxRedirects: -1, MaxBytes: maxAnswer, Timeout: callTimeout})
	if err != nil {
		return wire.Answer{}, err
	}
	return wire.Read(resp)
}

// refused is the fault of an answer that is an error, with what the store says.
func (a API) refused(ans wire.Answer) error {
	now := clock.Real().Now()
	if a.Clock != nil {
		now = a.Clock.Now()
	}
	return node.WithDetail(wire.StatusFault(ans, now), said(ans))
}

// said is the store's own message: Qdrant has it in status.error, the others where
// wire.Detail looks.
func said(ans wire.Answer) string {
	if o, err := value.ParseObject(ans.Body); err == nil {
		if v, ok := value.Path(o, "status", "error"); ok {
			return textOf(v)
		}
	}
	return wire.Detail(ans)
}

// inBatches calls f with the points in parts of a request's size.
func inBatches(points []Point, f func([]Point) error) error {
	for start := 0; start < len(points); start += batch {
		if err := f(points[start:min(start+batch, len(points))]); err != nil {
			return err
		}
	}
	return nil
}
