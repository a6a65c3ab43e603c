// Package sqltable answers SQL over items with SQLite in memory: the Merge node's
// SQL mode, where n8n has AlaSQL.
//
// # What a query may do
//
// It is the tenant's text, and runs in a process that serves other tenants too.
// It is one SELECT; an authorizer allows reading the query's own tables and calling
// functions, and nothing else: no files, no attached databases, no pragmas, no
// extensions, no schema. Lengths, depth, rows and time are limited.
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
	"database/sql"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

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
)

// limits are SQLite's own (sqlite3_limit).
var limits = map[int]int{
	sqlite3.SQLITE_LIMIT_LENGTH: 16 << 20, sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200, sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
	sqlite3.SQLITE_LIMIT_ATTACHED: 0, sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1000, sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 100,
	sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0, sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0, sqlite3.SQLITE_LIMIT_COLUMN: 2 * maxColumns,
}

// Engine implements node.Tables.
type Engine struct{}

var _ node.Tables = Engine{}

// Query runs the query in a database of its own.
func (Engine) Query(ctx context.Context, inputs [][]*value.Object, query string) ([]*value.Object, error) {
	text, err := prepare(query)
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

func run(ctx context.Context, inputs [][]*value.Object, text string) ([]*value.Object, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	for i, objects := range inputs {
		if err := load(ctx, conn, "input"+strconv.Itoa(i+1), objects); err != nil {
			return nil, err
		}
	}
	if err := confine(conn); err != nil {
		return nil, err
	}
	rows, err := query(ctx, conn, text)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	return collect(rows)
}

// maxLacking is how many fields that no item has a query may name.
const maxLacking = 20

var noColumn = regexp.MustCompile(`no such column: (input\d+)\.(.+?)(?: \(\d+\))?$`)

// query begins the query. A field that no item of an input has is NULL, as it is in
// n8n: SQLite does not know it, and says so one by one before it reads anything.
func query(ctx context.Context, conn *sql.Conn, text string) (*sql.Rows, error) {
	rows, err := conn.QueryContext(ctx, text)
	for n := 0; n < maxLacking && err != nil; n++ {
		m := noColumn.FindStringSubmatch(err.Error())
		if m == nil {
			break
		}
		if err := addColumn(ctx, conn, m[1], m[2]); err != nil {
			return nil, err
		}
		rows, err = conn.QueryContext(ctx, text)
	}
	return rows, err
}

// addColumn adds a column without values, which only this statement may.
func addColumn(ctx context.Context, conn *sql.Conn, table, name string) error {
	if err := guard(conn, nil); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, "ALTER TABLE "+table+" ADD COLUMN "+quoted(name))
	return errors.Join(err, guard(conn, authorize))
}

// confine leaves the connection nothing but reading.
func confine(conn *sql.Conn) error {
	for id, n := range limits {
		if _, err := sqlite.Limit(conn, id, n); err != nil {
			return err
		}
	}
	return guard(conn, authorize)
}

// guard has every statement of the connection asked about; nil asks nobody.
func guard(conn *sql.Conn, by sqlite.AuthorizerFn) error {
	return conn.Raw(func(driver any) error {
		r, ok := driver.(sqlite.AuthorizerRegisterer)
		if !ok {
			return errors.New("the SQLite driver has no authorizer")
		}
		return r.RegisterAuthorizer(by)
	})
}

// authorize allows what a SELECT over the inputs needs. Reading no column of a
// table has an empty table name or one of a subquery; SQLite's own tables are none
// of the tenant's.
func authorize(action sqlite.AuthorizerActionCode, arg1, arg2, _, _ string) sqlite.AuthorizerReturnCode {
	switch action {
	case sqlite.AuthSelect, sqlite.AuthRecursive:
		return sqlite.AuthorizerOK
	case sqlite.AuthRead:
		if !strings.HasPrefix(strings.ToLower(arg1), "sqlite_") && !strings.HasPrefix(strings.ToLower(arg1), "pragma_") {
			return sqlite.AuthorizerOK
		}
	case sqlite.AuthFunction:
		if !strings.EqualFold(arg2, "load_extension") {
			return sqlite.AuthorizerOK
		}
	}
	return sqlite.AuthorizerDeny
}

// collect reads the rows, up to what a node's output may have.
func collect(rows *sql.Rows) ([]*value.Object, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	cells, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	out := []*value.Object{}
	size := 0
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		o := value.NewObject(len(columns))
		for i, name := range columns {
			v := outside(cells[i])
			if n, ok := v.(float64); ok && types[i].DatabaseTypeName() == "BOOLEAN" {
				v = n != 0
			}
			if v != nil {
				o.Set(name, v)
			}
		}
		size += workflow.SizeOf([]workflow.Item{{JSON: o}})
		if len(out) >= node.MaxSQLRows || size > node.MaxSQLBytes {
			return nil, fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The query gives more than %d rows or %d MB. Filter or group in the query.", node.MaxSQLRows, node.MaxSQLBytes>>20)
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

// explained is what SQLite says of a query, which only the author can mend.
func explained(err error) error {
	text := err.Error()
	text = strings.TrimPrefix(text, "SQL logic error: ")
	if i := strings.LastIndex(text, " ("); i > 0 {
		text = text[:i]
	}
	return node.WithDetail(node.Errorf("Issue while executing query: %s", text),
		"The query is one SELECT in SQLite's dialect over the tables input1, input2, …")
}
