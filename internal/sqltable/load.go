package sqltable

import (
	"context"
	"database/sql"
	"math"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// load makes a table of the objects: a column for each key that any of them has.
// SQLite's names of columns know no case; of keys that differ in case alone the
// first gives the name.
func load(ctx context.Context, conn *sql.Conn, table string, objects []*value.Object) error {
	columns, index := []string{}, map[string]int{}
	booleans := []bool{}
	for _, o := range objects {
		for k, v := range o.All() {
			i, known := index[strings.ToLower(k)]
			if !known {
				i = len(columns)
				index[strings.ToLower(k)] = i
				columns, booleans = append(columns, k), append(booleans, true)
			}
			if _, is := v.(bool); !is && v != nil {
				booleans[i] = false
			}
		}
	}
	if len(columns) > maxColumns {
		return node.Errorf("The items of %s have more than %d fields.", table, maxColumns)
	}
	if len(columns) == 0 {
		columns, booleans = []string{"_"}, []bool{false} // a table has a column
	}
	var create strings.Builder
	create.WriteString("CREATE TABLE " + table + " (")
	for i, c := range columns {
		if i > 0 {
			create.WriteString(", ")
		}
		create.WriteString(quoted(c))
		if booleans[i] {
			create.WriteString(" BOOLEAN")
		}
	}
	if _, err := conn.ExecContext(ctx, create.String()+")"); err != nil {
		return err
	}
	return insert(ctx, conn, table, index, len(columns), objects)
}

func insert(ctx context.Context, conn *sql.Conn, table string, index map[string]int, columns int, objects []*value.Object) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // of no effect behind Commit
	statement, err := tx.PrepareContext(ctx, "INSERT INTO "+table+" VALUES (?"+strings.Repeat(", ?", columns-1)+")")
	if err != nil {
		return err
	}
	row := make([]any, columns)
	for _, o := range objects {
		clear(row)
		for k, v := range o.All() {
			if i := index[strings.ToLower(k)]; row[i] == nil {
				row[i] = inside(v)
			}
		}
		if _, err := statement.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func quoted(name string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(name, "\x00", ""), `"`, `""`) + `"`
}

// inside is a value of an item as SQLite has it.
func inside(v any) any {
	switch v := v.(type) {
	case nil, string:
		return v
	case bool:
		return v
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v)
		}
		return v
	}
	return value.JSON(v)
}

// outside is a value of SQLite as items have it.
func outside(v any) any {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return v
	case []byte:
		if parsed, err := value.Parse(v); err == nil {
			return parsed
		}
		return strings.ToValidUTF8(string(v), "\uFFFD")
	case string:
		return strings.ToValidUTF8(v, "\uFFFD")
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return v
}
