package ai

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/automatelanka/automatelanka/internal/httpauth"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
)

const serpURL = "https://serpapi.com/search.json"

// serpTool searches Google by SerpApi (serpapi.com/search-api).
func serpTool(s *session, r *sub) (*tool, error) {
	if s.c.Services.HTTP == nil {
		return nil, unsupported(r.node, "Here the search tool")
	}
	q := url.Values{"engine": {"google"}}
	for _, name := range []string{"gl", "hl", "device", "google_domain", "location"} {
		if v := r.text("options."+name, ""); v != "" {
			q.Set(name, v)
		}
	}
	if r.flag("options.no_cache", false) {
		q.Set("no_cache", "true")
	}
	if err := r.problem(); err != nil {
		return nil, err
	}
	auth, err := httpauth.Open(r.ctx, s.c, r.node, "serpApi")
	if err != nil {
		return nil, err
	}
	return &tool{
		name: "search", schema: oneText("input", "What to search for"),
		description: "A search engine. Useful for questions about current events. The input is a search query.",
		run: func(ctx context.Context, args string) (string, error) {
			q.Set("q", argument(args, "input"))
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, serpURL+"?"+q.Encode(), nil)
			if err != nil {
				return "", err
			}
			resp, err := auth.Do(s.c.Services.HTTP, req, node.HTTPOptions{MaxRedirects: -1, MaxBytes: 4 << 20, Timeout: defaultTimeout})
			if err != nil {
				return "", err
			}
			ans, err := wire.Read(resp)
			if err != nil {
				return "", err
			}
			if ans.Status != http.StatusOK {
				return "", node.WithDetail(wire.StatusFault(ans, wire.Clock(s.c).Now()), wire.Detail(ans))
			}
			return searchAnswer(ans.Body), nil
		},
	}, nil
}

// searchAnswer is the best that a result page has: the answer itself, what is
// known of the subject, or the snippets of the pages that were found.
func searchAnswer(body []byte) string {
	o, err := value.ParseObject(body)
	if err != nil {
		return "No good search result found"
	}
	for _, path := range [][]any{{"answer_box", "answer"}, {"answer_box", "snippet"}, {"answer_box", "result"}, {"sports_results", "game_spotlight"}, {"knowledge_graph", "description"}} {
		if v, ok := value.Path(o, path...); ok && node.Text(v) != "" {
			return node.Text(v)
		}
	}
	results, _ := value.Path(o, "organic_results")
	list, _ := results.([]any)
	var out []string
	for _, x := range list {
		page, _ := x.(*value.Object)
		if text := node.Get(page, "snippet", ""); text != "" {
			out = append(out, node.Get(page, "title", "")+" ("+node.Get(page, "link", "")+"): "+text)
		}
	}
	if len(out) == 0 {
		return "No good search result found"
	}
	return strings.Join(out, "\n")
}
