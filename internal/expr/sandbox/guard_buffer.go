package sandbox

import (
	"github.com/dop251/goja"
)

// maxBits is the size of the largest whole number that BigInt operations may give.
const maxBits = 1 << 20

// bufferGuards are the constructors that allocate what they are told to.
var bufferGuards = map[string]func(*Box){
	"ArrayBuffer": onBuffer("ArrayBuffer", 1),
	"Int8Array":   onBuffer("Int8Array", 1), "Uint8Array": onBuffer("Uint8Array", 1), "Uint8ClampedArray": onBuffer("Uint8ClampedArray", 1),
	"Int16Array": onBuffer("Int16Array", 2), "Uint16Array": onBuffer("Uint16Array", 2),
	"Int32Array": onBuffer("Int32Array", 4), "Uint32Array": onBuffer("Uint32Array", 4), "Float32Array": onBuffer("Float32Array", 4),
	"Float64Array": onBuffer("Float64Array", 8), "BigInt64Array": onBuffer("BigInt64Array", 8), "BigUint64Array": onBuffer("BigUint64Array", 8),
	"BigInt": func(b *Box) {
		for _, name := range []string{"asIntN", "asUintN"} {
			b.before(b.VM.Get("BigInt").ToObject(b.VM), name, func(call *goja.FunctionCall) {
				if b.integer(call, 0) > maxBits {
					b.fail("size", "it makes a whole number of more than %d bits", maxBits)
				}
			})
		}
	},
}

// onBuffer puts a constructor in the place of a built-in one that allocates.
func onBuffer(name string, size int64) func(*Box) {
	return func(b *Box) {
		b.install(typed)
		orig := b.VM.Get(name).ToObject(b.VM)
		construct, ok := goja.AssertConstructor(orig)
		if !ok {
			return
		}
		guarded := b.VM.ToValue(func(call goja.ConstructorCall) *goja.Object {
			b.checkBuffer(&call, size)
			newTarget := call.NewTarget
			if newTarget != nil && newTarget.Get("prototype") == orig.Get("prototype") {
				newTarget = nil
			}
			o, err := construct(newTarget, call.Arguments...)
			if err != nil {
				panic(err)
			}
			return o
		}).ToObject(b.VM)
		proto := orig.Get("prototype").ToObject(b.VM)
		_ = guarded.DefineDataProperty("prototype", proto, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
		_ = guarded.DefineDataProperty("name", b.VM.ToValue(name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		_ = guarded.SetPrototype(orig) // from, of, isView, BYTES_PER_ELEMENT
		_ = proto.DefineDataProperty("constructor", guarded, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		_ = b.VM.GlobalObject().DefineDataProperty(name, guarded, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
}

func (b *Box) checkBuffer(call *goja.ConstructorCall, size int64) {
	v := call.Argument(0)
	if o, ok := v.(*goja.Object); ok {
		if o.ClassName() == "ArrayBuffer" {
			return
		}
		b.spendText(b.array(o) * size)
		return
	}
	if n := v.ToInteger(); n > 0 {
		b.spendText(product(n, size))
	}
}
