package local

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are in memory, so that time can be a test's.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if c, open := <-p; open {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// TestRequestsThatDoNotArriveAreDropped: a body of which a byte comes now and then, and
// headers that do not end, hold no connection for good.
func TestRequestsThatDoNotArriveAreDropped(t *testing.T) {
	for name, sent := range map[string]string{
		"a body": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", "headers": "POST / HTTP/1.1\r\nHost: a\r\nX-A: ",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				connections := make(pipes, 1)
				s := Server(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.ReadAll(r.Body) }))
				go func() { _ = s.Serve(connections) }()
				client, server := net.Pipe()
				connections <- server
				go func() {
					_, _ = io.Copy(io.Discard, client) // until it is dropped
					_ = client.Close()
				}()
				began := time.Now()
				_, err := io.WriteString(client, sent)
				for ; err == nil; _, err = io.WriteString(client, "x") {
					if took := time.Since(began); took > 2*bodyTime {
						t.Fatalf("after %v it is still read", took)
					}
					time.Sleep(5 * time.Second)
				}
				close(connections)
				_ = s.Close()
			})
		})
	}
}

// TestRefusalsOfTheGatewayAreProblems, but what a webhook answers is its author's.
func TestRefusalsOfTheGatewayAreProblems(t *testing.T) {
	for path, own := range map[string]bool{"/api/workflows": false, "/ws": false, "/hooks/ten_a/in": true} {
		for status := range refusals {
			w := &answer{header: http.Header{"Content-Type": {"application/json"}}}
			f := &front{ResponseWriter: w, api: isAPI(path)}
			f.WriteHeader(status)
			_, _ = io.WriteString(f, `{"message":"own"}`)
			if got := w.String() == `{"message":"own"}`; got != own || w.status != status {
				t.Errorf("%s: %d %s", path, w.status, w)
			}
			if !own && (w.header.Get("Content-Type") != "application/problem+json" || strings.Count(w.String(), "{") != 1) {
				t.Errorf("%s: %d %v %s", path, status, w.header, w)
			}
		}
	}
}

type answer struct {
	strings.Builder
	header http.Header
	status int
}

func (a *answer) Header() http.Header    { return a.header }
func (a *answer) WriteHeader(status int) { a.status = status }
