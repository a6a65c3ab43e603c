package pricing_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/automatelanka/automatelanka/infra/localcloud/pricing"
)

func TestBill(t *testing.T) {
	before := map[string]float64{"sqs.requests": 10, "kms.requests": 1}
	after := map[string]float64{"sqs.requests": 20, "kms.requests": 1, "dynamodb.write_units": 100, "faults.sqs": 3}
	lines, total := pricing.OnDemand.Bill(pricing.Since(after, before))
	want := []pricing.Line{{Name: "dynamodb.write_units", Count: 100, Dollars: 62.5e-6}, {Name: "sqs.requests", Count: 10, Dollars: 4e-6}}
	near := cmpopts.EquateApprox(0, 1e-12)
	if diff := cmp.Diff(want, lines, near) + cmp.Diff(66.5e-6, total, near); diff != "" {
		t.Error(diff)
	}
}
