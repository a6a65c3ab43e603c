package service

import (
	"context"
	"slices"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// statement is one that the server gets, with the values of its placeholders.
type statement struct {
	text string
	args []any
}

// query is what one item asks for: one statement or several.
type query struct {
	item  int
	parts []statement
}

// sqlNode is one run of a database node.
type sqlNode struct {
	*node.Call
	ctx  context.Context
	lex  *lexicon
	conn node.SQLConn
	// successSince is the version from which an empty result of a SELECT gives no
	// item and anything else {"success": true}.
	successSince float64
	detailed     bool // MySQL: each result with its statement
	// ends are first words of statements that end a transaction by themselves.
	ends    []string
	changed bool // an earlier query of this run has had its effect
}

// batching is how the author wants the queries of several items to run.
func (n *sqlNode) batching() string {
	r := n.At(0)
	if n.Node.TypeVersion < 2 {
		return r.String("additionalFields.mode", "multiple")
	}
	return r.String("options.queryBatching", "single")
}

// run runs the queries: "independently" each for itself, otherwise all in one
// transaction, with "transaction" reporting item by item. What came before a
// failure that is passed on is then shown although it was undone, as in n8n.
func (n *sqlNode) run(queries []query) ([]workflow.Item, error) {
	mode := n.batching()
	if mode == "independently" {
		return n.independently(queries)
	}
	out, item, err := n.together(queries, mode == "transaction")
	switch {
	case err == nil:
		return n.orSuccess(out, queries), nil
	case !n.Continues():
		return nil, node.AtItem(item, err)
	case mode == "transaction":
		return append(out, n.errorItem(item, err)), nil
	}
	return []workflow.Item{{JSON: errorOf(err)}}, nil
}

// together runs all queries in one transaction; item is that of the failed one.
func (n *sqlNode) together(queries []query, each bool) (out []workflow.Item, item int, err error) {
	err = n.atomic(queries, func() error {
		for i, q := range queries {
			rows, err := n.query(q)
			if err != nil {
				item = q.item
				return err
			}
			if each {
				rows = n.orSuccess(rows, queries[i:i+1])
			}
			out = append(out, rows...)
		}
		return nil
	})
	return out, item, err
}

func (n *sqlNode) independently(queries []query) ([]workflow.Item, error) {
	var out []workflow.Item
	for _, q := range queries {
		var rows []workflow.Item
		err := n.atomic([]query{q}, func() (err error) {
			rows, err = n.query(q)
			return err
		})
		switch {
		case err == nil:
			n.changed = true
			out = append(out, n.orSuccess(rows, []query{q})...)
		case n.Continues():
			out = append(out, n.errorItem(q.item, err))
		default:
			return nil, node.AtItem(q.item, spoilt(err, n.changed))
		}
	}
	return out, nil
}

// atomic runs work in a transaction if there is more than one statement. A
// failure before the commit was sent did nothing.
func (n *sqlNode) atomic(queries []query, work func() error) error {
	count, whole := 0, true
	for _, q := range queries {
		for _, p := range q.parts {
			count++
			whole = whole && !slices.ContainsFunc(n.lex.verbs(p.text), func(v string) bool { return slices.Contains(n.ends, v) })
		}
	}
	if count <= 1 {
		return work()
	}
	if err := n.plain("BEGIN"); err != nil {
		return node.WithOutcome(err, fault.NotSent)
	}
	err := work()
	if err == nil {
		return n.plain("COMMIT")
	}
	_ = n.plain("ROLLBACK") // on a lost connection the server does it
	if !whole {
		return spoilt(err, true)
	}
	return undone(err)
}

func (n *sqlNode) plain(text string) error {
	_, err := n.conn.Query(n.ctx, text, nil)
	return err
}

// undone is a failure whose transaction never reached its commit.
func undone(err error) error {
	f := *fault.Of(err)
	if f.Outcome != fault.Unknown {
		return err
	}
	f.Outcome = fault.NotSent
	return &f
}

// query runs the statements of one item and makes items of their rows.
func (n *sqlNode) query(q query) ([]workflow.Item, error) {
	var out []workflow.Item
	for _, p := range q.parts {
		results, err := n.conn.Query(n.ctx, p.text, p.args)
		if err != nil {
			return nil, err
		}
		for _, res := range results {
			if n.detailed {
				out = append(out, row(q.item, value.Obj("sql", p.text, "data", resultData(res))))
				continue
			}
			for _, r := range res.Rows {
				out = append(out, row(q.item, r))
			}
		}
	}
	return out, nil
}

// resultData is a result in the form of n8n's MySQL driver.
func resultData(res node.SQLResult) any {
	if !res.Selects {
		return okPacket(res)
	}
	list := make([]any, len(res.Rows))
	for i, r := range res.Rows {
		list[i] = r
	}
	return list
}

func okPacket(res node.SQLResult) *value.Object {
	return value.Obj("fieldCount", 0.0, "affectedRows", float64(res.Affected), "insertId", float64(res.InsertID), "info", "", "serverStatus", 2.0, "warningStatus", 0.0)
}

// orSuccess gives {"success": true} where queries that change something gave no rows.
func (n *sqlNode) orSuccess(out []workflow.Item, queries []query) []workflow.Item {
	if len(out) > 0 || n.Node.TypeVersion < 2 {
		return out
	}
	silent := true
	for _, q := range queries {
		for _, p := range q.parts {
			for _, verb := range n.lex.verbs(p.text) {
				silent = silent && verb == "select"
			}
		}
	}
	if n.Node.TypeVersion < n.successSince {
		silent = n.At(0).String("operation", "insert") == "select" && n.lex == postgresLexicon
	}
	if silent {
		return out
	}
	it := workflow.Item{JSON: value.Obj("success", true)}
	for i := range n.Items() {
		if each := len(queries) == 1 && len(n.Items()) > 1; !each || i == queries[0].item {
			it.Paired = append(it.Paired, workflow.Paired{Item: i})
		}
	}
	return []workflow.Item{it}
}

// errorOf is a failure in the form of n8n's database nodes.
func errorOf(err error) *value.Object {
	f := fault.Of(err)
	return value.Obj("message", f.Message, "error", value.Obj("message", f.Message, "code", string(f.Code)))
}

func (n *sqlNode) errorItem(item int, err error) workflow.Item {
	o := errorOf(err)
	o.Set("item", n.Items()[item].JSON)
	return row(item, o)
}
