package sandbox

import (
	"math"
	"math/big"

	"github.com/dop251/goja"
)

// sparse is the guard of arrays that claim a giant length without elements.
const sparse = jsGuard + "sparse"

// typed is the guard of the typed arrays' own methods.
const typed = jsGuard + "typed"

// jsGuard begins the names of guards that no program can mention.
const jsGuard = "%"

// Helper returns the function that rewritten programs know by the name, nil if
// there is none. denied, if not nil, is asked about computed property names and
// may panic with an error to throw.
func (b *Box) Helper(name string, denied func(string)) goja.Value {
	var f func(goja.FunctionCall) goja.Value
	switch name {
	case helpText:
		f = b.helpText
	case helpKey:
		f = b.helpKey(denied)
	case helpSpread:
		f = func(call goja.FunctionCall) goja.Value {
			b.SpendSpread(call.Argument(0))
			return call.Argument(0)
		}
	case helpLength:
		f = b.helpLength
	case helpSource:
		f = b.helpSource
	case helpMatch:
		f = func(call goja.FunctionCall) goja.Value {
			return b.Match(call.Arguments[0], call.Arguments[1].String(), call.Arguments[2:])
		}
	case helpArith:
		f = func(call goja.FunctionCall) goja.Value {
			return b.arith(call.Arguments[0].String(), call.Arguments[1], call.Arguments[2])
		}
	default:
		return nil
	}
	return b.fn(name, f)
}

func (b *Box) helpText(call goja.FunctionCall) goja.Value {
	v := call.Argument(0)
	switch s := v.(type) {
	case goja.String:
		b.spendText(2 * int64(s.Length()))
	case *goja.Object:
		v = b.primitive(s)
		if text, ok := v.(goja.String); ok {
			b.spendText(2 * int64(text.Length()))
		}
	}
	return v
}

// primitive is ECMAScript's ToPrimitive without a hint.
func (b *Box) primitive(o *goja.Object) goja.Value {
	if f := o.GetSymbol(goja.SymToPrimitive); f != nil && !nullish(f) {
		return b.call(f, o, b.VM.ToValue("default"))
	}
	order := [2]string{"valueOf", "toString"}
	if o.ClassName() == "Date" {
		order = [2]string{"toString", "valueOf"}
	}
	for _, name := range order {
		f := o.Get(name)
		if _, ok := goja.AssertFunction(f); !ok {
			continue
		}
		v := b.call(f, o)
		if _, object := v.(*goja.Object); !object {
			return v
		}
	}
	panic(b.VM.NewTypeError("Cannot convert object to primitive value"))
}

func (b *Box) call(f goja.Value, this goja.Value, args ...goja.Value) goja.Value {
	call, ok := goja.AssertFunction(f)
	if !ok {
		panic(b.VM.NewTypeError("Symbol.toPrimitive is not a function"))
	}
	return b.result(call(this, args...))
}

func (b *Box) helpKey(denied func(string)) func(goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) goja.Value {
		v := call.Argument(0)
		switch k := v.(type) {
		case goja.String:
			b.named(k, denied)
		case *goja.Symbol:
		case *goja.Object:
			v = k.ToString()
			b.named(v.(goja.String), denied)
		default:
			if n := v.ToInteger(); n > MaxArray {
				b.install(sparse)
			}
		}
		return v
	}
}

// named sees a property name that a program has computed.
func (b *Box) named(k goja.String, denied func(string)) {
	if k.Length() > 64 {
		return // longer than any name that matters
	}
	name := k.String()
	if denied != nil {
		denied(name)
	}
	if guardsByName[name] != nil {
		b.install(texts)
		b.install(name)
	}
	if name == "exec" || name == "test" {
		b.install(jsGuard + name)
	}
	if c := name[:min(1, len(name))]; c >= "1" && c <= "9" && len(name) > 6 {
		b.install(sparse)
	}
}

func (b *Box) helpLength(call goja.FunctionCall) goja.Value {
	v := call.Argument(0)
	if _, object := v.(*goja.Object); !object {
		if _, text := v.(goja.String); !text && v.ToInteger() > MaxArray {
			b.fail("size", "it makes a list of %d elements; %d are allowed", v.ToInteger(), MaxArray)
		}
	}
	return v
}

func (b *Box) helpSource(call goja.FunctionCall) goja.Value {
	v := call.Argument(0)
	b.checkSource(v)
	if s, ok := v.(goja.String); ok {
		if from := s.String(); from != "" {
			if to := expandProperties(from, "u"); to != from {
				return b.VM.ToValue(to)
			}
		}
	}
	return v
}

// arith computes x op y where big whole numbers may take part; their size is
// checked beforehand.
func (b *Box) arith(op string, x, y goja.Value) goja.Value {
	m, ok1 := bigOf(x)
	n, ok2 := bigOf(y)
	if ok1 != ok2 {
		panic(b.VM.NewTypeError("Cannot mix BigInt and other types, use explicit conversions"))
	}
	if !ok1 {
		return b.VM.ToValue(floatArith(op, x.ToFloat(), y.ToFloat()))
	}
	if b.bits(op, m, n) > maxBits {
		b.fail("size", "it makes a whole number of more than %d bits", maxBits)
	}
	switch op {
	case "*":
		return b.VM.ToValue(new(big.Int).Mul(m, n))
	case "**":
		if n.Sign() < 0 {
			panic(b.VM.NewTypeError("Exponent must be non-negative"))
		}
		return b.VM.ToValue(new(big.Int).Exp(m, n, nil))
	default:
		if n.Sign() < 0 {
			return b.VM.ToValue(new(big.Int).Rsh(m, uint(min(-n.Int64(), maxBits))))
		}
		return b.VM.ToValue(new(big.Int).Lsh(m, uint(n.Int64())))
	}
}

// bigOf returns x if it is a big integer.
func bigOf(x goja.Value) (*big.Int, bool) {
	if _, object := x.(*goja.Object); object {
		return nil, false
	}
	n, ok := x.Export().(*big.Int)
	return n, ok
}

// bits is how long m op n will be, at most.
func (b *Box) bits(op string, m, n *big.Int) int64 {
	bits := int64(m.BitLen())
	by := int64(maxBits + 1)
	if n.IsInt64() {
		by = n.Int64()
	}
	switch op {
	case "*":
		return bits + int64(n.BitLen())
	case "**":
		if bits <= 1 {
			return 1
		}
		return product(bits, by)
	default:
		return bits + max(by, 0)
	}
}

func floatArith(op string, x, y float64) float64 {
	switch op {
	case "*":
		return x * y
	case "**":
		if math.IsNaN(y) || math.Abs(x) == 1 && math.IsInf(y, 0) {
			return math.NaN()
		}
		return math.Pow(x, y)
	default:
		return float64(toInt32(x) << (uint32(toInt32(y)) & 31))
	}
}

// toInt32 is ECMAScript's.
func toInt32(f float64) int32 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return int32(uint32(int64(math.Mod(math.Trunc(f), 1<<32))))
}
