package flow

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// query answers the author's SQL over the inputs as tables.
func (m *merger) query(ctx context.Context) ([][]workflow.Item, error) {
	if m.c.Services.Tables == nil {
		return nil, fault.New(fault.Internal, fault.CodeInternal, "The SQL mode of the node %q cannot run in this function.", m.c.Node.Name)
	}
	text := m.r.String("query", "SELECT * FROM input1 LEFT JOIN input2 ON input1.name = input2.id")
	if err := m.r.Err(); err != nil {
		return nil, err
	}
	inputs := make([][]*value.Object, len(m.in))
	for i, items := range m.in {
		inputs[i] = make([]*value.Object, len(items))
		for j, it := range items {
			inputs[i][j] = it.JSON
		}
	}
	rows, err := m.c.Services.Tables.Query(ctx, inputs, text)
	out := make([]workflow.Item, len(rows))
	for i, o := range rows {
		out[i] = workflow.Item{JSON: o}
	}
	return [][]workflow.Item{out}, err
}
