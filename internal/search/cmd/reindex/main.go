// Command reindex rebuilds the search indexes of all tenants, or of one, on the
// local platform or a deployed one: it asks the API, as an operator, for one step
// after the other. Search goes on meanwhile.
//
//	go run ./internal/search/cmd/reindex                      the local platform that runs on .data
//	go run ./internal/search/cmd/reindex -url URL -key KEY    a deployed one
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var c client
	data := flag.String("data", ".data", "folder of the local platform, whose dev.json has its address and key")
	one := flag.String("tenant", "", "one tenant only")
	fresh := flag.Bool("fresh", false, "embed everything, also what the indexes have already")
	flag.StringVar(&c.url, "url", "", "address of the API")
	flag.StringVar(&c.key, "key", "", "API key of an operator")
	flag.Parse()
	err := c.complete(*data)
	if err == nil {
		err = run(ctx, &c, *one, *fresh)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "reindex:", err)
		os.Exit(1)
	}
}

// client speaks the API as an operator.
type client struct{ url, key string }

// complete takes what was not given from the local platform's file.
func (c *client) complete(data string) error {
	if c.url != "" && c.key != "" {
		c.url = strings.TrimSuffix(c.url, "/")
		return nil
	}
	if c.url != "" {
		return errors.New("give the key of an operator: -key (make reindex KEY=…)")
	}
	b, err := os.ReadFile(filepath.Join(data, "dev.json"))
	if err != nil {
		return fmt.Errorf("no local platform has run on %s: start one (make dev), or give -url and -key: %w", data, err)
	}
	var info struct {
		URL      string
		Operator struct{ APIKey string }
	}
	if err := json.Unmarshal(b, &info); err != nil {
		return err
	}
	c.url, c.key = info.URL, info.Operator.APIKey
	return nil
}

func run(ctx context.Context, c *client, one string, fresh bool) error {
	tenants := []string{one}
	if one == "" {
		var err error
		if tenants, err = c.tenants(ctx); err != nil {
			return err
		}
	}
	bar := progressbar.NewOptions(len(tenants), progressbar.OptionSetWriter(os.Stderr), progressbar.OptionShowCount(),
		progressbar.OptionFullWidth(), progressbar.OptionThrottle(65*time.Millisecond))
	total := 0
	for _, t := range tenants {
		of := 0
		for cursor := ""; ; {
			bar.Describe(fmt.Sprintf("%s: %d workflows", t, of))
			step, err := c.step(ctx, t, cursor, fresh)
			if err != nil {
				fmt.Fprintln(os.Stderr) // the message gets a line of its own
				return fmt.Errorf("tenant %s, after %d workflows: %w", t, of, err)
			}
			of += step.Workflows
			if step.NextCursor == nil {
				break
			}
			cursor = *step.NextCursor
		}
		total += of
		_ = bar.Add(1)
	}
	_ = bar.Finish()
	fmt.Fprintln(os.Stderr)
	fmt.Printf("%d workflows of %d tenants\n", total, len(tenants))
	return nil
}

// tenants are the ids of all tenants.
func (c *client) tenants(ctx context.Context) ([]string, error) {
	var ids []string
	for cursor := ""; ; {
		var page struct {
			Items      []struct{ ID string }
			NextCursor *string
		}
		if err := c.call(ctx, http.MethodGet, "/api/admin/tenants?limit=200&cursor="+url.QueryEscape(cursor), nil, &page); err != nil {
			return nil, err
		}
		for _, t := range page.Items {
			ids = append(ids, t.ID)
		}
		if page.NextCursor == nil {
			return ids, nil
		}
		cursor = *page.NextCursor
	}
}

// step is the answer to one step.
type step struct {
	Workflows  int
	NextCursor *string
}

func (c *client) step(ctx context.Context, tenant, cursor string, fresh bool) (s step, err error) {
	body, err := json.Marshal(map[string]any{"tenant": tenant, "cursor": cursor, "fresh": fresh})
	if err != nil {
		return s, err
	}
	return s, c.call(ctx, http.MethodPost, "/api/admin/search/reindex", body, &s)
}

// call sends a request and reads the answer; a problem becomes an error.
func (c *client) call(ctx context.Context, method, path string, body []byte, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.key)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		var problem struct{ Code, Detail string }
		if json.Unmarshal(b, &problem) != nil {
			problem.Detail = string(b)
		}
		return fmt.Errorf("%s answered %d %s: %s", path, answer.StatusCode, problem.Code, problem.Detail)
	}
	return json.Unmarshal(b, into)
}
