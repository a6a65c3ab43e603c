package expr

// denied refuses the names of members that lead to prototypes and constructors,
// as n8n does.
func denied(name string) error {
	if deniedMembers[name] {
		return refusalf("it may not access %q", name)
	}
	return nil
}

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

var deniedMembers = set(
	"__proto__", "prototype", "constructor", "getPrototypeOf", "setPrototypeOf", "getOwnPropertyDescriptor",
	"getOwnPropertyDescriptors", "defineProperty", "defineProperties", "mainModule", "binding", "_linkedBinding",
	"_load", "prepareStackTrace", "__lookupGetter__", "__lookupSetter__", "__defineGetter__", "__defineSetter__",
	"caller", "callee", "arguments", "getBuiltinModule", "dlopen", "execve", "loadEnvFile", "captureStackTrace", "stackTraceLimit",
)

// globals are ECMAScript's objects that expressions use as they are.
var globals = set(
	"undefined", "NaN", "Infinity", "Object", "Array", "String", "Number", "BigInt", "Boolean", "Symbol", "RegExp", "Date",
	"Math", "JSON", "Map", "Set", "WeakMap", "WeakSet", "Error", "TypeError", "RangeError", "SyntaxError", "ReferenceError",
	"EvalError", "URIError", "AggregateError", "ArrayBuffer", "DataView", "Int8Array", "Uint8Array", "Uint8ClampedArray",
	"Int16Array", "Uint16Array", "Int32Array", "Uint32Array", "Float32Array", "Float64Array", "BigInt64Array",
	"BigUint64Array", "parseInt", "parseFloat", "isNaN", "isFinite", "encodeURI", "encodeURIComponent", "decodeURI", "decodeURIComponent",
)

// emptied are the variables that expressions see as empty objects, as in n8n:
// what leads out of a sandbox elsewhere.
var emptied = set(
	"document", "global", "window", "Window", "globalThis", "self", "alert", "prompt", "confirm", "eval", "uneval",
	"setTimeout", "setInterval", "setImmediate", "clearImmediate", "queueMicrotask", "Function", "require", "module", "Buffer",
	"__dirname", "__filename", "fetch", "XMLHttpRequest", "Promise", "Generator", "GeneratorFunction", "AsyncFunction",
	"AsyncGenerator", "AsyncGeneratorFunction", "WebAssembly", "Reflect", "Proxy", "escape", "unescape", "process", "$secrets",
	"SharedArrayBuffer", "Atomics",
)

// writing are those of changing that can change objects other than data.
var writing = set("assign", "freeze", "seal", "preventExtensions", "set")

// changing are methods that may change the data an expression is shown.
var changing = set(
	"push", "pop", "shift", "unshift", "splice", "sort", "reverse", "fill", "copyWithin", "assign", "set", "delete", "freeze",
	"seal", "preventExtensions", "$evaluateExpression",
)
