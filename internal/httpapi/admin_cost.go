package httpapi

import (
	"bytes"
	"context"
	"net/http"

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
		return answerJSON(AICosts{
			period, in.GroupBy, sharesOf(sum.Shares(), func(k string, c CostShare) AICost { return AICost{k, c} }), shareOf(sum.Total),
		})
	})
	alsoCSV(a, costs.path)
}
