package expr

import (
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// escapes are ways out of sandboxes that have worked elsewhere. None may give
// anything of the host, a function that makes code, or the global object.
var escapes = []string{
	`(function () { return this.process.mainModule.require('child_process').execSync('id').toString() })()`,
	`(() => this.process.mainModule.require('fs'))()`, `[].constructor.constructor('return process')()`, `(() => {}).constructor('return this')()`,
	`({}).constructor.constructor('return this')()`, `''['con' + 'structor']['con' + 'structor']('return this')()`,
	`(async () => {}).constructor('return 1')()`, `(function* () {}).constructor('yield 1')().next()`, `Function('return this')()`,
	`new Function('return this')()`, `eval('1 + 1')`, `(0, eval)('this')`, `globalThis.process`, `global.process`, `window.document`, `self.process`,
	`require('fs')`, `module.exports`, `process.binding('fs')`, `process.mainModule`, `Reflect.get(Object, 'constructor')`, `new Proxy({}, {}).x`,
	`Object.getPrototypeOf(() => {})`, `Object.getOwnPropertyDescriptor(Object, 'keys')`, `Object.defineProperty({}, 'a', {get: () => 1})`, `({}).__proto__`,
	`({})['__pro' + 'to__']`, `({}).__lookupGetter__('__proto__')`, `(({['constructor']: c}) => c)(() => 1)`, `(({constructor: c}) => c)(() => 1)`,
	`(({['const' + 'ructor']: c}) => c)(() => 1)`, `Error.prepareStackTrace = (e, s) => s`, `Error.captureStackTrace({})`, `(() => { try { null.x } catch (e) { return e.constructor } })()`,
	`(function f() { return arguments.callee.caller })()`, `(() => { with ({}) { return this } })()`, `new (class extends Function {})('return this')`,
	`Symbol.for('nodejs.util.inspect.custom').constructor`, `setTimeout(() => 1, 0)`, `fetch('http://169.254.169.254')`, `new XMLHttpRequest()`, `WebAssembly.Module`,
	`Promise.resolve(1).constructor`, `[].map.call.constructor`, `$('A').constructor.constructor('return this')()`, `$input.constructor`, `$json.toString.constructor('return 1')()`,
	`$now.constructor`, `DateTime.constructor('return this')()`, `DateTime['constru' + 'ctor']('return this')()`, `$execution.customData.set.constructor`, `$jmespath.constructor`,
	`$jmespath($json, 'constructor')`, `$jmespath($json, '"\u005f_proto__"')`, `Object.keys.apply.constructor`, `this.constructor.constructor('return this')()`, `GoError`, `%key`,
}

func TestExpressionEscape_CVE_2025_68613_CVE_2026_1470_CVE_2026_25049_CVE_2026_27577(t *testing.T) {
	scope := recordedScope(t)
	for _, source := range escapes {
		e := NewEvaluator(t.Context(), scope, testLimits())
		got, _, err := e.ResolveDefined("={{ "+source+" }}", 0)
		e.Close()
		if text := string(value.JSON(got)); err == nil && text != "null" && text != "{}" {
			t.Errorf("%s gives %s", source, text)
		}
	}
}

func TestCodeEscape_CVE_2025_68668_CVE_2026_0863_CVE_2026_49444(t *testing.T) {
	for _, source := range []string{
		`return (() => {}).constructor('return this')()`, `return eval('1')`, `return new Function('return 1')()`, `return (async () => {}).constructor('return 1')()`,
		`return (function* () {}).constructor('yield 1')().next()`, `return require('fs')`, `return require('child_process')`, `return process.env`, `return import('fs')`,
		`return Reflect.construct(Function, ['return this'])()`, `class F extends Function {}; return new F('return this')()`, `return [].at.constructor('return this')()`,
		`return globalThis.constructor.constructor('return 1')()`, `return (class {}).constructor('return 1')()`, `return new GoError('x')`,
		`return this.helpers.httpRequest({url: 'http://169.254.169.254'})`, `with ({}) { return 1 }`,
	} {
		if got, err := runCode(t, source, CodeOptions{}, 0); err == nil {
			t.Errorf("%s gives %s", source, got)
		}
	}
}

// TestErrorsDoNotTellOfTheHost looks for names of our functions and files in what
// scripts can see.
func TestErrorsDoNotTellOfTheHost(t *testing.T) {
	for _, source := range []string{
		`try { $('Unrun').first() } catch (e) { return e.stack }`, `try { 'x'.repeat(-1) } catch (e) { return e.stack }`, `return String($('A').first) + String($input.all) + $('A').all.name`,
		`return String([].join) + String(DateTime.now) + String(Buffer.from) + String(require) + String(console.log)`, `try { JSON.parse('{') } catch (e) { return e.stack + e }`,
	} {
		got, err := runCode(t, source, CodeOptions{}, 0)
		if err != nil || strings.Contains(got, "github.com") || strings.Contains(got, ".go") {
			t.Errorf("%s gives %s, %v", source, got, err)
		}
	}
}

func TestDataIsNeverAnExpression_CVE_2026_27493(t *testing.T) {
	scope := recordedScope(t)
	evil := value.Obj("a", "={{ 1 + 1 }}", "b", "{{ 1 + 1 }}", "c", "=x", "={{ 1 }}", "={{ 2 }}")
	scope.Inputs = [][]workflow.Item{{{JSON: evil, Paired: []workflow.Paired{{}}}}}
	e := NewEvaluator(t.Context(), scope, testLimits())
	defer e.Close()
	for source, want := range map[string]any{
		"={{ $json.a }}": "={{ 1 + 1 }}", "={{ $json.b }}": "{{ 1 + 1 }}", "=-{{ $json.b }}-": "-{{ 1 + 1 }}-", "={{ $json.a + '' }}": "={{ 1 + 1 }}",
		"={{ $json }}": evil, "={{ [$json.a][0].trim() }}": "={{ 1 + 1 }}", "={{ `${$json.b}` }}": "{{ 1 + 1 }}",
		"={{ JSON.parse(JSON.stringify($json)).a }}": "={{ 1 + 1 }}",
	} {
		if got, err := e.Resolve(source, 0); err != nil || !value.Equal(got, want) {
			t.Errorf("%s gives %v, %v", source, got, err)
		}
	}
	if got, err := e.Resolve("={{ $evaluateExpression($json.a) }}", 0); err == nil {
		t.Errorf("$evaluateExpression gives %v", got)
	}
	got, err := e.Resolve(value.Obj("k", "={{ $json.a }}"), 0)
	if err != nil || !value.Equal(got, value.Obj("k", "={{ 1 + 1 }}")) {
		t.Errorf("an object's field gives %v, %v", got, err)
	}
}

// TestNothingLeaksBetweenExpressions changes what it can in one expression and
// looks in the next, of the same node run.
func TestNothingLeaksBetweenExpressions(t *testing.T) {
	e := NewEvaluator(t.Context(), recordedScope(t), testLimits())
	defer e.Close()
	for _, source := range []string{
		`leak = 1`, `(() => { leak = 1; return 1 })()`, `(function () { this.leak = 1 })()`, `Math.leak = 1`, `Object.assign(Math, {leak: 1})`, `(m => { m.leak = 1 })(Math)`,
		`JSON.parse = () => 'leaked'`, `$json.n = 'leaked'`, `$json.o.a = 'leaked'`, `$json.arr.push('leaked')`, `Object.assign($json.o, {a: 'leaked'})`, `delete $json.s`,
		`$input.all()[0].json.n = 'leaked'`, `$('A').first().json.av = 'leaked'`, `$vars.v = 'leaked'`, `Array.isArray = () => 'leaked'`, `Object.freeze(Math)`, `$now = 'leaked'`,
	} {
		_, _ = e.Resolve("={{ "+source+" }}", 0) // some of these are errors, which is as well
	}
	const want = `["undefined","undefined",5,1,4,"hello world",1,"a0","V",true,5]`
	got, err := e.Resolve(`={{ [typeof leak, typeof Math.leak, $json.n, $json.o.a, $json.arr.length, $json.s, JSON.parse('1'), $('A').first().json.av, $vars.v, Array.isArray([]), $input.item.json.n] }}`, 0)
	if text := string(value.JSON(got)); err != nil || text != want {
		t.Errorf("gives %s, %v\nwant  %s", text, err, want)
	}
}
