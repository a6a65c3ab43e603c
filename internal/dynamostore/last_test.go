package dynamostore_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// TestLastRecordIsThatOfAll: wherever segments lie, on the control item or beside it,
// the last record that is read alone is the last of all that are read.
func TestLastRecordIsThatOfAll(t *testing.T) {
	c := clock.NewManual(noon)
	store := dynamostore.NewRuns(table.Client(table.Open(t, c)), table.Runs, nil, c)
	records := func(from, n int) []execution.Record {
		var out []execution.Record
		for i := range n {
			out = append(out, execution.Record{Seq: from + i, Generation: 1, Run: workflow.NodeRun{Node: fmt.Sprint("N", from+i), Status: workflow.RunCompleted}})
		}
		return out
	}
	for name, segments := range map[string]struct{ beside, on int }{"none": {0, 0}, "all on the item": {0, 3}, "all beside it": {4, 0}, "both": {4, 2}} {
		t.Run(name, func(t *testing.T) {
			ref := execution.Ref{Tenant: "ten_a", ID: ident.Execution("exe_" + strings.ReplaceAll(name, " ", "_"))}
			create(t, store, ref, "wf_a", noon)
			g := execution.Guard{Ref: ref, Generation: 1, MachineRun: "m"}
			if _, err := store.Bind(t.Context(), g, noon, noon); err != nil {
				t.Fatal(err)
			}
			if segments.beside > 0 {
				if _, err := store.Append(t.Context(), g, execution.Segment{Records: records(0, segments.beside)}); err != nil {
					t.Fatal(err)
				}
			}
			end := execution.Settlement{Guard: g, Status: execution.Completed, Now: noon}
			if segments.on > 0 {
				end.Segment.Records = records(segments.beside, segments.on)
			}
			if _, err := store.Settle(t.Context(), end); err != nil {
				t.Fatal(err)
			}
			control, err := store.Load(t.Context(), ref)
			if err != nil {
				t.Fatal(err)
			}
			all, err := store.Records(t.Context(), control, 0)
			if err != nil || len(all) != segments.beside+segments.on {
				t.Fatalf("%d records are read, want %d (%v)", len(all), segments.beside+segments.on, err)
			}
			last, err := store.Records(t.Context(), control, execution.LastRecord)
			if err != nil || len(last) != min(len(all), 1) {
				t.Fatalf("%d last records (%v)", len(last), err)
			}
			if len(last) > 0 && (last[0].Seq != all[len(all)-1].Seq || last[0].Run.Node != all[len(all)-1].Run.Node) {
				t.Errorf("the last is %d of %q, want %d of %q", last[0].Seq, last[0].Run.Node, all[len(all)-1].Seq, all[len(all)-1].Run.Node)
			}
		})
	}
}
