package connector

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// books is a ledger without limits that keeps the usage log.
type books struct {
	mu       sync.Mutex
	records  []usage.Record
	reserved []usage.Estimate
	released int
}

func (b *books) Reserve(_ context.Context, e usage.Estimate) (usage.Reservation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reserved = append(b.reserved, e)
	return usage.Reservation{ID: e.ID, Period: usage.Period(e.At), Estimate: e}, nil
}

func (b *books) Settle(_ context.Context, _ usage.Reservation, r usage.Record) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.records = append(b.records, r)
	return nil
}

func (b *books) Release(context.Context, usage.Reservation) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.released++
	return nil
}

// bytesOf counts a token a byte, the bound for models whose tokenizer is unknown.
type bytesOf struct{}

func (bytesOf) Texts(_ string, texts []string) (n int64) {
	for _, t := range texts {
		n += int64(len(t))
	}
	return n
}

// priced is when cases are priced: after the days of the prices that they name.
var priced = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (b *books) meter() node.Meter {
	return &usage.MeteredCalls{Counter: bytesOf{}, Meter: &usage.Metered{
		Budget: b, Prices: usage.Builtin, Clock: clock.NewManual(priced), Log: slog.New(slog.DiscardHandler),
	}}
}

// caseUsage is a line of the usage log.
type caseUsage struct {
	Model      string `json:"model"`
	Prompt     int64  `json:"prompt"`
	Completion int64  `json:"completion"`
	Cached     int64  `json:"cached"`
	Unit       string `json:"unit"`
	Units      int64  `json:"units"`
	CostMicro  int64  `json:"costMicro"`
	Counted    bool   `json:"counted"` // by us, for the service gave no figures
}

// checkUsage holds that each answered call is in the usage log once, and what the
// case says of them.
func (tc *testCase) checkUsage(t *testing.T, s *service, b *books, out node.Outcome) {
	answered := 0
	for _, q := range tc.Requests {
		calls := q.Method != "GET" && q.Method != "DELETE" && !strings.HasSuffix(q.URL, "/files")
		if s.file.AI && calls && !q.Respond.Lost && q.Respond.Status < 400 {
			answered++
		}
	}
	confirmed := 0
	got := []caseUsage{}
	for _, r := range b.records {
		if r.Confirmed {
			confirmed++
		}
		u := r.Usage
		if !r.OwnKey || r.Origin.NodeID != "n" || r.Origin.ExecutionID != "exe_1" || u.Total != u.Prompt+u.Completion {
			t.Errorf("a line of the usage log is %+v", r)
		}
		got = append(got, caseUsage{u.Model, u.Prompt, u.Completion, u.Cached, r.Units.Of, r.Units.Count, r.CostMicro, r.Counted})
	}
	if confirmed != answered || len(b.records)+b.released != len(b.reserved) {
		t.Errorf("of %d answered calls %d are in the usage log; %d were reserved, %d settled, %d given back", answered, confirmed, len(b.reserved), len(b.records), b.released)
	}
	if tc.Usage == nil {
		return
	}
	if diff := cmp.Diff(tc.Usage, got); diff != "" {
		t.Errorf("usage (-wanted +given):\n%s", diff)
	}
	if out.Err == nil && len(got) > 0 && out.Result.Usage == nil {
		t.Error("the node run does not say what it used")
	}
}

// modelHosts are those of services whose calls are paid by tokens.
var modelHosts = regexp.MustCompile(`api\.openai\.com|openai\.azure\.com|generativelanguage\.googleapis\.com|aiplatform\.googleapis\.com|api\.anthropic\.com|` +
	`api\.perplexity\.ai|api\.mistral\.ai|api\.cohere\.(ai|com)|api\.groq\.com|api\.deepseek\.com|openrouter\.ai|api\.x\.ai|huggingface\.co|` +
	`api\.jina\.ai|api\.together\.(xyz|ai)|api\.fireworks\.ai|api\.voyageai\.com|api\.replicate\.com|bedrock-runtime|api\.ai21\.com|dashscope|api\.moonshot\.|ollama`)

// A connector of a service whose models are paid by tokens says of each request what
// it uses. The host may stand in the file, or in its credential's type.
func TestConnectorsOfModelsSayWhatTheyUse(t *testing.T) {
	list, err := names(embedded)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range list {
		s, err := load(embedded, name)
		if err != nil {
			t.Fatal(err)
		}
		if !callsModels(t, name, s.file.Auth.credentials()) {
			continue
		}
		found++
		for _, o := range s.operations {
			for i := range o.steps {
				q := o.steps[i].Request
				if q != nil && q.Method != "" && q.Method != "GET" && q.Method != "DELETE" && !q.Free && s.file.usageOf(q) == nil {
					t.Errorf("%s: %s %s calls a model and has no usage", name, o.resource, o.def.Value)
				}
			}
		}
	}
	if found < 2 {
		t.Errorf("%d connectors of models were found; the list of hosts finds nothing", found)
	}
}

func callsModels(t *testing.T, name string, credentials []string) bool {
	text, err := fs.ReadFile(embedded, "data/"+name+".json")
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range credentials {
		more, err := os.ReadFile(filepath.Join("..", "credential", "types", typ+".json"))
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, more...)
	}
	return modelHosts.Match(text)
}
