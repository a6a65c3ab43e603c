// Package site serves the web console: its files, and to every other address its
// page, which finds its way by the address. What it sends allows the browser nothing
// that the console does not need.
package site

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/httpapi"
)

// OIDC is who signs people in.
type OIDC struct {
	Issuer   string `json:"issuer"`
	ClientID string `json:"clientId"`
}

// Config says what is served.
type Config struct {
	// Files are the built site: index.html at the root, files under assets whose names
	// change with their content, and beside each text file its gzip form, NAME.gz.
	Files fs.FS
	// OIDC is told to the console in /console.json; nil: API keys only.
	OIDC *OIDC
	// Connect are the origins besides its own that the console may talk to; nil: none.
	Connect func(ctx context.Context) []string
}

// Site serves the console.
type Site struct {
	Config
	tags sync.Map // entity tags by file name
}

// New returns the site.
func New(c Config) *Site { return &Site{Config: c} }

// reserved are addresses of other functions: what they do not answer is not the
// console's page.
var reserved = []string{"api", "hooks", "healthz", "ws"}

// The lives of answers in caches: files under assets never change; others are asked
// for again, and answered with 304 where they are the same.
const (
	forever = "public, max-age=31536000, immutable"
	asked   = "no-cache"
)

const page = "index.html"

// ServeHTTP answers one request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.protect(r.Context(), w.Header())
	name := strings.Trim(path.Clean("/"+r.URL.Path), "/")
	first, _, _ := strings.Cut(name, "/")
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead, slices.Contains(reserved, first):
		missing(w, r)
	case name == "console.json":
		s.setup(w)
	case s.has(name):
		s.file(w, r, name)
	case first == "assets" || strings.HasSuffix(name, ".gz"):
		missing(w, r)
	default:
		s.file(w, r, page)
	}
}

func missing(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	httpapi.WriteProblem(w, fault.New(fault.NotFound, fault.CodeNotFound, "There is no route %s %s.", r.Method, r.URL.Path))
}

// has reports whether a file may be asked for by that name.
func (s *Site) has(name string) bool {
	if !fs.ValidPath(name) || name == "." || strings.HasSuffix(name, ".gz") {
		return false
	}
	info, err := fs.Stat(s.Files, name)
	return err == nil && !info.IsDir()
}

// protect says what the page may do: run and show what comes from here, and connect
// to where it must.
func (s *Site) protect(ctx context.Context, h http.Header) {
	connect := "'self'"
	if s.Connect != nil {
		connect = strings.Join(append([]string{connect}, s.Connect(ctx)...), " ")
	}
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src "+
		connect+"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Strict-Transport-Security", "max-age=31536000") // browsers heed it over TLS only
}

// setup tells the console what it cannot know by itself.
func (s *Site) setup(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", asked)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(struct { // the client is gone
		OIDC *OIDC `json:"oidc"`
	}{s.OIDC})
}

// file sends a file, compressed if the client takes that.
func (s *Site) file(w http.ResponseWriter, r *http.Request, name string) {
	h := w.Header()
	h.Set("Cache-Control", asked)
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", forever)
	}
	h.Set("Content-Type", contentType(name))
	h.Add("Vary", "Accept-Encoding")
	body, err := []byte(nil), fs.ErrNotExist
	if takesGzip(r) {
		if body, err = fs.ReadFile(s.Files, name+".gz"); err == nil {
			h.Set("Content-Encoding", "gzip")
			name += ".gz"
		}
	}
	if err != nil {
		if body, err = fs.ReadFile(s.Files, name); err != nil {
			missing(w, r)
			return
		}
	}
	tag := s.tag(name, body)
	h.Set("ETag", tag)
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(body) // the client is gone
}

// tag is the entity tag of a file's content, made once.
func (s *Site) tag(name string, body []byte) string {
	if tag, ok := s.tags.Load(name); ok {
		return tag.(string)
	}
	sum := sha256.Sum256(body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	s.tags.Store(name, tag)
	return tag
}

// takesGzip reports whether the client names gzip, or anything, without refusing it.
func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if coding == "gzip" || coding == "*" {
			q = strings.TrimSpace(q)
			return q != "q=0" && q != "q=0.0"
		}
	}
	return false
}

// types are those of the files that a site has; a machine's own table may differ.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".json": "application/json", ".png": "image/png", ".ico": "image/x-icon",
	".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8", ".webmanifest": "application/manifest+json",
}

func contentType(name string) string {
	ext := path.Ext(name)
	if t, ok := types[ext]; ok {
		return t
	}
	if t := mime.TypeByExtension(ext); t != "" {
		return t
	}
	return "application/octet-stream"
}
