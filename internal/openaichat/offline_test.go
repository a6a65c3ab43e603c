package openaichat

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"testing"

	"github.com/automatelanka/automatelanka/internal/node"
)

// offlineChild is set in the process in which nothing may be fetched.
const offlineChild = "COUNT_TOKENS_OFFLINE"

// noNetwork answers every request with an error, and notes it.
type noNetwork struct{ asked []string }

func (n *noNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	n.asked = append(n.asked, r.URL.String())
	return nil, errors.New("the network is forbidden")
}

// TestTokensAreCountedWithoutTheNetwork counts in a process of its own, in which
// nothing is loaded yet, no cache lies ready, and every request fails: tiktoken by
// itself would download its vocabularies then.
func TestTokensAreCountedWithoutTheNetwork(t *testing.T) {
	if os.Getenv(offlineChild) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestTokensAreCountedWithoutTheNetwork$", "-test.count=1")
		cmd.Env = append(os.Environ(), offlineChild+"=1", "TIKTOKEN_CACHE_DIR="+t.TempDir(), "DATA_GYM_CACHE_DIR="+t.TempDir(),
			"HTTP_PROXY=http://127.0.0.1:9", "HTTPS_PROXY=http://127.0.0.1:9", "NO_PROXY=")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	net := &noNetwork{}
	http.DefaultTransport = net
	http.DefaultClient = &http.Client{Transport: net}
	c := NewCounter()
	for model, want := range map[string]int64{"gpt-4o-mini": 9, "gpt-3.5-turbo": 9} {
		n, exact := c.Prompt(node.ChatRequest{Model: model, Messages: []node.ChatMessage{{Role: "user", Content: "Hello world"}}})
		if n != want || !exact {
			t.Errorf("%s: %d tokens (exact: %v), want %d", model, n, exact, want)
		}
	}
	if len(net.asked) > 0 {
		t.Errorf("asked the network for %v", net.asked)
	}
}
