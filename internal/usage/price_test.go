package usage

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestCost(t *testing.T) {
	prices := Builtin()
	now := day("2025-09-01")
	for name, c := range map[string]struct {
		usage workflow.TokenUsage
		at    time.Time
		micro int64
		rule  string
	}{
		"gpt-4o-mini": {workflow.TokenUsage{Model: "gpt-4o-mini", Prompt: 1000, Completion: 500}, now, 450, "gpt-4o-mini@2024-07-18"},
		"rounded up":  {workflow.TokenUsage{Model: "gpt-4o-mini", Prompt: 1}, now, 1, "gpt-4o-mini@2024-07-18"},
		"nothing":     {workflow.TokenUsage{Model: "gpt-4o-mini"}, now, 0, "gpt-4o-mini@2024-07-18"},
		"cached":      {workflow.TokenUsage{Model: "gpt-4o", Prompt: 1000, Cached: 400, Completion: 100}, now, 600*5/2 + 400*5/4 + 1000, "gpt-4o@2024-10-02"},
		"before a price fell": {
			workflow.TokenUsage{Model: "gpt-4o", Prompt: 1000, Completion: 100}, day("2024-10-01"), 6500, "gpt-4o@2024-05-13",
		},
		"on the day itself":     {workflow.TokenUsage{Model: "o3", Prompt: 1000}, day("2025-06-10"), 2000, "o3@2025-06-10"},
		"dated variant":         {workflow.TokenUsage{Model: "gpt-4o-mini-2024-07-18", Prompt: 1000}, now, 150, "gpt-4o-mini@2024-07-18"},
		"variant of its own":    {workflow.TokenUsage{Model: "gpt-4o-2024-05-13", Prompt: 1000}, now, 5000, "gpt-4o-2024-05-13@2024-05-13"},
		"fine-tuned":            {workflow.TokenUsage{Model: "ft:gpt-4o-mini-2024-07-18:acme::abc", Prompt: 1000}, now, 300, "ft:gpt-4o-mini@2024-07-23"},
		"unknown":               {workflow.TokenUsage{Model: "llama3", Prompt: 1000, Completion: 1000}, now, 40_000, RuleDefault},
		"only begins like one":  {workflow.TokenUsage{Model: "gpt-4omega", Prompt: 1000}, now, 10_000, RuleDefault},
		"not yet released":      {workflow.TokenUsage{Model: "gpt-5", Prompt: 1000}, day("2025-01-01"), 10_000, RuleDefault},
		"more cached than sent": {workflow.TokenUsage{Model: "gpt-4o", Prompt: 100, Cached: 1000}, now, 125, "gpt-4o@2024-10-02"},
	} {
		t.Run(name, func(t *testing.T) {
			micro, rule := prices.Cost(c.usage, node.Units{}, c.at)
			if micro != c.micro || rule != c.rule {
				t.Errorf("%d by %s, want %d by %s", micro, rule, c.micro, c.rule)
			}
		})
	}
}

// What is paid by units has the rate of its size and quality, of its first words
// otherwise, and that of the default rule where the model has none.
func TestCostOfUnits(t *testing.T) {
	prices := Builtin()
	now := day("2025-09-01")
	for name, c := range map[string]struct {
		usage workflow.TokenUsage
		units node.Units
		micro int64
		rule  string
	}{
		"seconds":              {workflow.TokenUsage{Model: "whisper-1"}, node.Units{Of: "second", Count: 60}, 6000, "whisper-1@2023-03-01"},
		"characters":           {workflow.TokenUsage{Model: "tts-1-hd"}, node.Units{Of: "character", Count: 1000}, 30_000, "tts-1-hd@2023-11-06"},
		"a picture in hd":      {workflow.TokenUsage{Model: "dall-e-3"}, node.Units{Of: "image 1024x1024 hd", Count: 2}, 160_000, "dall-e-3@2023-11-06"},
		"of another quality":   {workflow.TokenUsage{Model: "dall-e-3"}, node.Units{Of: "image 1024x1024 vivid", Count: 1}, 40_000, "dall-e-3@2023-11-06"},
		"of another size":      {workflow.TokenUsage{Model: "dall-e-3"}, node.Units{Of: "image 9x9 hd", Count: 1}, 120_000, "dall-e-3@2023-11-06"},
		"beside tokens":        {workflow.TokenUsage{Model: "sonar", Prompt: 100, Completion: 50}, node.Units{Of: "request", Count: 1}, 5150, "sonar@2025-01-21"},
		"of an unknown model":  {workflow.TokenUsage{Model: "acme-image"}, node.Units{Of: "image 1024x1024", Count: 1}, 250_000, RuleDefault},
		"unknown of the model": {workflow.TokenUsage{Model: "gpt-4o-mini", Prompt: 1000}, node.Units{Of: "second", Count: 2}, 650, "gpt-4o-mini@2024-07-18, second by default"},
	} {
		t.Run(name, func(t *testing.T) {
			micro, rule := prices.Cost(c.usage, c.units, now)
			if micro != c.micro || rule != c.rule {
				t.Errorf("%d by %s, want %d by %s", micro, rule, c.micro, c.rule)
			}
		})
	}
}

func TestAddedPricesWinFromTheirDay(t *testing.T) {
	more := Builtin().With(Price{Model: "gpt-4o", From: day("2026-01-01"), Input: 1_000_000, Output: 4_000_000}, Price{Model: "llama3", From: day("2025-01-01"), Input: 100_000})
	u := workflow.TokenUsage{Model: "gpt-4o", Prompt: 1000}
	if micro, _ := more.Cost(u, node.Units{}, day("2025-12-31")); micro != 2500 {
		t.Errorf("the day before: %d", micro)
	}
	if micro, rule := more.Cost(u, node.Units{}, day("2026-01-01")); micro != 1000 || rule != "gpt-4o@2026-01-01" {
		t.Errorf("from the day: %d by %s", micro, rule)
	}
	if micro, _ := more.Cost(workflow.TokenUsage{Model: "llama3", Prompt: 1000}, node.Units{}, day("2025-06-01")); micro != 100 {
		t.Errorf("a new model: %d", micro)
	}
	if _, rule := Builtin().Find("llama3", day("2025-06-01")); rule != RuleDefault {
		t.Error("adding prices changed the table they were added to")
	}
}

func TestCostNeverFallsWithMoreTokens(t *testing.T) {
	prices := Builtin()
	rapid.Check(t, func(t *rapid.T) {
		u := workflow.TokenUsage{
			Model:      rapid.SampledFrom([]string{"gpt-4o", "gpt-5-nano", "o1", "llama3"}).Draw(t, "model"),
			Prompt:     rapid.Int64Range(0, 2_000_000).Draw(t, "prompt"),
			Completion: rapid.Int64Range(0, 200_000).Draw(t, "completion"),
		}
		more := u
		more.Prompt++
		more.Completion++
		a, _ := prices.Cost(u, node.Units{}, day("2025-09-01"))
		b, _ := prices.Cost(more, node.Units{}, day("2025-09-01"))
		if a < 0 || b < a {
			t.Fatalf("%+v costs %d, more costs %d", u, a, b)
		}
	})
}

func TestBrokenTablesAreRefused(t *testing.T) {
	for _, text := range []string{``, `{"models":[{"model":"a","from":"soon"}]}`, `{"models":[{"model":"a","from":"2025-01-01","input":-1}]}`} {
		if _, err := ParseTable([]byte(text)); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
}
