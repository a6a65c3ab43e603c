package site

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func newSite() *Site {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return New(Config{
		Files: fstest.MapFS{
			"index.html": file("<page>"), "index.html.gz": file("gz page"), "icon.svg": file("<svg/>"),
			"assets/a-1.js": file("code"), "assets/a-1.js.gz": file("gz code"), "assets/p-2.png": file("png"), "a.gz": file("x"),
		},
		Connect: func(context.Context) []string { return []string{"wss://live.example"} },
	})
}

func get(t *testing.T, h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestEveryAddressHasItsAnswer(t *testing.T) {
	s := newSite()
	for path, want := range map[string]struct {
		status            int
		body, typ, caches string
	}{
		"/":                           {200, "<page>", "text/html; charset=utf-8", asked},
		"/index.html":                 {200, "<page>", "text/html; charset=utf-8", asked},
		"/executions/exe_1":           {200, "<page>", "text/html; charset=utf-8", asked},
		"/workflows/a.b/c":            {200, "<page>", "text/html; charset=utf-8", asked},
		"/icon.svg":                   {200, "<svg/>", "image/svg+xml", asked},
		"/assets/a-1.js":              {200, "code", "text/javascript; charset=utf-8", forever},
		"/assets/p-2.png":             {200, "png", "image/png", forever},
		"/assets/gone-3.js":           {404, "", "application/problem+json", "no-store"},
		"/assets":                     {404, "", "application/problem+json", "no-store"},
		"/assets/a-1.js.gz":           {404, "", "application/problem+json", "no-store"},
		"/a.gz":                       {404, "", "application/problem+json", "no-store"},
		"/api":                        {404, "", "application/problem+json", "no-store"},
		"/api/nothing":                {404, "", "application/problem+json", "no-store"},
		"/hooks/ten":                  {404, "", "application/problem+json", "no-store"},
		"/ws":                         {404, "", "application/problem+json", "no-store"},
		"/console.json":               {200, `{"oidc":null}` + "\n", "application/json", asked},
		"/assets/../../../etc/passwd": {200, "<page>", "text/html; charset=utf-8", asked},
		"/..%2f..%2fetc%2fpasswd":     {200, "<page>", "text/html; charset=utf-8", asked},
	} {
		w := get(t, s, path)
		if w.Code != want.status || w.Header().Get("Content-Type") != want.typ || w.Header().Get("Cache-Control") != want.caches {
			t.Errorf("%s: %d %s, %s; want %+v", path, w.Code, w.Header().Get("Content-Type"), w.Header().Get("Cache-Control"), want)
		}
		if want.body != "" && w.Body.String() != want.body {
			t.Errorf("%s: %q", path, w.Body)
		}
		for name, has := range map[string]string{
			"Content-Security-Policy": "connect-src 'self' wss://live.example; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff", "Referrer-Policy": "no-referrer", "Permissions-Policy": "camera=()",
		} {
			if got := w.Header().Get(name); !strings.Contains(got, has) {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if csp := w.Header().Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.HasPrefix(csp, "default-src 'none'") {
			t.Errorf("%s: %s", path, csp)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != http.StatusNotFound {
		t.Errorf("POST / gives %d", w.Code)
	}
}

func TestClientsGetWhatTheyCanRead(t *testing.T) {
	s := newSite()
	for accept, want := range map[string]string{
		"gzip, deflate, br": "gz code", "br, *": "gz code", "": "code", "br": "code", "gzip;q=0": "code", "identity": "code",
	} {
		w := get(t, s, "/assets/a-1.js", "Accept-Encoding", accept)
		coding := w.Header().Get("Content-Encoding")
		if w.Body.String() != want || (coding == "gzip") != (want == "gz code") || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: %q coded %q", accept, w.Body, coding)
		}
	}
	if w := get(t, s, "/icon.svg", "Accept-Encoding", "gzip"); w.Body.String() != "<svg/>" || w.Header().Get("Content-Encoding") != "" {
		t.Errorf("a file without a compressed form: %q", w.Body)
	}
}

func TestWhatIsTheSameIsNotSentAgain(t *testing.T) {
	s := newSite()
	tag := get(t, s, "/").Header().Get("ETag")
	if w := get(t, s, "/workflows", "If-None-Match", tag); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if zipped := get(t, s, "/", "Accept-Encoding", "gzip").Header().Get("ETag"); zipped == tag || zipped == "" {
		t.Errorf("two forms have the tag %s", tag)
	}
	if w := get(t, s, "/", "If-None-Match", `"other"`); w.Code != http.StatusOK {
		t.Errorf("%d", w.Code)
	}
}

func TestSignInIsTold(t *testing.T) {
	s := newSite()
	s.OIDC = &OIDC{Issuer: "https://id.example", ClientID: "console"}
	if got := get(t, s, "/console.json").Body.String(); got != `{"oidc":{"issuer":"https://id.example","clientId":"console"}}`+"\n" {
		t.Errorf("%s", got)
	}
}
