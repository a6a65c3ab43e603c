package expr

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
	"github.com/automatelanka/automatelanka/internal/expr/sandbox"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func TestMain(m *testing.M) {
	sandbox.SetRegexpTime(250 * time.Millisecond)
	m.Run()
}

// tight are limits that a hostile script passes soon.
func tight() Limits { return Limits{Time: 250 * time.Millisecond, Memory: 32 << 20} }

// hostile are scripts that would fill memory, never end or overflow the stack.
var hostile = map[string]string{
	"repeat":                  `'x'.repeat(1e9)`,
	"repeat of repeat":        `'x'.repeat(1e6).repeat(1e6)`,
	"repeat by another name":  `'x'['rep' + 'eat'](1e9)`,
	"repeat borrowed":         `''.repeat.call({toString: () => 'x'.repeat(1e6)}, 1e6)`,
	"padStart":                `'x'.padStart(1e9)`,
	"padEnd":                  `'x'.padEnd(1e9, 'ab')`,
	"doubling text":           `(() => { let s = 'x'; for (;;) s = s + s })()`,
	"doubling by +=":          `(() => { let s = 'x'.repeat(1000); for (;;) s += s })()`,
	"doubling a member":       `(() => { const o = {s: 'xy'}; for (;;) o.s += o.s })()`,
	"doubling a template":     "(() => { let s = 'x'; for (;;) s = `${s}${s}` })()",
	"doubling by arrays":      `(() => { let s = 'x'; for (;;) s = s + [s] })()`,
	"doubling by toString":    `(() => { let s = 'x'; const f = () => ({toString: () => s}); for (;;) s = f() + f() })()`,
	"doubling by Object":      `(() => { let s = 'x'; for (;;) s = Object(s) + Object(s) })()`,
	"doubling by concat":      `(() => { let s = 'x'; for (;;) s = s.concat(s) })()`,
	"doubling by join":        `(() => { let s = 'x'; for (;;) s = [s, s].join('') })()`,
	"doubling by replace":     `(() => { let s = 'x'; for (;;) s = s.replace(/x/g, 'xx') })()`,
	"doubling by functions":   `(d => { let s = 'x'; s = d(d(d(d(d(d(d(d(d(d(s)))))))))); s = d(d(d(d(d(d(d(d(d(d(s)))))))))); return d(d(d(d(d(d(d(d(d(d(s)))))))))) })(a => a + a)`,
	"doubling an array":       `(() => { let a = [1]; for (;;) a = a.concat(a) })()`,
	"doubling by spread":      `(() => { let a = [1]; for (;;) a = [...a, ...a] })()`,
	"push for ever":           `(() => { const a = []; for (;;) a.push({}) })()`,
	"push itself":             `(() => { const a = [1]; for (;;) a.push(...a) })()`,
	"map for ever":            `(() => { const m = new Map(); for (let i = 0;; i++) m.set(i, {}) })()`,
	"keys for ever":           `(() => { const o = {}; for (let i = 0;; i++) o['k' + i] = i })()`,
	"text in list":            `(() => { const a = []; for (;;) a.push('x'.repeat(10000)) })()`,
	"fill":                    `new Array(1e9).fill(0)`,
	"fill by length":          `(() => { const a = []; a.length = 1e9; return a.fill(0) })()`,
	"Array.from":              `Array.from({length: 1e9})`,
	"Array called":            `Array(1e9).join('x')`,
	"Array by another name":   `(A => new A(1e9).fill(1))(Array)`,
	"array index":             `(() => { const a = []; a[4e9] = 1; return a.map(x => x) })()`,
	"array by assign":         `Object.assign([], {length: 1e9}).fill(1)`,
	"array-like":              `[].forEach.call({length: 2 ** 53 - 1}, x => x)`,
	"spread of sparse":        `(() => { const a = []; a[4e9] = 1; return [...a] })()`,
	"rest of sparse":          `(() => { const a = []; a[3e9] = 1; const [...b] = a; return b })()`,
	"set of sparse":           `(() => { const a = []; a[3e9] = 1; return new Set(a) })()`,
	"math of sparse":          `(() => { const a = []; a[3e9] = 1; return Math.max(...a) })()`,
	"apply":                   `Math.max.apply(null, {length: 1e9})`,
	"text of sparse":          `(() => { const a = []; a[3e9] = 1; return '' + a })()`,
	"stringify of sparse":     `(() => { const a = []; a[3e9] = 1; return JSON.stringify(a) })()`,
	"stringify of a web":      `(() => { let a = ['x'.repeat(100)]; for (let i = 0; i < 60; i++) a = [a, a]; return JSON.stringify(a) })()`,
	"join of a web":           `(() => { let a = ['x'.repeat(100)]; for (let i = 0; i < 60; i++) a = [a, a]; return String(a) })()`,
	"flat of a web":           `(() => { let a = [1]; for (let i = 0; i < 60; i++) a = [a, a]; return a.flat(Infinity) })()`,
	"result that is a web":    `(() => { let a = [1]; for (let i = 0; i < 60; i++) a = [a, a]; return a })()`,
	"deep stringify":          `(() => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return JSON.stringify(a) })()`,
	"deep join":               `(() => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return '' + a })()`,
	"deep result":             `(() => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a })()`,
	"deep parse":              `JSON.parse('['.repeat(1e6))`,
	"wide parse":              `JSON.parse('[' + '[],'.repeat(5e6) + '1]')`,
	"parse many":              `(() => { const a = []; for (;;) a.push(JSON.parse('{"a":[1,2,3]}')) })()`,
	"recursion":               `(function f() { return f() })()`,
	"recursion by getter":     `(() => { const o = {get x() { return this_(o) }}; const this_ = v => v.x; return o.x })()`,
	"recursion by toString":   `(() => { const o = {toString() { return '' + o }}; return '' + o })()`,
	"recursion by sort":       `(f => f(f))(f => [2, 1].sort(() => f(f)))`,
	"recursion by JSON":       `(() => { const o = {toJSON() { return JSON.stringify(o) }}; return JSON.stringify(o) })()`,
	"endless loop":            `(() => { for (;;); })()`,
	"endless generator":       `[...(function* () { for (;;) yield 1 })()]`,
	"endless iterator":        `Array.from({[Symbol.iterator]: () => ({next: () => ({value: 1})})})`,
	"endless replace":         `'x'.repeat(1e5).replace(/x/g, () => 'y'.repeat(1e5))`,
	"replace by context":      "'x'.repeat(1e5).replace(/x/g, '$`')",
	"replaceAll":              `'x'.repeat(1e5).replaceAll('x', 'y'.repeat(1e5))`,
	"split to letters":        `'x'.repeat(2e7).split('')`,
	"spread of text":          `[...'x'.repeat(2e7)]`,
	"keys of text":            `Object.keys('x'.repeat(2e7))`,
	"object of text":          `({...'x'.repeat(2e7)})`,
	"match all":               `'x'.repeat(2e7).match(/x/g)`,
	"split by pattern":        `'x'.repeat(2e7).split(/x/)`,
	"normalize":               `'\uFDFA'.repeat(5e6).normalize('NFKD')`,
	"pattern that backtracks": `/^(a+)+\1$/.test('a'.repeat(50) + 'b')`,
	"pattern with lookahead":  `/^(?=(a+)+$)x/.test('a'.repeat(50) + 'b')`,
	"pattern, beyond ASCII":   `('a'.repeat(50) + 'ß').replace(/(a+)+b/g, '')`,
	"pattern, global":         `('a'.repeat(28) + 'ß').repeat(1000).replace(/(?=(a+)+b)|(a+)+b/g, 'x')`,
	"pattern, square":         `'a'.repeat(3e6).replace(/a+b|a/g, 'x')`,
	"pattern, dynamic":        `/^(a+)+\1$/['te' + 'st']('a'.repeat(50) + 'b')`,
	"pattern, large":          `new RegExp('(?:a?){1000}'.repeat(50)).test('a'.repeat(1e6))`,
	"pattern, long":           `new RegExp('('.repeat(1e6))`,
	"big power":               `2n ** 10000000n`,
	"big power assigned":      `(() => { let x = 3n; for (;;) x **= 3n })()`,
	"big product":             `(() => { let x = 3n; for (;;) x *= x })()`,
	"big shift":               `1n << 10000000000n`,
	"big from text":           `BigInt('9'.repeat(1000)) ** 100000n`,
	"ArrayBuffer":             `new ArrayBuffer(1e10)`,
	"typed array":             `new Float64Array(1e9)`,
	"typed arrays":            `(() => { const a = []; for (;;) a.push(new Uint8Array(1e6)) })()`,
	"String.raw":              `String.raw({raw: {length: 1e9}})`,
	"encodeURIComponent":      `encodeURIComponent('ü'.repeat(2e7))`,
	"numberList":              `numberList(0, 1e9)`,
	"bind":                    `(() => { let f = () => 1; for (;;) f = f.bind() })()`,
	"Object.create":           `(() => { let o = {}; for (;;) o = Object.create(o) })()`,
	"subclasses":              `(() => { let C = class {}; for (;;) { const D = C; C = class extends D {} } })()`,
	"closures":                `(() => { let f = () => 0; for (;;) { const g = f; f = () => g } })()`,
	"errors":                  `(() => { const a = []; for (;;) a.push(new Error('x'.repeat(1000))) })()`,
	"symbols":                 `(() => { const a = []; for (;;) a.push(Symbol('x'.repeat(1000))) })()`,
	"sort of many":            `Array.from({length: 1e6}, (x, i) => i).sort()`,
	"nested maps":             `Array.from({length: 2000}).map(() => Array.from({length: 2000}).map(() => ({a: 1})))`,
	"chunk":                   `'x'.repeat(2e7).split('').chunk(1)`,
	"title case":              `'a '.repeat(2e7).toTitleCase()`,
	"unique":                  `(() => { let a = [{}]; for (let i = 0; i < 25; i++) a = [a, a]; return [a, a].unique() })()`,
}

// unended are hostile scripts that may as well end within the limits.
var unended = set("pattern with lookahead", "pattern, beyond ASCII")

func TestHostileExpressions(t *testing.T) {
	for name, source := range hostile {
		t.Run(name, func(t *testing.T) {
			e := NewEvaluator(t.Context(), recordedScope(t), tight())
			defer e.Close()
			var err error
			peak, took := watched(t, func() { _, err = e.Resolve("={{ "+source+" }}", 0) })
			var f *fault.Error
			if !errors.As(err, &f) && !unended[name] {
				t.Fatalf("no error")
			}
			if f != nil && (f.Code != fault.CodeExpression || f.Kind != fault.Invalid || f.Message == "") {
				t.Errorf("%v", err)
			}
			if limit := uint64(5 * 32 << 20); peak > limit {
				t.Errorf("the heap grew by %d MB", peak>>20)
			}
			if took > mostWork {
				t.Errorf("it took %s", took)
			}
			worksAgain(t, e)
		})
	}
}

// worksAgain holds that an evaluator works after what was ended. Its limit is tight: on
// a busy machine even this may take longer now and then.
func worksAgain(t *testing.T, e *Evaluator) {
	t.Helper()
	began := clock.Real().Now()
	for {
		got, err := e.Resolve("={{ [1].map(x => x + 1)[0] }}", 0)
		if err == nil && got == 2.0 {
			return
		}
		if clock.Real().Since(began) > clocktest.Hang {
			t.Fatalf("afterwards nothing works: %v, %v", got, err)
		}
	}
}

func TestHostileCode(t *testing.T) {
	for name, source := range hostile {
		if usesExtension := set("numberList", "chunk", "title case", "unique"); usesExtension[name] {
			continue
		}
		t.Run(name, func(t *testing.T) {
			r := NewRuntime(t.Context(), recordedScope(t), tight(), CodeOptions{})
			defer r.Close()
			var err error
			peak, took := watched(t, func() { _, err = r.Run("return "+source, 0) })
			if err == nil && !unended[name] || err != nil && !isCode(err, fault.CodeCodeLimit) && !isCode(err, fault.CodeCode) {
				t.Errorf("%v", err)
			}
			if peak > 5*32<<20 || took > mostWork {
				t.Errorf("the heap grew by %d MB in %s", peak>>20, took)
			}
		})
	}
}

// mostWork is the time of processors that a hostile script may take, with the collector's
// on all of them. The time of a clock would be that of a busy machine.
const mostWork = 10 * time.Second

// worked is the time of processors that the process has taken.
func worked(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// watched runs f and returns by how much the heap grew at most, in bytes, and
// the time that it worked.
func watched(t *testing.T, f func()) (peak uint64, took time.Duration) {
	t.Helper()
	runtime.GC()
	real, base := clock.Real(), heapSize()
	var most atomic.Uint64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := real.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.Chan():
				if h := heapSize(); h > base && h-base > most.Load() {
					most.Store(h - base)
				}
			}
		}
	}()
	begin := worked(t)
	f()
	took = worked(t) - begin
	close(done)
	<-ended
	return most.Load(), took
}

func heapSize() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

func TestCancelEndsAnExpression(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	e := NewEvaluator(ctx, recordedScope(t), Limits{Time: time.Hour, Memory: 64 << 20})
	defer e.Close()
	stop := clock.Real().AfterFunc(20*time.Millisecond, cancel)
	defer stop.Stop()
	_, err := e.Resolve("={{ (() => { for (;;); })() }}", 0)
	if !fault.Is(err, fault.Cancelled) {
		t.Errorf("%v", err)
	}
}

func TestLargeDataIsNotCopied(t *testing.T) {
	big := value.NewObject(0)
	for i := range 200_000 {
		big.Set(fmt.Sprintf("key%d", i), strings.Repeat("x", 20))
	}
	big.Set("x", "found")
	scope := recordedScope(t)
	scope.Inputs = [][]workflow.Item{{{JSON: big}}}
	e := NewEvaluator(t.Context(), scope, Limits{})
	defer e.Close()
	for _, source := range []string{"={{ $json.x.trim() }}", "={{ (() => { const o = $json; return o.x })() }}", "={{ [$json].map(o => o.x)[0] }}"} {
		var got any
		peak, _ := watched(t, func() { got, _ = e.Resolve(source, 0) })
		if got != "found" || peak > 2<<20 {
			t.Errorf("%s gives %v; the heap grew by %d kB", source, got, peak>>10)
		}
	}
}
