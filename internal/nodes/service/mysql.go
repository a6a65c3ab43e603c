package service

import (
	"context"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func mySQL() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.mySql", Versions: []float64{2, 2.1, 2.2, 2.3, 2.4, 2.5}, Name: "MySQL",
			Description: "Reads and changes data in MySQL and MariaDB.",
			Group:       "input", Family: node.Data, Inputs: main1, Outputs: main1, Credentials: []string{"mySql"},
			Params: sqlParams(),
		},
		Uses:   usesMySQL,
		Run:    runMySQL,
		Effect: effectOf("select"),
	}
}

// commits are MySQL's statements that end a transaction, also by the way.
var commits = []string{
	"commit", "rollback", "begin", "start", "create", "alter", "drop", "truncate", "rename", "lock", "unlock", "grant", "revoke",
	"set", "load", "analyze", "optimize", "repair", "flush", "call",
}

func openMySQL(ctx context.Context, c *node.Call) (*sqlNode, error) {
	credential, err := c.Credential(ctx, "mySql")
	if err != nil {
		return nil, err
	}
	r := c.At(0)
	opt := node.SQLOptions{LargeNumbers: r.String("options.largeNumbersOutput", "text") == "numbers"}
	detailed := r.Bool("options.detailedOutput", false)
	if err := r.Err(); err != nil {
		return nil, err
	}
	conn, err := c.Services.MySQL.Connect(ctx, credential, opt)
	return &sqlNode{Call: c, ctx: ctx, lex: mySQLLexicon, conn: conn, successSince: 2.2, ends: commits, detailed: detailed}, err
}

func runMySQL(ctx context.Context, c *node.Call) (node.Result, error) {
	n, err := openMySQL(ctx, c)
	if err != nil {
		return node.Result{}, err
	}
	defer n.conn.Close()
	queries, err := n.mySQLQueries()
	if err != nil {
		return node.Result{}, err
	}
	out, err := n.run(queries)
	return node.Result{Outputs: [][]workflow.Item{out}}, err
}

// mySQLQueries are the statements of all items; an insert in one batch is one for all.
func (n *sqlNode) mySQLQueries() ([]query, error) {
	if r := n.At(0); r.String("operation", "insert") == "insert" && n.batching() == "single" {
		rows := make([]*value.Object, len(n.Items()))
		for i, it := range n.Items() {
			at := n.At(i)
			if rows[i] = mapped(at, it); at.Err() != nil {
				return nil, at.Err()
			}
		}
		return n.insertAll(insertHead(r), n.dotted(table(r, "table", "")), nil, rows), r.Err()
	}
	queries := make([]query, 0, len(n.Items()))
	for i, it := range n.Items() {
		q, err := n.buildMySQL(n.At(i), it)
		if err != nil {
			return nil, node.AtItem(i, err)
		}
		queries = append(queries, q)
	}
	return queries, nil
}

// insertHead is the beginning of an insert with its modifiers.
func insertHead(r *node.Reader) string {
	head := "INSERT"
	if p := r.String("options.priority", ""); p == "LOW_PRIORITY" || p == "HIGH_PRIORITY" {
		head += " " + p
	}
	if r.Bool("options.skipOnConflict", false) || r.Bool("options.ignore", false) {
		head += " IGNORE"
	}
	return head + " INTO "
}

// maxPlaceholders is MySQL's limit of a prepared statement.
const maxPlaceholders = 65535

// insertAll writes as few inserts as hold all rows; without columns they are those
// that any row has.
func (n *sqlNode) insertAll(head, into string, columns []string, rows []*value.Object) []query {
	if columns == nil {
		all := value.NewObject(8)
		for _, o := range rows {
			for k := range o.All() {
				all.Set(k, nil)
			}
		}
		columns = all.Keys()
	}
	var out []query
	each := maxPlaceholders / max(len(columns), 1)
	for start := 0; start < len(rows); start += each {
		w := &writer{lex: n.lex}
		w.add(head, into, " (", n.lex.names(columns), ") VALUES ")
		for i, o := range rows[start:min(start+each, len(rows))] {
			if i > 0 {
				w.add(", ")
			}
			w.tuple(o, columns)
		}
		out = append(out, w.query(start))
	}
	return out
}

func (n *sqlNode) buildMySQL(r *node.Reader, it workflow.Item) (query, error) {
	operation := r.String("operation", "insert")
	if operation == "executeQuery" {
		text, err := queryText(n.Call, r)
		if err != nil {
			return query{}, err
		}
		values, err := queryValues(n.Call, r)
		if err != nil {
			return query{}, err
		}
		if len(values) == 0 {
			return plainQuery(n.lex, text, r.Item()), nil
		}
		return bound(n.lex, text, values, r.Item())
	}
	name := table(r, "table", "")
	if name == "" && r.Err() == nil {
		return query{}, node.Errorf("No table is chosen.")
	}
	w := &writer{lex: n.lex}
	from := n.dotted(name)
	var err error
	switch operation {
	case "select":
		err = w.selects(r, from)
	case "deleteTable":
		err = w.remove(r, from)
	case "insert", "update", "upsert":
		err = w.writeMySQL(r, it, operation, from)
	default:
		err = node.Errorf("The operation %q of MySQL is not known.", operation)
	}
	if err == nil {
		err = r.Err()
	}
	return w.query(r.Item()), err
}

// plainQuery is a text without parameters; the server takes one statement at a time.
func plainQuery(lex *lexicon, text string, item int) query {
	q := query{item: item}
	for _, s := range lex.statements(text) {
		q.parts = append(q.parts, statement{text: s})
	}
	return q
}

// dotted quotes a table's name, with its database in front of a dot.
func (n *sqlNode) dotted(name string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		parts[i] = n.lex.name(strings.Trim(strings.TrimSpace(p), "`"))
	}
	return strings.Join(parts, ".")
}

func (w *writer) writeMySQL(r *node.Reader, it workflow.Item, operation, from string) error {
	fields := mapped(r, it)
	if operation == "insert" {
		w.add(insertHead(r), from).values(fields)
		return nil
	}
	match := matching(r)
	if len(match) == 1 && r.String("dataMode", "autoMapInputData") == "defineBelow" {
		fields = fields.Shallow()
		fields.Set(match[0], r.Value("valueToMatchOn"))
	}
	if err := matches(fields, match); err != nil {
		return err
	}
	if operation == "update" {
		w.add("UPDATE ", from, " SET ").assign(fields, ", ", match...).add(" WHERE ")
		v, _ := fields.Get(match[0])
		w.name(match[0]).add(" = ").arg(v)
		return nil
	}
	w.add("INSERT INTO ", from).values(fields).add(" ON DUPLICATE KEY UPDATE ").assign(fields, ", ", match...)
	return nil
}
