package service

import (
	"context"
	"slices"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func postgres() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.postgres", Versions: []float64{2, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7}, Name: "Postgres",
			Description: "Reads and changes data in PostgreSQL.",
			Group:       "input", Family: node.Data, Inputs: main1, Outputs: main1, Credentials: []string{"postgres"},
			Params: append(sqlParams(), []node.Param{
				{Name: "schema", Type: "resourceLocator", Default: "public"},
				{Name: "restartSequences", Type: "boolean", Default: false, Show: map[string][]any{"deleteCommand": {"truncate"}}},
			}...),
		},
		Uses:   usesPostgres,
		Run:    runPostgres,
		Effect: effectOf("select"),
	}
}

// sqlParams are the parameters that the two databases' nodes share.
func sqlParams() []node.Param {
	on := func(operations ...any) map[string][]any { return map[string][]any{"operation": operations} }
	writes := on("insert", "update", "upsert")
	return []node.Param{
		{Name: "operation", Type: "options", Default: "insert", Options: options("deleteTable", "executeQuery", "insert", "select", "update", "upsert")},
		{Name: "query", Type: "string", Default: "", Show: on("executeQuery"), Description: "$1, $2 stand for the query parameters of the options, $1:name for one as a name"},
		{Name: "table", Type: "resourceLocator", Default: ""},
		{Name: "dataMode", Type: "options", Default: "autoMapInputData", Options: options("autoMapInputData", "defineBelow"), Show: writes},
		{Name: "valuesToSend", Type: "fixedCollection", Show: writes, Fields: []node.Param{{Name: "values", Type: "collection", Fields: []node.Param{
			{Name: "column", Type: "string"}, {Name: "value", Type: "string"}}}}},
		{Name: "columnToMatchOn", Type: "string", Default: "", Show: on("update", "upsert")},
		{Name: "valueToMatchOn", Type: "string", Default: "", Show: on("update", "upsert")},
		{Name: "columns", Type: "resourceMapper", Show: writes},
		{Name: "returnAll", Type: "boolean", Default: false, Show: on("select")},
		{Name: "limit", Type: "number", Default: 50.0, Show: on("select")},
		{Name: "where", Type: "fixedCollection", Show: on("select", "deleteTable"), Fields: []node.Param{{Name: "values", Type: "collection", Fields: []node.Param{
			{Name: "column", Type: "string"}, {Name: "condition", Type: "options", Options: options("equal", "!=", "LIKE", ">", "<", ">=", "<=", "IS NULL", "IS NOT NULL")},
			{Name: "value", Type: "string"}}}}},
		{Name: "combineConditions", Type: "options", Default: "AND", Options: options("AND", "OR"), Show: on("select", "deleteTable")},
		{Name: "sort", Type: "fixedCollection", Show: on("select"), Fields: []node.Param{{Name: "values", Type: "collection", Fields: []node.Param{
			{Name: "column", Type: "string"}, {Name: "direction", Type: "options", Options: options("ASC", "DESC")}}}}},
		{Name: "deleteCommand", Type: "options", Default: "truncate", Options: options("truncate", "delete", "drop"), Show: on("deleteTable")},
		{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
			{Name: "queryBatching", Type: "options", Default: "single", Options: options("single", "independently", "transaction")},
			{Name: "queryReplacement", Type: "string", Default: "", Description: "The query parameters: a list, or values separated by commas"},
			{Name: "outputColumns", Type: "string", Description: "Columns to give back; all if none is named"},
			{Name: "largeNumbersOutput", Type: "options", Default: "text", Options: options("text", "numbers")},
			{Name: "replaceEmptyStrings", Type: "boolean", Default: false},
			{Name: "skipOnConflict", Type: "boolean", Default: false},
			{Name: "cascade", Type: "boolean", Default: false},
			{Name: "selectDistinct", Type: "boolean", Default: false},
			{Name: "detailedOutput", Type: "boolean", Default: false, Description: "MySQL: each result with its statement"},
			{Name: "priority", Type: "options", Options: options("LOW_PRIORITY", "HIGH_PRIORITY"), Description: "MySQL: of an insert"},
			idempotency,
		}},
	}
}

// endsTransaction are PostgreSQL's statements that leave a transaction, or that
// change what happens at its end.
var endsTransaction = []string{"commit", "end", "rollback", "abort", "begin", "start", "prepare"}

func openPostgres(ctx context.Context, c *node.Call, typ string, opt node.SQLOptions) (*sqlNode, error) {
	credential, err := c.Credential(ctx, typ)
	if err != nil {
		return nil, err
	}
	r := c.At(0)
	opt.LargeNumbers = r.String("options.largeNumbersOutput", r.String("additionalFields.largeNumbersOutput", "text")) == "numbers"
	if err := r.Err(); err != nil {
		return nil, err
	}
	conn, err := c.Services.Postgres.Connect(ctx, credential, opt)
	return &sqlNode{Call: c, ctx: ctx, lex: postgresLexicon, conn: conn, successSince: 2.3, ends: endsTransaction}, err
}

func runPostgres(ctx context.Context, c *node.Call) (node.Result, error) {
	n, err := openPostgres(ctx, c, "postgres", node.SQLOptions{})
	if err != nil {
		return node.Result{}, err
	}
	defer n.conn.Close()
	p := postgresNode{sqlNode: n}
	queries := make([]query, 0, len(c.Items()))
	for i, it := range c.Items() {
		q, err := p.build(c.At(i), it)
		if err != nil {
			return node.Result{}, node.AtItem(i, err)
		}
		queries = append(queries, q)
	}
	out, err := n.run(queries)
	return node.Result{Outputs: [][]workflow.Item{out}}, err
}

// postgresNode is one run of the node; it looks at each table's columns once.
type postgresNode struct {
	*sqlNode
	tables map[[2]string]map[string]column
}

// column is what has to be known of a table's column.
type column struct {
	typ      string // information_schema's data_type
	nullable bool
}

func (p *postgresNode) build(r *node.Reader, it workflow.Item) (query, error) {
	operation := r.String("operation", "insert")
	if operation == "executeQuery" {
		return p.execute(r)
	}
	schema, name := table(r, "schema", "public"), table(r, "table", "")
	if name == "" && r.Err() == nil {
		return query{}, node.Errorf("No table is chosen.")
	}
	w := &writer{lex: p.lex}
	from := p.lex.name(schema) + "." + p.lex.name(name)
	var err error
	switch operation {
	case "select":
		err = w.selects(r, from)
	case "deleteTable":
		err = w.remove(r, from)
	case "insert", "update", "upsert":
		var fields *value.Object
		if fields, err = p.fields(r, it, schema, name); err == nil {
			err = p.write(w, r, operation, from, fields)
		}
	default:
		err = node.Errorf("The operation %q of Postgres is not known.", operation)
	}
	if err == nil {
		err = r.Err()
	}
	return w.query(r.Item()), err
}

// execute is the author's own statement. Several statements with parameters go
// one by one: the server takes parameters for a single one.
func (p *postgresNode) execute(r *node.Reader) (query, error) {
	text, err := queryText(p.Call, r)
	if err != nil {
		return query{}, err
	}
	values, err := queryValues(p.Call, r)
	if err != nil || len(values) == 0 {
		return query{item: r.Item(), parts: []statement{{text: text}}}, err
	}
	return bound(p.lex, text, values, r.Item())
}

// bound is a text cut into its statements, each with its own values.
func bound(lex *lexicon, text string, values []any, item int) (query, error) {
	q := query{item: item}
	for _, s := range lex.statements(text) {
		part, args, err := lex.bind(s, values)
		if err != nil {
			return q, err
		}
		q.parts = append(q.parts, statement{part, args})
	}
	return q, nil
}

// remove writes the three ways to delete.
func (w *writer) remove(r *node.Reader, from string) error {
	cascade := ""
	if r.Bool("options.cascade", false) {
		cascade = " CASCADE"
	}
	switch command := r.String("deleteCommand", "truncate"); command {
	case "drop":
		w.add("DROP TABLE IF EXISTS ", from, cascade)
	case "truncate":
		w.add("TRUNCATE TABLE ", from)
		if r.Bool("restartSequences", false) {
			w.add(" RESTART IDENTITY")
		}
		w.add(cascade)
	case "delete":
		w.add("DELETE FROM ", from)
		return w.where(r)
	default:
		return node.Errorf("Invalid delete command, only drop, delete and truncate are supported")
	}
	return nil
}

// matching are the columns by which rows are found.
func matching(r *node.Reader) []string {
	if r.Value("columns") != nil {
		return r.Names("columns.matchingColumns")
	}
	if one := r.String("columnToMatchOn", ""); one != "" {
		return []string{one}
	}
	return nil
}

// fields are the columns that an item sets, in the form that their types want.
func (p *postgresNode) fields(r *node.Reader, it workflow.Item, schema, name string) (*value.Object, error) {
	fields := mapped(r, it).Shallow()
	if r.Value("columns") == nil && r.String("dataMode", "autoMapInputData") == "defineBelow" && r.String("operation", "insert") != "insert" {
		fields.Set(r.String("columnToMatchOn", ""), r.Value("valueToMatchOn"))
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	columns, err := p.columns(schema, name)
	if err != nil || len(columns) == 0 { // the server says what is wrong with the table
		return fields, err
	}
	for _, k := range fields.Keys() {
		v, _ := fields.Get(k)
		col, ok := columns[k]
		switch {
		case !ok:
			return nil, node.Errorf("Column '%s' does not exist in selected table", k)
		case v == nil && !col.nullable:
			return nil, node.Errorf("Column '%s' is not nullable", k)
		}
		fields.Set(k, col.convert(v))
	}
	return fields, nil
}

// convert gives a value the form that the column's type reads.
func (c column) convert(v any) any {
	switch c.typ {
	case "json", "jsonb":
		if s, ok := v.(string); ok {
			if _, err := value.Parse([]byte(s)); err == nil {
				return s
			}
		}
		if v != nil {
			return string(value.JSON(v))
		}
	case "ARRAY":
		if s, ok := v.(string); ok {
			if parsed, err := value.Parse([]byte(s)); err == nil {
				if list, ok := parsed.([]any); ok {
					return list
				}
			}
		}
		return v
	}
	if list, ok := v.([]any); ok {
		return string(value.JSON(list))
	}
	return v
}

func (p *postgresNode) columns(schema, name string) (map[string]column, error) {
	key := [2]string{schema, name}
	if known, ok := p.tables[key]; ok {
		return known, nil
	}
	res, err := p.conn.Query(p.ctx, "SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2", []any{schema, name})
	if err != nil {
		return nil, err
	}
	columns := map[string]column{}
	for _, row := range res[0].Rows {
		columns[node.Get(row, "column_name", "")] = column{node.Get(row, "data_type", ""), node.Get(row, "is_nullable", "YES") == "YES"}
	}
	if p.tables == nil {
		p.tables = map[[2]string]map[string]column{}
	}
	p.tables[key] = columns
	return columns, nil
}

// write writes an insert, an update or both.
func (p *postgresNode) write(w *writer, r *node.Reader, operation, from string, fields *value.Object) error {
	match := matching(r)
	if operation != "insert" {
		if err := matches(fields, match); err != nil {
			return err
		}
	}
	switch operation {
	case "update":
		w.add("UPDATE ", from, " SET ").assign(fields, ", ", match...)
		found := value.NewObject(len(match))
		for _, m := range match {
			v, _ := fields.Get(m)
			found.Set(m, v)
		}
		w.add(" WHERE ").assign(found, " AND ")
	case "insert":
		w.add("INSERT INTO ", from).values(fields)
		if r.Bool("options.skipOnConflict", false) {
			w.add(" ON CONFLICT DO NOTHING")
		}
	case "upsert":
		w.add("INSERT INTO ", from).values(fields).add(" ON CONFLICT (", w.lex.names(match), ") DO ")
		if slices.ContainsFunc(fields.Keys(), func(k string) bool { return !slices.Contains(match, k) }) {
			w.add("UPDATE SET ").assign(fields, ", ", match...)
		} else {
			w.add("NOTHING")
		}
	}
	w.add(" RETURNING ", w.columns(r))
	return nil
}

// matches refuses an update that would find no row, or change none.
func matches(fields *value.Object, match []string) error {
	for _, m := range match {
		if v, ok := fields.Get(m); !ok || v == nil || v == "" {
			return node.Errorf("Column to match on not found in input item. Add a column to match on or set the 'Data Mode' to 'Define Below' to define the value to match on.")
		}
	}
	switch {
	case len(match) == 0:
		return node.Errorf("No column to match on is chosen.")
	case fields.Len() <= len(match):
		return node.Errorf("Add values to update or insert to the input item or set the 'Data Mode' to 'Define Below' to define the values to insert or update.")
	}
	return nil
}
