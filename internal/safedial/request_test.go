package safedial

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

func TestCredentialsStayBehindOnCrossOriginRedirects(t *testing.T) {
	var got http.Header
	for name, c := range map[string]struct {
		to   string
		kept bool
	}{
		"same origin": {"http://shop.example/b", true}, "other host": {"http://other.example/b", false},
		"other port": {"http://shop.example:8080/b", false}, "subdomain": {"http://api.shop.example/b", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/a" {
					http.Redirect(w, r, c.to, http.StatusTemporaryRedirect)
					return
				}
				got = r.Header.Clone()
			}))
			w.names.answers["api.shop.example"] = [][]string{{otherAddr}}
			_, _, f := w.send(t, "POST", "http://shop.example/a", "x", node.HTTPOptions{},
				"Authorization", "Bearer s", "Cookie", "a=b", "X-Api-Key", "s", "Proxy-Authorization", "s", "Accept", "text/x", "Content-Type", "text/y")
			if f != nil {
				t.Fatal(f)
			}
			for _, h := range []string{"Authorization", "Cookie", "X-Api-Key", "Proxy-Authorization"} {
				if (got.Get(h) != "") != c.kept {
					t.Errorf("%s: %q", h, got.Get(h))
				}
			}
			if got.Get("Accept") != "text/x" || got.Get("Content-Type") != "text/y" {
				t.Errorf("harmless headers were lost: %v", got)
			}
		})
	}
}

func TestRedirectsKeepOrChangeTheMethod(t *testing.T) {
	for status, want := range map[int]string{301: "GET ", 302: "GET ", 303: "GET ", 307: "POST data", 308: "POST data"} {
		w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/a" {
				w.Header().Set("Location", "/b")
				w.WriteHeader(status)
				return
			}
			b, _ := io.ReadAll(r.Body)
			_, _ = fmt.Fprintf(w, "%s %s", r.Method, b)
		}))
		_, body, f := w.send(t, "POST", "http://shop.example/a", "data", node.HTTPOptions{})
		if f != nil || body != want {
			t.Errorf("%d gave %q, %v", status, body, f)
		}
	}
}

func TestRedirectsAreLimited(t *testing.T) {
	var calls atomic.Int32
	w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		http.Redirect(w, r, "/", http.StatusFound)
	}))
	_, _, f := w.send(t, "GET", "http://shop.example/", "", node.HTTPOptions{MaxRedirects: 3})
	if f == nil || f.Outcome != fault.Refused || calls.Load() != 4 {
		t.Errorf("%v after %d calls", f, calls.Load())
	}
	resp, _, f := w.send(t, "GET", "http://shop.example/", "", node.HTTPOptions{MaxRedirects: -1})
	if f != nil || resp.StatusCode != http.StatusFound {
		t.Errorf("not following gave %v", f)
	}
}

func TestResponsesAreLimited(t *testing.T) {
	w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/headers" {
			w.Header().Set("X-Long", strings.Repeat("a", 2*maxHeaderBytes))
			return
		}
		if r.URL.Path == "/bomb" {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.CopyN(z, zeros{}, 50<<20)
			_ = z.Close()
			return
		}
		_, _ = w.Write([]byte(strings.Repeat("a", 1000)))
	}))
	for path, limit := range map[string]int64{"/plain": 999, "/bomb": 1 << 20} {
		_, body, f := w.send(t, "POST", "http://shop.example"+path, "", node.HTTPOptions{MaxBytes: limit})
		if f == nil || f.Code != fault.CodePayloadTooLarge || f.Outcome != fault.Unknown || int64(len(body)) != limit {
			t.Errorf("%s: %v with %d bytes", path, f, len(body))
		}
	}
	if _, body, f := w.send(t, "GET", "http://shop.example/plain", "", node.HTTPOptions{MaxBytes: 1000}); f != nil || len(body) != 1000 {
		t.Errorf("a body of exactly the limit gave %v with %d bytes", f, len(body))
	}
	if _, _, f := w.send(t, "GET", "http://shop.example/headers", "", node.HTTPOptions{}); f == nil {
		t.Error("endless headers were read")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestCompressedAnswersAreDecoded(t *testing.T) {
	w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != acceptEncoding {
			t.Errorf("accepts %q", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Encoding", "gzip")
		if r.Method == http.MethodHead || r.URL.Path == "/empty" {
			return
		}
		z := gzip.NewWriter(w)
		_, _ = z.Write([]byte("hello"))
		_ = z.Close()
	}))
	if _, body, f := w.send(t, "GET", "http://shop.example/", "", node.HTTPOptions{}, "Accept-Encoding", "br"); f != nil || body != "hello" {
		t.Errorf("%q, %v", body, f)
	}
	if _, body, f := w.send(t, "HEAD", "http://shop.example/", "", node.HTTPOptions{}); f != nil || body != "" {
		t.Errorf("HEAD gave %q, %v", body, f)
	}
}

func TestTLSIsVerifiedUnlessTheAuthorSaysNot(t *testing.T) {
	secure := httptest.NewUnstartedServer(ok)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	w := newWorld(t, ok, func(o *Options) {
		o.Connect = func(ctx context.Context, network string, _ netip.AddrPort) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, secure.Listener.Addr().String())
		}
	})
	f := w.get(t, "https://shop.example/")
	if f == nil || f.Kind != fault.Invalid || f.Outcome != fault.NotSent || !strings.Contains(f.Message, "certificate") {
		t.Errorf("an invalid certificate gave %v", f)
	}
	_, body, f := w.send(t, "GET", "https://shop.example/", "", node.HTTPOptions{SkipTLSVerify: true})
	if f != nil || body != "ok" {
		t.Errorf("skipping verification gave %q, %v", body, f)
	}
	if f := w.get(t, "https://shop.example/"); f == nil {
		t.Error("an unverified connection was used again for a verified request")
	}
}

func TestHeaderInjectionIsRefused(t *testing.T) {
	w := newWorld(t, ok)
	for _, h := range [][2]string{{"X-A", "a\r\nHost: evil"}, {"X-A\r\nX-B", "a"}, {"X A", "a"}, {"X-A", "a\x00"}} {
		_, _, f := w.send(t, "GET", "http://shop.example/", "", node.HTTPOptions{}, h[0], h[1])
		if f == nil || f.Kind != fault.Invalid || f.Outcome != fault.NotSent {
			t.Errorf("%q gave %v", h, f)
		}
	}
}

func TestHeadersOfTheConnectionAreNotTheAuthors(t *testing.T) {
	var got *http.Request
	w := newWorld(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r }))
	req, _ := http.NewRequest("POST", "http://shop.example/", strings.NewReader("x"))
	req.Header = http.Header{
		"content-length": {"9"}, "transfer-encoding": {"chunked"}, "host": {"evil"}, "connection": {"upgrade"},
		"accept-encoding": {"br"}, "user-agent": {"mine"}, "X-Odd": {"1"},
	}
	resp, err := w.Do(req, node.HTTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	want := http.Header{"Accept-Encoding": {acceptEncoding}, "User-Agent": {"mine"}, "X-Odd": {"1"}, "Content-Length": {"1"}}
	if diff := cmp.Diff(want, got.Header); diff != "" || got.Host != "shop.example" {
		t.Errorf("host %s: %s", got.Host, diff)
	}
}

func TestUserinfoBecomesBasicAuthentication(t *testing.T) {
	var auth string
	w := newWorld(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { auth = r.Header.Get("Authorization") }))
	if f := w.get(t, "http://ann:secret@shop.example/"); f != nil || auth != "Basic YW5uOnNlY3JldA==" {
		t.Errorf("%q, %v", auth, f)
	}
}

// outcomes: what a failed call says about its effect.

func TestNothingListeningIsNotSent(t *testing.T) {
	w := newWorld(t, ok, func(o *Options) { o.Connect, o.AllowHosts = nil, nil })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	w.Dialer = New(Options{AllowHosts: []string{addr}})
	_, _, f := w.send(t, "POST", "http://"+addr+"/", "x", node.HTTPOptions{})
	if f == nil || f.Kind != fault.Unavailable || f.Outcome != fault.NotSent {
		t.Errorf("a refused connection gave %v, outcome %v", f, f.Outcome)
	}
	f = w.get(t, "http://no-such-name.invalid/")
	if f == nil || f.Outcome != fault.NotSent {
		t.Errorf("an unknown name gave %v", f)
	}
}

func TestTimeoutAfterSendingIsUnknown(t *testing.T) {
	arrived := make(chan struct{})
	c := clock.NewManual(time.Unix(1700000000, 0))
	w := newWorld(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		close(arrived)
		<-r.Context().Done()
	}), func(o *Options) { o.Clock = c })
	go func() {
		<-arrived
		c.Advance(6 * time.Second)
	}()
	_, _, f := w.send(t, "POST", "http://shop.example/", "x", node.HTTPOptions{Timeout: 5 * time.Second})
	if f == nil || f.Kind != fault.Timeout || f.Code != fault.CodeNodeTimeout || f.Outcome != fault.Unknown {
		t.Errorf("%v, outcome %v", f, f.Outcome)
	}
}

func TestTimeoutBeforeConnectingIsNotSent(t *testing.T) {
	c := clock.NewManual(time.Unix(1700000000, 0))
	w := newWorld(t, ok, func(o *Options) {
		o.Clock = c
		o.Connect = func(ctx context.Context, _ string, _ netip.AddrPort) (net.Conn, error) {
			c.Advance(6 * time.Second)
			<-ctx.Done()
			return nil, ctx.Err()
		}
	})
	_, _, f := w.send(t, "POST", "http://shop.example/", "x", node.HTTPOptions{Timeout: 5 * time.Second})
	if f == nil || f.Kind != fault.Timeout || f.Outcome != fault.NotSent {
		t.Errorf("%v, outcome %v", f, f.Outcome)
	}
}

func TestResetAfterSendingIsUnknown(t *testing.T) {
	w := newWorld(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		panic(http.ErrAbortHandler)
	}))
	_, _, f := w.send(t, "POST", "http://shop.example/", "x", node.HTTPOptions{})
	if f == nil || f.Kind != fault.Unavailable || f.Outcome != fault.Unknown {
		t.Errorf("%v, outcome %v", f, f.Outcome)
	}
}

func TestBodyThatBreaksOffIsUnknown(t *testing.T) {
	w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("half"))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	_, body, f := w.send(t, "POST", "http://shop.example/", "x", node.HTTPOptions{})
	if f == nil || f.Outcome != fault.Unknown || body != "half" {
		t.Errorf("%v with %q", f, body)
	}
}

func TestCancelledCallSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	w := newWorld(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		cancel()
		<-r.Context().Done()
	}))
	req, _ := http.NewRequestWithContext(ctx, "POST", "http://shop.example/", strings.NewReader("x"))
	_, err := w.Do(req, node.HTTPOptions{})
	if f := asFault(t, err); f.Kind != fault.Cancelled || f.Outcome != fault.Unknown {
		t.Errorf("%v, outcome %v", f, f.Outcome)
	}
}

// raw serves connections by hand: each request is read and then handled.
func raw(t *testing.T, handle func(n int, conn net.Conn) (again bool)) (addr string, count *atomic.Int32) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	count = &atomic.Int32{}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				br := bufio.NewReader(conn)
				for {
					req, err := http.ReadRequest(br)
					if err != nil {
						return
					}
					_, _ = io.ReadAll(req.Body)
					if !handle(int(count.Add(1)), conn) {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String(), count
}

const answer200 = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// net/http repeats a request by itself when a connection that it used before is
// closed on it, if the request has an Idempotency-Key. The server here reads the
// second request and hangs up: it must not see it again.
func TestKeyedPostOnAReusedConnectionIsSentOnce(t *testing.T) {
	for _, body := range []string{"", "data"} {
		addr, count := raw(t, func(n int, conn net.Conn) bool {
			if n == 1 {
				_, _ = conn.Write([]byte(answer200))
			}
			return n == 1
		})
		w := &world{Dialer: New(Options{AllowHosts: []string{addr}})}
		if f := w.get(t, "http://"+addr+"/"); f != nil {
			t.Fatal(f)
		}
		_, _, f := w.send(t, "POST", "http://"+addr+"/", body, node.HTTPOptions{}, "Idempotency-Key", "k", "X-Idempotency-Key", "k")
		if f == nil || f.Outcome != fault.Unknown {
			t.Errorf("body %q: %v", body, f)
		}
		if n := count.Load(); n != 2 {
			t.Errorf("body %q: the server saw %d requests, want 2", body, n)
		}
	}
}

func TestKeyHeaderArrives(t *testing.T) {
	var got http.Header
	w := newWorld(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Clone() }))
	if _, _, f := w.send(t, "POST", "http://shop.example/", "x", node.HTTPOptions{}, "Idempotency-Key", "k1"); f != nil {
		t.Fatal(f)
	}
	if diff := cmp.Diff([]string{"k1"}, got["Idempotency-Key"]); diff != "" {
		t.Error(diff)
	}
}

// deadConn fails every write, as a connection does that the other side has reset.
type deadConn struct {
	net.Conn
	dead *atomic.Bool
}

func (c deadConn) Write(b []byte) (int, error) {
	if c.dead.Load() {
		return 0, io.ErrClosedPipe
	}
	return c.Conn.Write(b)
}

// A write on a connection may have been half done: it counts as sent.
func TestFailedWriteCountsAsSent(t *testing.T) {
	var dead atomic.Bool
	w := newWorld(t, ok)
	w.Dialer = New(Options{Resolver: w.names, Connect: func(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
		conn, err := w.connect(ctx, network, to)
		return deadConn{conn, &dead}, err
	}})
	if f := w.get(t, "http://shop.example/"); f != nil {
		t.Fatal(f)
	}
	dead.Store(true)
	_, _, f := w.send(t, "POST", "http://shop.example/", "x", node.HTTPOptions{})
	if f == nil || f.Outcome != fault.Unknown {
		t.Errorf("%v", f)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"7": 7 * time.Second, "0": 0, "-5": 0, "soon": 0, "": 0, "1e9": MaxRetryAfter, "NaN": 0,
		"Sat, 01 Mar 2025 12:00:30 GMT": 30 * time.Second, "Sat, 01 Mar 2025 11:00:00 GMT": 0,
		"Sat, 01 Mar 2036 12:00:30 GMT": MaxRetryAfter, "1.5": 1500 * time.Millisecond,
	} {
		if got := RetryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q gave %s, want %s", text, got, want)
		}
	}
	if got := RetryAfter(http.Header{"Retry-After-Ms": {"250"}, "Retry-After": {"9"}}, now); got != 250*time.Millisecond {
		t.Errorf("milliseconds gave %s", got)
	}
}

func TestHostPort(t *testing.T) {
	for in, want := range map[string]string{
		"http://127.0.0.1:8089/v1": "127.0.0.1:8089", "https://API.openai.com/v1": "api.openai.com:443", "http://[::1]/": "[::1]:80", "ftp://x": "", "x": "", "://": "",
	} {
		if got, err := HostPort(in); got != want || (want == "") != (err != nil) {
			t.Errorf("%q gave %q, %v", in, got, err)
		}
	}
}
