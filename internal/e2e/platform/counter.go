package platform

import (
	"fmt"
	"net"
	"net/http"
	"sync"
)

// Counter is a server that counts the calls of each path. It stands for the
// services that workflows call.
type Counter struct {
	Addr string // host:port, for --allow-host

	mu     sync.Mutex
	calls  map[string]int
	answer func(path string, n int, w http.ResponseWriter)
	server *http.Server
}

// NewCounter starts a server on loopback. The answer, if set, writes the n-th
// answer of a path (from 1); otherwise it is 200 {"ok":true}.
func NewCounter(answer func(path string, n int, w http.ResponseWriter)) (*Counter, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &Counter{Addr: l.Addr().String(), calls: map[string]int{}, answer: answer}
	c.server = &http.Server{Handler: c}
	go func() { _ = c.server.Serve(l) }()
	return c, nil
}

// URL is the address of a path.
func (c *Counter) URL(path string) string { return "http://" + c.Addr + path }

// ServeHTTP counts and answers.
func (c *Counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.calls[r.URL.Path]++
	n := c.calls[r.URL.Path]
	c.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if c.answer != nil {
		c.answer(r.URL.Path, n, w)
		return
	}
	fmt.Fprintf(w, `{"ok":true,"path":%q,"call":%d}`, r.URL.Path, n)
}

// Calls is how often a path was called.
func (c *Counter) Calls(path string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls[path]
}

// All is a copy of all counts.
func (c *Counter) All() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]int, len(c.calls))
	for k, v := range c.calls {
		out[k] = v
	}
	return out
}

// Close stops the server.
func (c *Counter) Close() { _ = c.server.Close() }
