// Package sqltable answers SQL over items with SQLite in memory: the Merge node's
// SQL mode, where n8n has AlaSQL.
//
// # What a query may do
//
// It is the tenant's text, and runs in a process that serves other tenants too.
// It is one SELECT; an authorizer allows reading the query's own tables and calling
// functions, and nothing else: no files, no attached databases, no pragmas, no
// extensions, no schema. Lengths, depth, rows, memory and time are limited.
//
// SQLite is the one that was translated to Go from WebAssembly: its memory is a slice
// of its own, which a fault in its C code cannot leave, and it compiles in a third of
// the time of the translation from C (modernc.org/sqlite).
//
// # How values travel
//
// Numbers and texts are themselves. Objects and lists are JSON in a BLOB, which
// SQLite's JSON functions read, and are objects again in the result. A column that
// holds only true and false is declared BOOLEAN, and true or false as the value of
// an expression is JSON, so that both come out as booleans. NULL is no member: a
// row that found no partner in a LEFT JOIN has none of the partner's members.
package sqltable

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// The limits of one query.
const (
	maxTime    = 20 * time.Second
	maxQuery   = 64 << 10 // bytes
	maxColumns = 1000     // of one input
	maxMemory  = 256 << 20
)

// limits are SQLite's own (sqlite3_limit).
var limits = map[sqlite3.LimitCategory]int{
	sqlite3.LIMIT_LENGTH: 16 << 20, sqlite3.LIMIT_EXPR_DEPTH: 200, sqlite3.LIMIT_COMPOUND_SELECT: 50,
	sqlite3.LIMIT_ATTACHED: 0, sqlite3.LIMIT_LIKE_PATTERN_LENGTH: 1000, sqlite3.LIMIT_FUNCTION_ARG: 100,
	sqlite3.LIMIT_TRIGGER_DEPTH: 0, sqlite3.LIMIT_WORKER_THREADS: 0, sqlite3.LIMIT_COLUMN: 2 * maxColumns,
}

// Engine implements node.Tables.
type Engine struct{}

var _ node.Tables = Engine{}

// Query runs the query in a database of its own.
func (Engine) Query(ctx context.Context, inputs [][]*value.Object, query string) ([]*value.Object, error) {
	text, err := prepare(query, kindsOf(inputs))
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	rows, err := run(limited, inputs, text)
	var own *fault.Error
	switch {
	case err == nil || errors.As(err, &own):
		return rows, err
	case ctx.Err() != nil:
		return nil, node.TimedOut(ctx)
	case limited.Err() != nil:
		return nil, node.Errorf("The query took longer than %s. Join on fewer rows, or filter first.", maxTime)
	}
	return nil, explained(err)
}

func run(ctx context.Context, inputs [][]*value.Object, text string) (rows []*value.Object, err error) {
	defer func() {
		if p := recover(); p != nil {
			rows, err = nil, outOfMemory(p)
		}
	}()
	conn, err := sqlite3.OpenContext(sqlite3.WithMaxMemory(ctx, maxMemory), ":memory:")
	if err != nil {
		return nil, err
	}
	defer quietly(conn.Close)
	conn.SetInterrupt(ctx)
	// What a query sorts or gathers stays in its memory, and makes no files.
	if err := conn.Exec("PRAGMA temp_store = MEMORY"); err != nil {
		return nil, err
	}
	for i, objects := range inputs {
		if err := load(conn, "input"+strconv.Itoa(i+1), objects); err != nil {
			return nil, err
		}
	}
	if err := confine(conn); err != nil {
		return nil, err
	}
	query, err := compile(conn, text)
	if err != nil {
		return nil, err
	}
	defer quietly(query.Close)
	return collect(query)
}

// outOfMemory is the error that SQLite panics with when its memory is used up.
func outOfMemory(p any) error {
	if err, ok := p.(error); ok && err.Error() == "sqlite3: out of memory" {
		return node.Errorf("The query needs more than %d MB. Join on fewer rows, or filter first.", maxMemory>>20)
	}
	panic(p)
}

// quietly closes what may have no memory left to close well.
func quietly(end func() error) {
	defer func() { _ = recover() }()
	_ = end()
}

// maxLacking is how many fields that no item has a query may name.
const maxLacking = 20

var noColumn = regexp.MustCompile(`no such column: (input\d+)\.(.+)$`)

// compile reads the query. A field that no item of an input has is NULL, as it is in
// n8n: SQLite does not know it, and says so one by one.
func compile(conn *sqlite3.Conn, text string) (*sqlite3.Stmt, error) {
	query, _, err := conn.Prepare(text)
	for n := 0; n < maxLacking && err != nil; n++ {
		m := noColumn.FindStringSubmatch(err.Error())
		if m == nil {
			break
		}
		if err := addColumn(conn, m[1], m[2]); err != nil {
			return nil, err
		}
		query, _, err = conn.Prepare(text)
	}
	return query, err
}

// addColumn adds a column without values, which only this statement may.
func addColumn(conn *sqlite3.Conn, table, name string) error {
	if err := conn.SetAuthorizer(nil); err != nil {
		return err
	}
	return errors.Join(conn.Exec("ALTER TABLE "+table+" ADD COLUMN "+quoted(name)), conn.SetAuthorizer(authorize))
}

// confine leaves the connection nothing but reading.
func confine(conn *sqlite3.Conn) error {
	for id, n := range limits {
		conn.Limit(id, n)
	}
	return conn.SetAuthorizer(authorize)
}

// authorize allows what a SELECT over the inputs needs. Reading no column of a
// table has an empty table name or one of a subquery; SQLite's own tables are none
// of the tenant's.
func authorize(action sqlite3.AuthorizerActionCode, table, name, _, _ string) sqlite3.AuthorizerReturnCode {
	switch action {
	case sqlite3.AUTH_SELECT, sqlite3.AUTH_RECURSIVE:
		return sqlite3.AUTH_OK
	case sqlite3.AUTH_READ:
		if !strings.HasPrefix(strings.ToLower(table), "sqlite_") && !strings.HasPrefix(strings.ToLower(table), "pragma_") {
			return sqlite3.AUTH_OK
		}
	case sqlite3.AUTH_FUNCTION:
		if !strings.EqualFold(name, "load_extension") {
			return sqlite3.AUTH_OK
		}
	}
	return sqlite3.AUTH_DENY
}

// collect reads the rows, up to what a node's output may have.
func collect(query *sqlite3.Stmt) ([]*value.Object, error) {
	columns := query.ColumnCount()
	out := []*value.Object{}
	size := 0
	for query.Step() {
		o := value.NewObject(columns)
		for i := range columns {
			if v := outside(query, i); v != nil {
				o.Set(query.ColumnName(i), v)
			}
		}
		size += workflow.SizeOf([]workflow.Item{{JSON: o}})
		if len(out) >= node.MaxSQLRows || size > node.MaxSQLBytes {
			return nil, fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The query gives more than %d rows or %d MB. Filter or group in the query.", node.MaxSQLRows, node.MaxSQLBytes>>20)
		}
		out = append(out, o)
	}
	return out, query.Err()
}

// explained is what SQLite says of a query, which only the author can mend.
func explained(err error) error {
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "sqlite3: "), "SQL logic error: ")
	return node.WithDetail(node.Errorf("Issue while executing query: %s", text),
		"The query is one SELECT in SQLite's dialect over the tables input1, input2, …")
}
