package service

import (
	"context"
	"regexp"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func postgresV1() node.Type {
	on := func(operations ...any) map[string][]any { return map[string][]any{"operation": operations} }
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.postgres", Versions: []float64{1}, Name: "Postgres",
			Description: "Reads and changes data in PostgreSQL.",
			Group:       "input", Family: node.Data, Inputs: main1, Outputs: main1, Credentials: []string{"postgres"},
			Params: []node.Param{
				{Name: "operation", Type: "options", Default: "insert", Options: options("executeQuery", "insert", "update")},
				{Name: "query", Type: "string", Default: "", Show: on("executeQuery")},
				{Name: "schema", Type: "string", Default: "public", Show: on("insert", "update")},
				{Name: "table", Type: "string", Default: "", Show: on("insert", "update")},
				{Name: "updateKey", Type: "string", Default: "id", Show: on("update")},
				{Name: "columns", Type: "string", Default: "", Show: on("insert", "update"), Description: "Fields that are columns, each perhaps with a type: name:text"},
				{Name: "returnFields", Type: "string", Default: "*", Show: on("insert", "update")},
				{Name: "additionalFields", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					{Name: "mode", Type: "options", Default: "multiple", Options: options("multiple", "independently", "transaction")},
					{Name: "queryParams", Type: "string", Description: "Fields of the item that $1, $2 stand for"},
					{Name: "largeNumbersOutput", Type: "options", Default: "text", Options: options("text", "numbers")},
				}},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{idempotency}},
			},
		},
		Uses:   usesPostgres,
		Run:    runPostgresV1,
		Effect: effectOf(),
	}
}

func runPostgresV1(ctx context.Context, c *node.Call) (node.Result, error) {
	n, err := openPostgres(ctx, c)
	if err != nil {
		return node.Result{}, err
	}
	defer n.conn.Close()
	var queries []query
	for i, it := range c.Items() {
		q, err := n.buildV1(c.At(i), it)
		if err != nil {
			return node.Result{}, node.AtItem(i, err)
		}
		queries = append(queries, q)
	}
	out, err := n.run(queries)
	return node.Result{Outputs: [][]workflow.Item{out}}, err
}

func (n *sqlNode) buildV1(r *node.Reader, it workflow.Item) (query, error) {
	w := &writer{lex: n.lex}
	operation := r.String("operation", "insert")
	from := n.lex.name(r.String("schema", "public")) + "." + n.lex.name(table(r, "table", ""))
	switch operation {
	case "executeQuery":
		text, err := queryText(n.Call, r)
		fields := r.Names("additionalFields.queryParams")
		if err != nil || len(fields) == 0 {
			return query{item: r.Item(), parts: []statement{{text: text}}}, err
		}
		values := make([]any, len(fields))
		for i, name := range fields {
			values[i], _ = it.JSON.Get(name)
		}
		return bound(n.lex, text, values, r.Item())
	case "insert":
		columns := castColumns(r.Names("columns"))
		w.add("INSERT INTO ", from, " (", columns.names(n.lex), ") VALUES (")
		columns.values(w, it.JSON, false)
		w.add(")")
	case "update":
		keys := castColumns(r.Names("updateKey"))
		w.add("UPDATE ", from, " SET ")
		castColumns(r.Names("columns")).values(w, it.JSON, true)
		w.add(" WHERE ")
		for i := range keys {
			if i > 0 {
				w.add(" AND ")
			}
			keys[i:i+1].values(w, it.JSON, true)
		}
	default:
		return query{}, node.Errorf("The operation \"%s\" is not supported!", operation)
	}
	w.add(" RETURNING ")
	if list := r.Names("returnFields"); len(list) == 1 && list[0] == "*" {
		w.add("*")
	} else {
		w.add(n.lex.names(list))
	}
	return w.query(r.Item()), r.Err()
}

// casts are columns as version 1 lists them: a name, perhaps a type.
type casts [][2]string

func castColumns(list []string) casts {
	out := make(casts, len(list))
	for i, s := range list {
		name, typ, _ := strings.Cut(s, ":")
		out[i] = [2]string{strings.TrimSpace(name), strings.Trim(typ, ": ")}
	}
	return out
}

func (c casts) names(lex *lexicon) string {
	names := make([]string, len(c))
	for i, x := range c {
		names[i] = x[0]
	}
	return lex.names(names)
}

// values writes the item's values, cast to their types, with the names in front if asked.
func (c casts) values(w *writer, fields *value.Object, named bool) {
	for i, x := range c {
		if i > 0 {
			w.add(", ")
		}
		if named {
			w.name(x[0]).add(" = ")
		}
		v, _ := fields.Get(x[0])
		if x[1] == "" {
			w.arg(v)
			continue
		}
		w.add("CAST(").arg(v).add(" AS ", w.lex.typeName(x[1]), ")")
	}
}

// typeName is a type that an author names; what does not look like one becomes a
// quoted name, which the server refuses.
func (l *lexicon) typeName(s string) string {
	if !typeNames.MatchString(s) {
		return l.name(s)
	}
	return s
}

var typeNames = regexp.MustCompile(`^[A-Za-z_][\w ]*(\(\d+(, ?\d+)?\))?(\[\])*$`)
