package mysql

import (
	"database/sql"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// maxExact is the largest whole number up to which a float64 holds all.
const maxExact = 1 << 53

// encode gives a value the form in which the driver sends it; what has no type
// in SQL is sent as JSON.
func encode(v any) any {
	switch v := v.(type) {
	case nil, bool, string:
		return v
	case float64:
		if v == math.Trunc(v) && math.Abs(v) <= maxExact {
			return int64(v) // LIMIT takes nothing else
		}
		return v
	}
	return node.Text(v)
}

// read collects the rows within the limits.
func (c *conn) read(rows *sql.Rows) (node.SQLResult, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return node.SQLResult{}, err
	}
	res := node.SQLResult{Selects: len(types) > 0}
	cells, targets := make([]any, len(types)), make([]any, len(types))
	for i := range cells {
		targets[i] = &cells[i]
	}
	size := 0
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return res, err
		}
		row := value.NewObject(len(cells))
		for i, cell := range cells {
			if b, ok := cell.([]byte); ok {
				size += len(b)
			}
			row.Set(types[i].Name(), decode(cell, types[i].DatabaseTypeName(), c.opt))
		}
		res.Rows = append(res.Rows, row)
		if len(res.Rows) > node.MaxSQLRows || size > node.MaxSQLBytes {
			f := fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The query gives more than %d rows or %d MB. Ask for less, for example with LIMIT.", node.MaxSQLRows, node.MaxSQLBytes>>20)
			f.Outcome = fault.Unknown
			return res, f
		}
	}
	return res, rows.Err()
}

// decode reads a cell by its column's type, into what n8n's driver makes of it.
func decode(cell any, typ string, opt node.SQLOptions) any {
	switch v := cell.(type) {
	case nil:
		return nil
	case int64:
		if v > maxExact || v < -maxExact {
			return large(strconv.FormatInt(v, 10), opt)
		}
		return float64(v)
	case uint64:
		if v > maxExact {
			return large(strconv.FormatUint(v, 10), opt)
		}
		return float64(v)
	case float32:
		n, _ := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64)
		return n
	case float64:
		return v
	case []byte:
		return decodeBytes(v, typ, opt)
	case string:
		return decodeBytes([]byte(v), typ, opt)
	}
	return node.Text(value.From(cell))
}

func decodeBytes(b []byte, typ string, opt node.SQLOptions) any {
	s := string(b)
	switch typ {
	case "DECIMAL":
		return large(s, opt)
	case "JSON":
		if v, err := value.Parse(b); err == nil {
			return v
		}
	case "DATE", "DATETIME", "TIMESTAMP":
		for _, layout := range []string{"2006-01-02", "2006-01-02 15:04:05.999999"} {
			if t, err := time.Parse(layout, s); err == nil {
				return t.Format("2006-01-02T15:04:05.000Z")
			}
		}
	case "BLOB", "TINYBLOB", "MEDIUMBLOB", "LONGBLOB", "BINARY", "VARBINARY", "BIT", "GEOMETRY":
		data := make([]any, len(b))
		for i, x := range b {
			data[i] = float64(x)
		}
		return value.Obj("type", "Buffer", "data", data)
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// large is a number that a float64 may not hold exactly.
func large(s string, opt node.SQLOptions) any {
	if n, err := strconv.ParseFloat(s, 64); err == nil && opt.LargeNumbers {
		return n
	}
	return s
}
