package httpapi

import (
	"bytes"
	"context"
	"net/http"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/usage"
)

// AICosts is what AI calls of a month cost, by a dimension.
type AICosts struct {
	Period  string          `json:"period"`
	GroupBy usage.Dimension `json:"groupBy" enum:"tenant,workflow,model,day"`
	Items   []AICost        `json:"items" nullable:"false" doc:"Days in order, others the most expensive first."`
	Total   CostShare       `json:"total"`
}

// AICost is the share of one tenant, workflow, model or day.
type AICost struct {
	Key string `json:"key" doc:"The tenant's or workflow's id, the model's name, or the day."`
	CostShare
	PriceUsd  *Money `json:"priceUsd,omitempty" doc:"By tenant: what it pays a month, by its plan and overrides as they are now."`
	MarginUsd *Money `json:"marginUsd,omitempty" doc:"By tenant: the price, less the calls that the platform paid for."`
}

type aiCostsInput struct {
	PeriodInput
	AcceptInput
	GroupBy usage.Dimension `query:"groupBy" enum:"tenant,workflow,model,day" default:"tenant"`
	Tenant  ident.Tenant    `query:"tenant" maxLength:"60" doc:"Only this tenant's."`
}

func adminCostRoutes(a *API) {
	admin := route{tag: "operators", role: tenant.Operator}
	costs := describe[AICosts](a, admin.at("adminListAICosts", http.MethodGet, "/api/admin/ai-costs", "What AI calls cost, by tenant, workflow, model or day"))
	costs.about = "With Accept: text/csv as a table."
	add(a, costs, func(ctx context.Context, in *aiCostsInput) (*fileOutput, error) {
		period, err := a.Usage.Period(in.Period)
		if err != nil {
			return nil, err
		}
		sum, err := a.Office.Costs(ctx, in.Tenant, period, in.GroupBy)
		if err != nil {
			return nil, err
		}
		if in.csv() {
			var b bytes.Buffer
			err := usage.SharesCSV(&b, in.GroupBy, sum.Shares())
			return table("ai-costs-"+period+"-by-"+string(in.GroupBy), b.Bytes()), err
		}
		items := sharesOf(sum.Shares(), func(k string, c CostShare) AICost { return AICost{Key: k, CostShare: c} })
		if in.GroupBy == usage.ByTenant {
			err = a.margins(ctx, items)
		}
		if err != nil {
			return nil, err
		}
		return answerJSON(AICosts{period, in.GroupBy, items, shareOf(sum.Total)})
	})
	alsoCSV(a, costs.path)
}

// margins adds what each tenant pays and what its AI calls leave of that. One that
// was erased pays nothing that is known any more.
func (a *API) margins(ctx context.Context, items []AICost) error {
	for i := range items {
		_, limits, err := a.Directory.Limits(ctx, ident.Tenant(items[i].Key))
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		price := Money(limits.MonthlyPriceUSD * 1_000_000)
		margin := price - items[i].CostUsd + items[i].OwnKeyUsd
		items[i].PriceUsd, items[i].MarginUsd = &price, &margin
	}
	return nil
}
