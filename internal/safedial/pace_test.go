package safedial

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// gate is a Pacer that notes what it is asked, and refuses the host "full".
type gate struct {
	asked []string
	heard map[string]time.Duration
	full  string
}

func (g *gate) Admit(_ context.Context, host string) error {
	g.asked = append(g.asked, host)
	if host == g.full {
		return fault.New(fault.Unavailable, fault.CodeUpstreamRateLimited, "later")
	}
	return nil
}

func (g *gate) Heard(_ context.Context, host string, wait time.Duration) { g.heard[host] = wait }

func TestEveryCallAsksThePace(t *testing.T) {
	g := &gate{heard: map[string]time.Duration{}}
	w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "http://other.example/", http.StatusFound)
		}
	}), func(o *Options) { o.Pace = g })
	if f := w.get(t, "http://Shop.example./away"); f != nil {
		t.Fatal(f)
	}
	conn, err := w.DialContext(t.Context(), "tcp", "shop.example:5432")
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if diff := cmp.Diff([]string{"shop.example", "other.example", "shop.example"}, g.asked); diff != "" {
		t.Error(diff)
	}
	g.full = "shop.example"
	w.dialed = nil
	if f := w.get(t, "http://shop.example/"); f == nil || f.Code != fault.CodeUpstreamRateLimited || len(w.dialed) > 0 {
		t.Errorf("%v, connected to %v", f, w.dialed)
	}
	if _, err := w.DialContext(t.Context(), "tcp", "shop.example:5432"); err == nil {
		t.Error("a connection was opened")
	}
	g.full = "other.example"
	if _, _, f := w.send(t, "POST", "http://shop.example/away", "x", node.HTTPOptions{}); f == nil || f.Outcome != fault.Refused {
		t.Errorf("the first server was called; the failure is %v", f)
	}
}

func TestWhatServicesSayOfTheirLimits(t *testing.T) {
	now := clock.Real().Now()
	at := func(d time.Duration) string { return time.Unix(now.Add(d).Unix(), 0).UTC().Format(http.TimeFormat) }
	for name, c := range map[string]struct {
		status int
		header []string
		want   time.Duration // within a second; 0: not a word
	}{
		"429":                {429, []string{"Retry-After", "30"}, 30 * time.Second},
		"503 with a date":    {503, []string{"Retry-After", at(90 * time.Second)}, 90 * time.Second},
		"429 without a word": {429, nil, 0},
		"Retry-After of 200": {200, []string{"Retry-After", "30"}, 0},
		"none left":          {200, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", unix(now.Add(20 * time.Second))}, 20 * time.Second},
		"some left":          {200, []string{"X-RateLimit-Remaining", "3", "X-RateLimit-Reset", unix(now.Add(20 * time.Second))}, 0},
		"the draft's":        {200, []string{"RateLimit-Remaining", "0", "RateLimit-Reset", "12"}, 12 * time.Second},
		"Discord's":          {200, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1", "X-RateLimit-Reset-After", "1.5"}, 1500 * time.Millisecond},
		"OpenAI's":           {200, []string{"X-RateLimit-Remaining-Requests", "0", "X-RateLimit-Reset-Requests", "20s"}, 20 * time.Second},
		"no longer than":     {200, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", unix(now.Add(time.Hour))}, maxSpent},
		"in the past":        {200, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", unix(now.Add(-time.Hour))}, 0},
		"nonsense":           {200, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "soon"}, 0},
	} {
		g := &gate{heard: map[string]time.Duration{}}
		w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(c.header); i += 2 {
				w.Header().Set(c.header[i], c.header[i+1])
			}
			w.WriteHeader(c.status)
		}), func(o *Options) { o.Pace = g })
		if f := w.get(t, "http://shop.example/"); f != nil {
			t.Fatal(f)
		}
		if got := g.heard["shop.example"]; (got-c.want).Abs() > 2*time.Second || (got == 0) != (c.want == 0) {
			t.Errorf("%s: heard %s, want %s", name, got, c.want)
		}
	}
}

func unix(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
