package usage

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Price is what a model costs from a day on. Rates are millionths of a US dollar
// per million tokens, which is what $/million is when multiplied by 10^6.
type Price struct {
	Model     string
	From      time.Time
	Input     int64
	Cached    int64 // of the prompt tokens that the provider had cached
	Output    int64
	MaxOutput int64 // tokens that an answer may have if the author sets no limit
	// Units are the rates of what is paid beside tokens, or instead of them, by the
	// name of the unit; per million units, too.
	Units map[string]int64
}

// Table is a list of prices with one for models that are not in it. It is not
// changed after it was made; With makes a new one.
type Table struct {
	prices   []Price
	fallback Price
}

// RuleDefault is the rule of a call whose model has no price of its own.
const RuleDefault = "default"

//go:embed prices.json
var builtin []byte

// Builtin returns the prices that come with the program.
func Builtin() *Table {
	t, err := ParseTable(builtin)
	if err != nil {
		panic("usage: prices.json: " + err.Error()) // a test holds the file valid
	}
	return t
}

type priceFile struct {
	Default priceEntry   `json:"default"`
	Models  []priceEntry `json:"models"`
}

type priceEntry struct {
	Model     string  `json:"model"`
	From      string  `json:"from"` // a day, UTC
	Input     float64 `json:"input"`
	Cached    float64 `json:"cached"`
	Output    float64 `json:"output"`
	MaxOutput int64   `json:"maxOutput"`
	// Units are in dollars per million units: second, character, request, image, or an
	// image of a size and quality.
	Units map[string]float64 `json:"units"`
}

func (e priceEntry) price() (Price, error) {
	p := Price{Model: e.Model, Input: micro(e.Input), Cached: micro(e.Cached), Output: micro(e.Output), MaxOutput: e.MaxOutput}
	if e.Input < 0 || e.Cached < 0 || e.Output < 0 {
		return p, fmt.Errorf("%s: a price is negative", e.Model)
	}
	for of, dollars := range e.Units {
		if dollars < 0 {
			return p, fmt.Errorf("%s: the price of a unit (%s) is negative", e.Model, of)
		}
		if p.Units == nil {
			p.Units = map[string]int64{}
		}
		p.Units[of] = micro(dollars)
	}
	if e.From == "" {
		return p, nil
	}
	var err error
	p.From, err = time.ParseInLocation(time.DateOnly, e.From, time.UTC)
	return p, err
}

func micro(dollars float64) int64 { return int64(dollars*1e6 + 0.5) }

// ParseTable reads a table in the form of prices.json.
func ParseTable(b []byte) (*Table, error) {
	var f priceFile
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, err
	}
	t := &Table{}
	var err error
	if t.fallback, err = f.Default.price(); err != nil {
		return nil, err
	}
	for _, e := range f.Models {
		p, err := e.price()
		if err != nil {
			return nil, err
		}
		t.prices = append(t.prices, p)
	}
	return t, nil
}

// With returns the table with further prices, which win over older ones of the
// same model from their day on.
func (t *Table) With(more ...Price) *Table {
	return &Table{prices: slices.Concat(t.prices, more), fallback: t.fallback}
}

// Prices returns the table's prices, and the one for models that have none.
func (t *Table) Prices() (own []Price, fallback Price) { return slices.Clone(t.prices), t.fallback }

// Find returns the price of a model at a time, and the rule by which it was
// found: the table's model name and day, or RuleDefault. A dated or fine-tuned
// variant has the price of the longest name that it begins with.
func (t *Table) Find(model string, at time.Time) (Price, string) {
	best := -1
	for i, p := range t.prices {
		if !covers(p.Model, model) || p.From.After(at) {
			continue
		}
		if best < 0 || better(p, t.prices[best]) {
			best = i
		}
	}
	if best < 0 {
		return t.fallback, RuleDefault
	}
	p := t.prices[best]
	return p, p.Model + "@" + p.From.Format(time.DateOnly)
}

// covers reports whether name stands for model: itself, or with a suffix such as
// a date or a fine-tuning's owner.
func covers(name, model string) bool {
	rest, ok := strings.CutPrefix(model, name)
	return ok && (rest == "" || rest[0] == '-' || rest[0] == ':')
}

func better(a, b Price) bool {
	if len(a.Model) != len(b.Model) {
		return len(a.Model) > len(b.Model)
	}
	return !a.From.Before(b.From)
}

// Cost returns what a call cost, by its tokens and the units beside or instead of
// them, in millionths of a US dollar, rounded up, and the rule by which it was priced.
func (t *Table) Cost(u workflow.TokenUsage, units node.Units, at time.Time) (microUSD int64, rule string) {
	p, rule := t.Find(u.Model, at)
	cached := min(u.Cached, u.Prompt)
	sum := (u.Prompt-cached)*p.Input + cached*p.Cached + u.Completion*p.Output
	if units.Count > 0 {
		rate, found := p.unit(units.Of)
		if !found {
			rate, _ = t.fallback.unit(units.Of)
			if rule != RuleDefault {
				rule += ", " + units.Of + " by " + RuleDefault
			}
		}
		sum += units.Count * rate
	}
	return (sum + 999_999) / 1_000_000, rule
}

// unit is the rate of a unit; what has none of its own has that of its first words:
// "image 1024x1024 hd" that of "image 1024x1024", then that of "image".
func (p Price) unit(of string) (rate int64, found bool) {
	for {
		if rate, found = p.Units[of]; found {
			return rate, true
		}
		i := strings.LastIndexByte(of, ' ')
		if i < 0 {
			return 0, false
		}
		of = of[:i]
	}
}
