package wspush

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
)

// api answers with the statuses in turn, the last one for ever.
type api struct {
	statuses []int
	seen     []*http.Request
	bodies   []string
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.seen, a.bodies = append(a.seen, r), append(a.bodies, string(body))
	status := a.statuses[min(len(a.seen), len(a.statuses))-1]
	w.WriteHeader(status)
}

func newClient(t *testing.T, statuses ...int) (*Client, *api) {
	t.Helper()
	a := &api{statuses: statuses}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	cfg := aws.Config{Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", "")}
	return New(cfg, server.URL+"/live/", clock.Scaled(100)), a
}

func TestACallIsSignedAndArrivesWhole(t *testing.T) {
	c, a := newClient(t, http.StatusOK)
	if err := c.Post(t.Context(), "L0SM9cOFvHcCIhw=", []byte(`{"a":"é"}`)); err != nil {
		t.Fatal(err)
	}
	r := a.seen[0]
	auth := r.Header.Get("Authorization")
	if r.Method != http.MethodPost || r.RequestURI != "/live/@connections/L0SM9cOFvHcCIhw%3D" || a.bodies[0] != `{"a":"é"}` ||
		!strings.HasPrefix(auth, "AWS4-HMAC-SHA256 Credential=AKID/") || !strings.Contains(auth, "/eu-west-1/execute-api/aws4_request") {
		t.Errorf("%s %s %q %s", r.Method, r.RequestURI, a.bodies[0], auth)
	}
	if err := c.Close(t.Context(), "x"); err != nil || a.seen[1].Method != http.MethodDelete || a.seen[1].RequestURI != "/live/@connections/x" {
		t.Errorf("%v %s", err, a.seen[1].RequestURI)
	}
}

func TestWhatMayPassIsTriedAgain(t *testing.T) {
	for _, x := range []struct {
		statuses []int
		calls    int
		kind     fault.Kind
		ok       bool
	}{
		{[]int{429, 500, 200}, 3, 0, true},
		{[]int{503}, maxTries, fault.Unavailable, false},
		{[]int{410}, 1, fault.NotFound, false},
		{[]int{429, 410}, 2, fault.NotFound, false},
		{[]int{403}, 1, fault.Unavailable, false},
	} {
		c, a := newClient(t, x.statuses...)
		err := c.Post(t.Context(), "x", []byte("{}"))
		if (err == nil) != x.ok || !x.ok && !fault.Is(err, x.kind) || len(a.seen) != x.calls {
			t.Errorf("%v: %d calls, %v", x.statuses, len(a.seen), err)
		}
	}
	c, _ := newClient(t, http.StatusGone)
	if err := c.Close(t.Context(), "x"); err != nil {
		t.Errorf("closing what has gone: %v", err)
	}
}

func TestACallDoesNotHang(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	}))
	defer server.Close()
	defer close(release)
	cfg := aws.Config{Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", "")}
	manual := clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	done := make(chan error)
	go func() { done <- New(cfg, server.URL, manual).Post(t.Context(), "x", nil) }()
	<-arrived
	manual.Advance(timeout)
	if err := <-done; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}
