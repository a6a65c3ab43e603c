package service

import (
	"context"
	"regexp"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// postgresLike is a database that speaks PostgreSQL's protocol, as n8n's first node for
// PostgreSQL and those made after it use one.
type postgresLike struct {
	typ, name, credential string
	versions              []float64
	schema                string // that is meant where the node does not say; "" where there are none
	noUpdate              bool
	// plainDates is the version from which days have no time; 0: never.
	plainDates float64
}

// postgresLikes are n8n's nodes of that kind.
var postgresLikes = []postgresLike{
	{typ: "postgres", name: "Postgres", credential: "postgres", versions: []float64{1}, schema: "public"},
	{typ: "timescaleDb", name: "TimescaleDB", credential: "timescaleDb", versions: []float64{1, 1.1}, schema: "public", plainDates: 1.1},
	{typ: "crateDb", name: "CrateDB", credential: "crateDb", versions: []float64{1, 1.1}, schema: "doc", plainDates: 1.1},
	{typ: "questDb", name: "QuestDB", credential: "questDb", versions: []float64{1, 1.1}, noUpdate: true, plainDates: 1.1},
}

func postgresV1() []node.Type {
	types := make([]node.Type, len(postgresLikes))
	for i, db := range postgresLikes {
		types[i] = db.nodeType()
	}
	return types
}

func (db postgresLike) nodeType() node.Type {
	on := func(operations ...any) map[string][]any { return map[string][]any{"operation": operations} }
	operations := []string{"executeQuery", "insert", "update"}
	if db.noUpdate {
		operations = operations[:2]
	}
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base." + db.typ, Versions: db.versions, Name: db.name,
			Description: "Reads and changes data in " + db.name + ".",
			Group:       "input", Family: node.Data, Inputs: main1, Outputs: main1, Credentials: []string{db.credential},
			Params: []node.Param{
				{Name: "operation", Type: "options", Default: "insert", Options: options(operations...)},
				{Name: "query", Type: "string", Default: "", Show: on("executeQuery")},
				{Name: "schema", Type: "string", Default: db.schema, Show: on("insert", "update")},
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
		Run:    db.run,
		Effect: effectOf(),
	}
}

func (db postgresLike) run(ctx context.Context, c *node.Call) (node.Result, error) {
	opt := node.SQLOptions{PlainDates: db.plainDates > 0 && c.Node.TypeVersion >= db.plainDates}
	n, err := openPostgres(ctx, c, db.credential, opt)
	if err != nil {
		return node.Result{}, err
	}
	defer n.conn.Close()
	var queries []query
	for i, it := range c.Items() {
		q, err := n.buildV1(db, c.At(i), it)
		if err != nil {
			return node.Result{}, node.AtItem(i, err)
		}
		queries = append(queries, q)
	}
	out, err := n.run(queries)
	if err == nil && db.noUpdate && c.At(0).String("operation", "insert") == "insert" {
		out, err = n.run([]query{n.everything(c.At(0))})
	}
	return node.Result{Outputs: [][]workflow.Item{out}}, err
}

// everything is QuestDB's answer to an insert, as n8n has it: its server knows no
// RETURNING, and the node gives the table.
func (n *sqlNode) everything(r *node.Reader) query {
	w := &writer{lex: n.lex}
	w.add("SELECT ")
	w.returned(r)
	w.add(" FROM ", n.lex.name(table(r, "table", "")))
	return w.query(r.Item())
}

func (n *sqlNode) buildV1(db postgresLike, r *node.Reader, it workflow.Item) (query, error) {
	w := &writer{lex: n.lex}
	operation := r.String("operation", "insert")
	from := n.lex.name(table(r, "table", ""))
	if db.schema != "" {
		from = n.lex.name(r.String("schema", db.schema)) + "." + from
	}
	switch {
	case operation == "executeQuery":
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
	case operation == "insert":
		columns := castColumns(r.Names("columns"))
		w.add("INSERT INTO ", from, " (", columns.names(n.lex), ") VALUES (")
		columns.values(w, it.JSON, false)
		w.add(")")
	case operation == "update" && !db.noUpdate:
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
	if !db.noUpdate {
		w.add(" RETURNING ")
		w.returned(r)
	}
	return w.query(r.Item()), r.Err()
}

// returned writes the columns that the node gives.
func (w *writer) returned(r *node.Reader) {
	if list := r.Names("returnFields"); len(list) > 0 && !(len(list) == 1 && list[0] == "*") {
		w.add(w.lex.names(list))
		return
	}
	w.add("*")
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
