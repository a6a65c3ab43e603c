package httpapi

import (
	"context"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// Audit is the record of one change.
type Audit struct {
	ID     string       `json:"id"`
	At     Stamp        `json:"at"`
	Tenant ident.Tenant `json:"tenant,omitempty" doc:"Whose; none for the platform's own."`
	Actor  string       `json:"actor" doc:"The key or member."`
	Role   tenant.Role  `json:"role"`
	Action string       `json:"action" example:"plan.changed"`
	Target string       `json:"target"`
	Before Raw          `json:"before,omitempty"`
	After  Raw          `json:"after,omitempty"`
}

func auditOf(a tenant.Audit) Audit {
	return Audit{a.ID, Stamp(a.At), a.Tenant, a.Actor.ID, a.Actor.Role, a.Action, a.Target, Raw(a.Before), Raw(a.After)}
}

// Price is what a model costs from a date on.
type Price struct {
	Model     string           `json:"model" minLength:"1" maxLength:"200"`
	From      Stamp            `json:"from" doc:"It holds for calls from then on."`
	Input     Money            `json:"inputUsd" doc:"A million prompt tokens."`
	Cached    Money            `json:"cachedUsd" doc:"A million prompt tokens that the provider had cached."`
	Output    Money            `json:"outputUsd" doc:"A million tokens of the answer."`
	MaxOutput int64            `json:"maxOutput,omitempty" minimum:"0" doc:"Tokens that an answer may have if the author sets no limit."`
	Units     map[string]Money `json:"unitsUsd,omitempty" doc:"A million of each unit that is paid beside tokens, or instead of them: second, character, request, image, or an image of a size and quality (image 1024x1024 hd)."`
}

// ListedPrice is a price with where it comes from.
type ListedPrice struct {
	Price
	Source string `json:"source" enum:"builtin,operator,default" doc:"builtin comes with the platform; operator was set here, and wins from its day on; default holds for models that have no price of their own."`
}

// pricesThatHold lists the prices that operators set, those that come with the platform, and
// the default rule: what a call's cost is taken from.
func pricesThatHold(set []tenant.Price) []ListedPrice {
	var items []ListedPrice
	list := func(p usage.Price, source string) {
		items = append(items, ListedPrice{Price{p.Model, Stamp(p.From), Money(p.Input), Money(p.Cached), Money(p.Output), p.MaxOutput, ratesOf[Money](p.Units)}, source})
	}
	for _, p := range set {
		list(usage.Price(p), "operator")
	}
	builtin, fallback := usage.Builtin().Prices()
	for _, p := range builtin {
		list(p, "builtin")
	}
	fallback.Model = usage.RuleDefault
	list(fallback, "default")
	return items
}

// ratesOf are rates of units in another type of number; nil of none.
func ratesOf[To, From ~int64](rates map[string]From) map[string]To {
	if len(rates) == 0 {
		return nil
	}
	out := make(map[string]To, len(rates))
	for of, rate := range rates {
		out[of] = To(rate)
	}
	return out
}

const listAudits = "audit"

func adminRecordRoutes(a *API) {
	admin := route{tag: "operators", role: tenant.Operator}
	add(a, admin.at("adminListAudits", http.MethodGet, "/api/admin/audit", "Who did what, newest first").refuses(http.StatusNotFound),
		func(ctx context.Context, in *struct {
			PageInput
			Tenant ident.Tenant `query:"tenant" maxLength:"60" doc:"Only this tenant's."`
		}) (*ListOutput[Audit], error) {
			page, err := in.paging("", listAudits+"/"+string(in.Tenant))
			if err != nil {
				return nil, err
			}
			all, next, err := a.Directory.Audits(ctx, in.Tenant, page)
			if err != nil {
				return nil, err
			}
			items := make([]Audit, len(all))
			for i, r := range all {
				items[i] = auditOf(r)
			}
			return pageOf("", listAudits+"/"+string(in.Tenant), items, next), nil
		})
	add(a, admin.at("adminListPrices", http.MethodGet, "/api/admin/prices", "List the prices that hold: those set, those of the platform, the default rule"),
		func(ctx context.Context, _ *empty) (*ListOutput[ListedPrice], error) {
			set, err := a.Directory.Prices(ctx)
			if err != nil {
				return nil, err
			}
			return pageOf("", "prices", pricesThatHold(set), ""), nil
		})
	add(a, admin.at("adminPutPrice", http.MethodPut, "/api/admin/prices", "Set a model's price from a date on"),
		func(ctx context.Context, in *struct{ Body Price }) (*struct{ Body Price }, error) {
			b := in.Body
			return &struct{ Body Price }{b}, a.Directory.PutPrice(ctx, caller(ctx).Actor, tenant.Price{
				Model: b.Model, From: timeOf(b.From), Input: int64(b.Input), Cached: int64(b.Cached), Output: int64(b.Output), MaxOutput: b.MaxOutput, Units: ratesOf[int64](b.Units),
			})
		})
}
