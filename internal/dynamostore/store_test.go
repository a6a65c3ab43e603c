package dynamostore_test

import (
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
)

// What is too large stays so: it must not look like a database that is busy.
func TestItemsThatAreTooLargeAreNotTriedAgain(t *testing.T) {
	c := clock.NewManual(noon)
	r := dynamostore.NewRuns(table.Client(table.Open(t, c)), table.Runs, nil, c)
	ref := execution.Ref{Tenant: "ten_a", ID: "exe_a"}
	create(t, r, ref, "wf_a", noon)
	big := strings.Repeat("x", 450<<10)
	for name, write := range map[string]func() error{
		"update": func() error {
			_, err := r.Bind(t.Context(), execution.Guard{Ref: ref, Generation: 1, MachineRun: big}, noon, noon)
			return err
		},
		"transaction": func() error {
			_, err := r.Settle(t.Context(), execution.Settlement{
				Guard: execution.Guard{Ref: ref}, AnyGeneration: true, From: execution.Queued, Status: execution.Failed,
				Failure: &execution.Failure{Message: big}, Now: noon,
			})
			return err
		},
	} {
		if err := write(); !fault.Is(err, fault.Invalid) || fault.Of(err).Code != fault.CodePayloadTooLarge {
			t.Errorf("%s: %v; want PAYLOAD_TOO_LARGE", name, err)
		}
	}
}
