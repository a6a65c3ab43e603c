package extend

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/dop251/goja"
)

// print writes a value such that two values are deeply equal exactly if their
// prints are the same. The order of keys does not count; functions are equal
// only to themselves.
func (s *Set) print(v goja.Value) string {
	p := printer{s: s}
	p.value(v, 0)
	s.Spend(int64(len(p.out)))
	return string(p.out)
}

type printer struct {
	s   *Set
	out []byte
}

// maxPrint bounds the print of one value, in bytes.
const maxPrint = 16 << 20

func (p *printer) value(v goja.Value, depth int) {
	if depth > maxDepth || len(p.out) > maxPrint {
		p.s.Throw("the values to compare are too large or nested too deeply")
	}
	switch x := v.(type) {
	case nil:
		p.out = append(p.out, 'u')
	case goja.String:
		p.out = strconv.AppendQuote(p.out, x.String())
	case *goja.Symbol:
		p.out = fmt.Appendf(p.out, "y%p", x)
	case *goja.Object:
		p.object(x, depth)
	default:
		p.primitive(v)
	}
}

func (p *printer) primitive(v goja.Value) {
	switch n := v.Export().(type) {
	case int64:
		p.out = strconv.AppendInt(p.out, n, 10)
	case float64:
		if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
			p.out = strconv.AppendInt(p.out, int64(n), 10)
		} else {
			p.out = strconv.AppendFloat(p.out, n, 'g', -1, 64)
		}
	case nil:
		if goja.IsNull(v) {
			p.out = append(p.out, 'n')
		} else {
			p.out = append(p.out, 'u')
		}
	default:
		p.out = fmt.Appendf(p.out, "%T%v", n, n)
	}
}

func (p *printer) object(o *goja.Object, depth int) {
	switch class := o.ClassName(); {
	case callable(o):
		p.out = fmt.Appendf(p.out, "f%p", o)
	case class == "Array":
		p.out = append(p.out, '[')
		for i := range p.s.length(o) {
			p.value(at(o, i), depth+1)
			p.out = append(p.out, ',')
		}
		p.out = append(p.out, ']')
	case class == "Date":
		p.out = fmt.Appendf(p.out, "d%v", o.ToFloat())
	case class == "String" || class == "Number" || class == "Boolean" || class == "RegExp":
		p.out = fmt.Appendf(p.out, "b%s:%q", class, o.String())
	default:
		p.fields(o, class, depth)
	}
}

func (p *printer) fields(o *goja.Object, class string, depth int) {
	p.out = append(p.out, class...)
	p.out = append(p.out, '{')
	keys := o.Keys()
	slices.Sort(keys)
	for _, k := range keys {
		p.out = append(strconv.AppendQuote(p.out, k), ':')
		p.value(o.Get(k), depth+1)
		p.out = append(p.out, ',')
	}
	p.out = append(p.out, '}')
}

func itoa(i int) string { return strconv.Itoa(i) }
