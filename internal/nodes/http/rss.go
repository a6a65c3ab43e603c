package http

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/feed"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func rssFeedRead() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.rssFeedRead", Versions: []float64{1, 1.1, 1.2}, Name: "RSS Read",
			Description: "Reads an RSS or Atom feed: one item for each entry.",
			Group:       "input", Family: node.HTTP, Inputs: []string{"main"}, Outputs: []string{"main"},
			Params: []node.Param{
				{Name: "url", Type: "string", Required: true, Default: "", Description: "The feed's address"},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					{Name: "ignoreSSL", Type: "boolean", Default: false},
					{Name: "customFields", Type: "string", Default: "", Description: "Further elements of entries, with commas"},
				}},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			items := c.Items()
			if c.Node.TypeVersion < 1.1 { // reads one feed, whatever comes in
				items = items[:1]
			}
			out, err := c.Each(ctx, items, func(r *node.Reader, _ workflow.Item) ([]workflow.Item, error) {
				return readFeed(ctx, c, r)
			})
			return node.Result{Outputs: [][]workflow.Item{out}}, err
		},
	}
}

func readFeed(ctx context.Context, c *node.Call, r *node.Reader) ([]workflow.Item, error) {
	url := strings.TrimSpace(r.String("url", ""))
	opt := node.HTTPOptions{Timeout: time.Minute, MaxBytes: maxText, SkipTLSVerify: r.Bool("options.ignoreSSL", false)}
	custom := r.Names("options.customFields")
	if err := r.Err(); err != nil {
		return nil, err
	}
	if url == "" {
		return nil, invalid("The parameter \"URL\" has to be set!")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil || !slices.Contains([]string{"http", "https"}, strings.ToLower(req.URL.Scheme)) {
		return nil, invalid("The provided \"URL\" is not valid!")
	}
	req.Header.Set("Accept", "application/rss+xml, application/rdf+xml;q=0.8, application/atom+xml;q=0.6, application/xml;q=0.4, text/xml;q=0.4")
	req.Header.Set("User-Agent", wire.UserAgent)
	resp, err := c.Services.HTTP.Do(req, opt)
	if err != nil {
		return nil, err
	}
	a, err := wire.Read(resp)
	if err != nil {
		return nil, err
	}
	if !a.OK() {
		q := request{url: url}
		return nil, q.statusFault(c, a)
	}
	entries, err := feed.Parse(a.Body, custom)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "The answer of %s is not an RSS or Atom feed.", req.URL.Host)
	}
	out := make([]workflow.Item, len(entries))
	for i, e := range entries {
		out[i] = workflow.Item{JSON: e, Paired: []workflow.Paired{{Item: r.Item()}}}
	}
	return out, nil
}
