package tenant

import (
	"context"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// Price is what a model's tokens cost from a date on, in millionths of a US
// dollar for a million tokens. A usage record keeps the price it was made with.
type Price struct {
	Model      string    `json:"model"` // "*" is the rule for models without a price
	From       time.Time `json:"from"`
	Prompt     int64     `json:"promptMicro"`
	Completion int64     `json:"completionMicro"`
	Cached     int64     `json:"cachedMicro"` // cached prompt tokens
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
	if p.Prompt < 0 || p.Completion < 0 || p.Cached < 0 {
		return fault.New(fault.Invalid, fault.CodeValidation, "A price must not be negative.")
	}
	p.From = p.From.UTC()
	return d.Store.PutPrice(ctx, p, d.audit(by, "", "price.changed", p.Model, nil, p))
}
