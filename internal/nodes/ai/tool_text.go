package ai

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/value"
)

// escapePath writes an argument into a URL so that it cannot leave its place: a
// whole URL at the very beginning stays as it is.
func escapePath(s string) string {
	if strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") {
		return s
	}
	return strings.ReplaceAll(url.PathEscape(s), "%2F", "/")
}

// insideJSON writes an argument inside a JSON string of the author.
func insideJSON(s string) string {
	b := value.JSON(s)
	return string(b[1 : len(b)-1])
}

// wikipedia looks a subject up in the English Wikipedia.
func wikipedia(s *session, r *sub) (*tool, error) {
	if s.c.Services.HTTP == nil {
		return nil, unsupported(r.node, "Here the Wikipedia tool")
	}
	return &tool{
		name: "wikipedia-api", schema: oneText("input", "What to look up"),
		description: "A tool for interacting with and fetching data from the Wikipedia API.",
		run: func(ctx context.Context, args string) (string, error) {
			q := url.Values{
				"action": {"query"}, "format": {"json"}, "generator": {"search"}, "gsrsearch": {argument(args, "input")},
				"gsrlimit": {"3"}, "prop": {"extracts"}, "explaintext": {"1"}, "exlimit": {"3"}, "exchars": {"4000"},
			}
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://en.wikipedia.org/w/api.php?"+q.Encode(), nil)
			if err != nil {
				return "", err
			}
			req.Header.Set("User-Agent", "AutomateLanka/1.0")
			resp, err := s.c.Services.HTTP.Do(req, node.HTTPOptions{MaxBytes: 4 << 20})
			if err != nil {
				return "", err
			}
			b, err := safedial.ReadAll(resp)
			if err != nil {
				return "", err
			}
			return extracts(b), nil
		},
	}, nil
}

// extracts joins the pages of an answer.
func extracts(b []byte) string {
	v, _ := value.Parse(b)
	pages, _ := value.Path(v, "query", "pages")
	o, _ := pages.(*value.Object)
	var parts []string
	for _, page := range o.All() {
		p, _ := page.(*value.Object)
		parts = append(parts, "Page: "+node.Get(p, "title", "")+"\nSummary: "+node.Get(p, "extract", ""))
	}
	if len(parts) == 0 {
		return "No good Wikipedia Search Result was found"
	}
	return strings.Join(parts, "\n\n")
}
