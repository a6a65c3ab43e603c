package judge

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"sync"
)

// Server stands for the services that workflows call: it counts the calls of each
// path, and fails where the scenario needs that.
type Server struct {
	Addr string // host:port, which workflows must be allowed to call

	mu     sync.Mutex
	calls  map[string]int
	mended bool
	http   *http.Server
}

// NewServer serves on a loopback address; "127.0.0.1:0" takes a free port.
func NewServer(addr string) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &Server{Addr: l.Addr().String(), calls: map[string]int{}}
	s.http = &http.Server{Handler: s}
	go func() { _ = s.http.Serve(l) }()
	return s, nil
}

// Close stops the server.
func (s *Server) Close() { _ = s.http.Close() }

// URL is the address of a path.
func (s *Server) URL(path string) string { return "http://" + s.Addr + path }

// Mend ends the failure of /broken.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mended = true
}

// Calls is how often each path was called.
func (s *Server) Calls() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}

// ServeHTTP counts and answers: /flaky is busy at first, /broken is not found
// until it is mended.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.calls[r.URL.Path]++
	n, mended := s.calls[r.URL.Path], s.mended
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.URL.Path == "/flaky" && n == 1:
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.URL.Path == "/broken" && !mended:
		w.WriteHeader(http.StatusNotFound)
	}
	fmt.Fprintf(w, `{"path":%q,"call":%d}`, r.URL.Path, n)
}
