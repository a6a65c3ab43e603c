package postgres

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// The type numbers that PostgreSQL has fixed (pg_type.dat), with those of their arrays.
const (
	oidBool, oidBytea, oidInt8, oidInt2, oidInt4, oidOID    = 16, 17, 20, 21, 23, 26
	oidJSON, oidFloat4, oidFloat8                           = 114, 700, 701
	oidDate, oidTimestamp, oidTimestamptz, oidNumeric       = 1082, 1114, 1184, 1700
	oidJSONB                                                = 3802
	oidBoolArray, oidInt2Array, oidInt4Array, oidTextArray  = 1000, 1005, 1007, 1009
	oidVarcharArray, oidInt8Array, oidFloat4A, oidFloat8A   = 1015, 1016, 1021, 1022
	oidTimestampA, oidDateA, oidTimestamptzA, oidNumericA   = 1115, 1182, 1185, 1231
	oidJSONArray, oidJSONBArray, oidUUIDArray, oidCharArray = 199, 3807, 2951, 1014
)

// elements are the types of arrays' elements; 25 is text, which stays as it is.
var elements = map[uint32]uint32{
	oidBoolArray: oidBool, oidInt2Array: oidInt2, oidInt4Array: oidInt4, oidTextArray: 25, oidVarcharArray: 25,
	oidInt8Array: oidInt8, oidFloat4A: oidFloat4, oidFloat8A: oidFloat8, oidTimestampA: oidTimestamp, oidDateA: oidDate,
	oidTimestamptzA: oidTimestamptz, oidNumericA: oidNumeric, oidJSONArray: oidJSON, oidJSONBArray: oidJSONB,
	oidUUIDArray: 25, oidCharArray: 25,
}

// encode writes a value as the text that PostgreSQL reads; nil is NULL.
func encode(v any) []byte {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return []byte(array(v))
	}
	return []byte(node.Text(v))
}

// collector reads rows within the limits, which count over all statements of a text.
type collector struct {
	opt   node.SQLOptions
	rows  int
	bytes int
}

func (c *collector) statement(r *pgconn.ResultReader) (node.SQLResult, error) {
	fields := r.FieldDescriptions()
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	res := node.SQLResult{Selects: len(fields) > 0}
	var over error
	for r.NextRow() {
		if over != nil {
			continue // the rest has to be read, or the connection is lost
		}
		values := r.Values()
		row := value.NewObject(len(values))
		for i, v := range values {
			c.bytes += len(v)
			row.Set(names[i], decode(v, fields[i].DataTypeOID, c.opt))
		}
		res.Rows = append(res.Rows, row)
		c.rows++
		over = c.limit()
	}
	tag, err := r.Close()
	res.Affected = tag.RowsAffected()
	if err == nil {
		err = over
	}
	return res, err
}

func (c *collector) limit() error {
	if c.rows <= node.MaxSQLRows && c.bytes <= node.MaxSQLBytes {
		return nil
	}
	f := fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The query gives more than %d rows or %d MB. Ask for less, for example with LIMIT.",
		node.MaxSQLRows, node.MaxSQLBytes>>20)
	f.Outcome = fault.Unknown
	return f
}

// decode reads a value in text form by its type, into what n8n's driver makes of it.
func decode(b []byte, oid uint32, opt node.SQLOptions) any {
	if b == nil {
		return nil
	}
	s := string(b)
	switch oid {
	case oidBool:
		return s == "t"
	case oidInt2, oidInt4, oidOID, oidFloat4, oidFloat8:
		return number(s)
	case oidInt8, oidNumeric:
		if opt.LargeNumbers {
			return number(s)
		}
		return s
	case oidJSON, oidJSONB:
		if v, err := value.Parse(b); err == nil {
			return v
		}
	case oidDate:
		if opt.PlainDates {
			return s
		}
		return moment(s, "2006-01-02")
	case oidTimestamp:
		return moment(s, "2006-01-02 15:04:05.999999")
	case oidTimestamptz:
		return moment(s, "2006-01-02 15:04:05.999999Z07", "2006-01-02 15:04:05.999999Z07:00", "2006-01-02 15:04:05.999999Z07:00:00")
	case oidBytea:
		return buffer(s)
	}
	if element, ok := elements[oid]; ok {
		if list, ok := parseArray(s, element, opt); ok {
			return list
		}
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// number is a float64, or the text if it is none that JSON has (NaN, Infinity).
func number(s string) any {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n != n || n > 1.7976931348623157e308 || n < -1.7976931348623157e308 {
		return s
	}
	return n
}

// moment writes a date as JavaScript does; what no layout fits (infinity, BC) stays.
func moment(s string, layouts ...string) any {
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC().Format("2006-01-02T15:04:05.000Z")
		}
	}
	return s
}

// buffer is bytes in the JSON of a Node.js Buffer.
func buffer(s string) any {
	raw, err := hex.DecodeString(strings.TrimPrefix(s, `\x`))
	if err != nil {
		return s
	}
	data := make([]any, len(raw))
	for i, b := range raw {
		data[i] = float64(b)
	}
	return value.Obj("type", "Buffer", "data", data)
}

// parseArray reads PostgreSQL's form of arrays: {a,"b,c",NULL,{…}}.
func parseArray(s string, element uint32, opt node.SQLOptions) ([]any, bool) {
	if i := strings.Index(s, "={"); i > 0 && s[0] == '[' { // bounds: [0:2]={…}
		s = s[i+1:]
	}
	p := arrayParser{s: s, element: element, opt: opt}
	list, ok := p.list(0)
	return list, ok && p.at == len(s)
}

type arrayParser struct {
	s       string
	at      int
	element uint32
	opt     node.SQLOptions
}

// maxDimensions is PostgreSQL's limit (MAXDIM).
const maxDimensions = 6

func (p *arrayParser) list(depth int) ([]any, bool) {
	if depth >= maxDimensions || !p.skip('{') {
		return nil, false
	}
	list := []any{}
	if p.skip('}') {
		return list, true
	}
	for {
		v, ok := p.member(depth)
		if !ok {
			return nil, false
		}
		list = append(list, v)
		if p.skip('}') {
			return list, true
		}
		if !p.skip(',') {
			return nil, false
		}
	}
}

func (p *arrayParser) skip(c byte) bool {
	if p.at < len(p.s) && p.s[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *arrayParser) member(depth int) (any, bool) {
	if p.at < len(p.s) && p.s[p.at] == '{' {
		return p.list(depth + 1)
	}
	if p.skip('"') {
		var b []byte
		for p.at < len(p.s) && p.s[p.at] != '"' {
			if p.s[p.at] == '\\' {
				p.at++
			}
			if p.at < len(p.s) {
				b = append(b, p.s[p.at])
				p.at++
			}
		}
		return decode(append([]byte{}, b...), p.element, p.opt), p.skip('"')
	}
	start := p.at
	for p.at < len(p.s) && p.s[p.at] != ',' && p.s[p.at] != '}' {
		p.at++
	}
	if text := p.s[start:p.at]; text != "NULL" {
		return decode([]byte(text), p.element, p.opt), text != ""
	}
	return nil, true
}

// array writes a list as PostgreSQL reads arrays; a list with objects is JSON.
func array(list []any) string {
	for _, v := range list {
		if _, ok := v.(*value.Object); ok {
			return string(value.JSON(list))
		}
	}
	var b strings.Builder
	b.WriteByte('{')
	for i, v := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		switch v := v.(type) {
		case nil:
			b.WriteString("NULL")
		case []any:
			b.WriteString(array(v))
		default:
			b.WriteString(`"` + quoteElement.Replace(node.Text(v)) + `"`)
		}
	}
	b.WriteByte('}')
	return b.String()
}

var quoteElement = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
