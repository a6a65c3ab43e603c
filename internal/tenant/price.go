package tenant

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// Price is what a model's tokens cost from a date on, in millionths of a US
// dollar for a million tokens. A usage record keeps the price it was made with.
type Price struct {
	Model     string    `json:"model"`
	From      time.Time `json:"from"`
	Input     int64     `json:"input"`
	Cached    int64     `json:"cached"` // of the prompt tokens that the provider had cached
	Output    int64     `json:"output"`
	MaxOutput int64     `json:"maxOutput,omitempty"` // tokens that an answer may have if the author sets no limit
	// Units are the rates of what is paid beside tokens, or instead of them, by the
	// name of the unit; per million units, too.
	Units map[string]int64 `json:"units,omitempty"`
}

// Prices lists all prices, by model and date.
func (d *Directory) Prices(ctx context.Context) ([]Price, error) { return d.Store.Prices(ctx) }

// PutPrice sets the price of a model from a date on; a price of the same model
// and date is replaced.
func (d *Directory) PutPrice(ctx context.Context, by Actor, p Price) error {
	if p.Model == "" || len(p.Model) > maxName {
		return invalid("body.model", "must have 1 to 200 bytes")
	}
	if p.From.IsZero() {
		return invalid("body.from", "is required")
	}
	if p.Input < 0 || p.Output < 0 || p.Cached < 0 || p.MaxOutput < 0 {
		return fault.New(fault.Invalid, fault.CodeValidation, "A price must not be negative.")
	}
	p.From = p.From.UTC()
	return d.Store.PutPrice(ctx, p, d.audit(by, "", "price.changed", p.Model, nil, p))
}
