package sqltable

import (
	"math"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// load makes a table of the objects: a column for each key that any of them has.
// SQLite's names of columns know no case; of keys that differ in case alone the
// first gives the name.
func load(conn *sqlite3.Conn, table string, objects []*value.Object) error {
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
	if err := conn.Exec(create.String() + ")"); err != nil {
		return err
	}
	return insert(conn, table, index, len(columns), objects)
}

func insert(conn *sqlite3.Conn, table string, index map[string]int, columns int, objects []*value.Object) error {
	row, _, err := conn.Prepare("INSERT INTO " + table + " VALUES (?" + strings.Repeat(", ?", columns-1) + ")")
	if err != nil {
		return err
	}
	defer quietly(row.Close)
	if err := conn.Exec("BEGIN"); err != nil {
		return err
	}
	set := make([]bool, columns)
	for _, o := range objects {
		clear(set)
		if err := row.ClearBindings(); err != nil {
			return err
		}
		for k, v := range o.All() {
			i := index[strings.ToLower(k)]
			if set[i] || v == nil {
				continue
			}
			set[i] = true
			if err := bind(row, i+1, v); err != nil {
				return err
			}
		}
		if err := row.Exec(); err != nil {
			return err
		}
	}
	return conn.Exec("COMMIT")
}

func quoted(name string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(name, "\x00", ""), `"`, `""`) + `"`
}

// bind gives a parameter the value of an item, as SQLite has it.
func bind(s *sqlite3.Stmt, param int, v any) error {
	switch v := v.(type) {
	case string:
		return s.BindText(param, v)
	case bool:
		return s.BindBool(param, v)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return s.BindInt64(param, int64(v))
		}
		return s.BindFloat(param, v)
	}
	return s.BindBlob(param, value.JSON(v))
}

// outside is a value of SQLite as items have it; nil is no member.
func outside(s *sqlite3.Stmt, column int) any {
	switch s.ColumnType(column) {
	case sqlite3.INTEGER, sqlite3.FLOAT:
		v := s.ColumnFloat(column)
		if s.ColumnDeclType(column) == "BOOLEAN" {
			return v != 0
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return v
	case sqlite3.BLOB:
		v := s.ColumnBlob(column, nil)
		if parsed, err := value.Parse(v); err == nil {
			return parsed
		}
		return strings.ToValidUTF8(string(v), "\uFFFD")
	case sqlite3.TEXT:
		return strings.ToValidUTF8(s.ColumnText(column), "\uFFFD")
	}
	return nil
}
