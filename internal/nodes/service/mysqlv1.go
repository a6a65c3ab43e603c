package service

import (
	"context"
	"slices"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func mySQLV1() node.Type {
	on := func(operations ...any) map[string][]any { return map[string][]any{"operation": operations} }
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.mySql", Versions: []float64{1}, Name: "MySQL",
			Description: "Reads and changes data in MySQL and MariaDB.",
			Group:       "input", Family: node.Data, Inputs: main1, Outputs: main1, Credentials: []string{"mySql"},
			Params: []node.Param{
				{Name: "operation", Type: "options", Default: "insert", Options: options("executeQuery", "insert", "update")},
				{Name: "query", Type: "string", Default: "", Show: on("executeQuery")},
				{Name: "table", Type: "resourceLocator", Default: "", Show: on("insert", "update")},
				{Name: "updateKey", Type: "string", Default: "id", Show: on("update")},
				{Name: "columns", Type: "string", Default: "", Show: on("insert", "update"), Description: "Fields that are columns"},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					{Name: "ignore", Type: "boolean", Default: true}, {Name: "priority", Type: "options", Options: options("LOW_PRIORITY", "HIGH_PRIORITY")}, idempotency,
				}},
			},
		},
		Uses:   usesMySQL,
		Run:    runMySQLV1,
		Effect: effectOf(),
	}
}

// runMySQLV1 gives rows, or the driver's report of what was changed.
func runMySQLV1(ctx context.Context, c *node.Call) (node.Result, error) {
	n, err := openMySQL(ctx, c)
	if err != nil {
		return node.Result{}, err
	}
	defer n.conn.Close()
	queries, err := n.mySQLQueriesV1()
	if err != nil {
		return node.Result{}, err
	}
	var out []workflow.Item
	err = n.atomic(queries, func() error {
		for _, q := range queries {
			for _, p := range q.parts {
				results, err := n.conn.Query(ctx, p.text, p.args)
				if err != nil {
					return node.AtItem(q.item, err)
				}
				for _, res := range results {
					if !res.Selects {
						out = append(out, row(q.item, okPacket(res)))
					}
					for _, r := range res.Rows {
						out = append(out, row(q.item, r))
					}
				}
			}
		}
		return nil
	})
	if err != nil && c.Continues() {
		return node.Result{Outputs: [][]workflow.Item{{node.ErrorItem(0, err)}}}, nil
	}
	return node.Result{Outputs: [][]workflow.Item{out}}, err
}

func (n *sqlNode) mySQLQueriesV1() ([]query, error) {
	r := n.At(0)
	columns := r.Names("columns")
	switch operation := r.String("operation", "insert"); operation {
	case "executeQuery":
		var out []query
		for i := range n.Items() {
			text, err := queryText(n.Call, n.At(i))
			if err != nil {
				return nil, node.AtItem(i, err)
			}
			out = append(out, plainQuery(n.lex, text, i))
		}
		return out, nil
	case "insert":
		rows := make([]*value.Object, len(n.Items()))
		for i, it := range n.Items() {
			rows[i] = it.JSON
		}
		return n.insertAll(insertHead(r), n.dotted(table(r, "table", "")), columns, rows), r.Err()
	case "update":
		key := r.String("updateKey", "id")
		if !slices.Contains(columns, key) {
			columns = append([]string{key}, columns...)
		}
		var out []query
		for i, it := range n.Items() {
			fields := value.NewObject(len(columns))
			for _, c := range columns {
				v, _ := it.JSON.Get(c)
				fields.Set(c, v)
			}
			w := &writer{lex: n.lex}
			v, _ := it.JSON.Get(key)
			w.add("UPDATE ", n.dotted(table(r, "table", "")), " SET ").assign(fields, ", ").add(" WHERE ").name(key).add(" = ").arg(v)
			out = append(out, w.query(i))
		}
		return out, r.Err()
	default:
		return nil, node.Errorf("The operation \"%s\" is not supported!", operation)
	}
}
