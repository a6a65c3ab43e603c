package expr

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// runCode runs source in the recorded scope and returns the result as JSON.
func runCode(t *testing.T, source string, opt CodeOptions, item int) (string, error) {
	t.Helper()
	r := NewRuntime(t.Context(), recordedScope(t), testLimits(), opt)
	defer r.Close()
	v, err := r.Run(source, item)
	return string(value.JSON(v)), err
}

func TestCodeGives(t *testing.T) {
	for source, want := range map[string]string{
		`return 1`:                               `1`,
		`return`:                                 `null`,
		`return $input.all().map(i => i.json.n)`: `[5,7]`,
		`return items.length`:                    `2`,
		`for (const i of $input.all()) { i.json.x = 1 } return $input.all().map(i => i.json.x)`:  `[1,1]`,
		`items = items.slice(0, 1); return items.length`:                                         `1`,
		`const items = [1]; return items`:                                                        `[1]`,
		`$input.first().json.n = 9; return [$json.n, items[0].json.n]`:                           `[9,9]`,
		`return $('A').first().json.av`:                                                          `"a0"`,
		`return $node["A"].json.av`:                                                              `"a0"`,
		`return await Promise.all([1, Promise.resolve(2)])`:                                      `[1,2]`,
		`return Buffer.from("aGVsbG8=", "base64").toString()`:                                    `"hello"`,
		`return new Buffer("hi").toString("base64") + Buffer.from("ü").toString("hex")`:          `"aGk=c3bc"`,
		`return Buffer.concat([Buffer.from("a"), Buffer.from([98])]).toString()`:                 `"ab"`,
		`return btoa("a") + atob("YQ==")`:                                                        `"YQ==a"`,
		`return new URL("https://u:p@h.x:8443/a/b?c=1&d=%20#z").searchParams.get("d")`:           `" "`,
		`return new URLSearchParams({a: "b c", d: 1}).toString()`:                                `"a=b+c&d=1"`,
		`return require("crypto").createHash("md5").update("x").digest("hex")`:                   `"9dd4e461268c8034f5c8564e155c67a6"`,
		`return require("crypto").createHmac("sha256", "k").update("x").digest("base64").length`: `44`,
		`const c = require("node:crypto"); return [c.randomBytes(5).length, c.randomUUID().length, c.timingSafeEqual(Buffer.from("a"), Buffer.from("a")), c.randomInt(3, 4)]`: `[5,36,true,3]`,
		`const c = crypto, says = (f) => { try { f(); return "nothing" } catch (e) { return e.message } }; const h = c.createHash("sha1"); h.digest();
		return [says(() => c.timingSafeEqual(Buffer.from("a"), Buffer.from("ab"))), says(() => h.digest()), says(() => c.createHash("sha1").update(new Date(0))), says(() => c.createHash("no"))]`: `["Input buffers must have the same byte length","Digest already called","The \"data\" argument must be of type string or an instance of Buffer, TypedArray, or DataView. Received an instance of Date","Digest method not supported"]`,
		`return DateTime.fromISO("2024-01-01").toISO()`:                                    `"2024-01-01T00:00:00.000-05:00"`,
		`return $now.toISO()`:                                                              `"2024-05-06T03:08:09.123-04:00"`,
		`return new Date().toISOString()`:                                                  `"2024-05-06T07:08:09.123Z"`,
		`return $jmespath($json, "o.a")`:                                                   `1`,
		`return typeof $json.s.isEmpty`:                                                    `"undefined"`,
		`return this.getNode().name`:                                                       `"B"`,
		`return structuredClone($json.o).a`:                                                `1`,
		`try { $json.no.such } catch (e) { return e.message }`:                             `"Cannot read properties of undefined (reading 'such')"`,
		`try { $json.s.such() } catch (e) { return e.message }`:                            `"$json.s.such is not a function"`,
		`try { $('Unrun').first() } catch (e) { return e.name }`:                           `"ExpressionError"`,
		`return [new Date(0), new Map([[1, 2]]), undefined, () => 1, NaN]`:                 `["1970-01-01T00:00:00.000Z",{},null,null,null]`,
		`let n = 0; for (let i = 0; i < 1000; i++) n += i; return n`:                       `499500`,
		`return /(\d+)-(\d+)/.exec("a 12-34").slice(1)`:                                    `["12","34"]`,
		`const o = {}; for (const k of ["a", "repeat"]) o[k] = "x"["repeat"](2); return o`: `{"a":"xx","repeat":"xx"}`,
		`class P { #x = 1; get x() { return this.#x } } return new P().x`:                  `1`,
		`return globalThis.process === undefined && typeof require`:                        `"function"`,
	} {
		if got, err := runCode(t, source, CodeOptions{}, 0); err != nil || got != want {
			t.Errorf("%s\ngives %s, %v; want %s", source, got, err, want)
		}
	}
}

func TestCodeForEachItem(t *testing.T) {
	r := NewRuntime(t.Context(), recordedScope(t), testLimits(), CodeOptions{EachItem: true})
	defer r.Close()
	for i, want := range []string{`[5,5,0]`, `[7,7,1]`} {
		v, err := r.Run(`return [$json.n, item.json.n, $itemIndex]`, i)
		if got := string(value.JSON(v)); err != nil || got != want {
			t.Errorf("item %d gives %s, %v; want %s", i, got, err, want)
		}
	}
	if _, err := r.Run(`return items`, 0); err == nil || !strings.Contains(err.Error(), "items is not defined") {
		t.Errorf("items is there: %v", err)
	}
}

func TestLegacyFunctionItem(t *testing.T) {
	got, err := runCode(t, `item.n = item.n + 1; return item.n`, CodeOptions{EachItem: true, Legacy: "functionItem"}, 1)
	if err != nil || got != "8" {
		t.Errorf("gives %s, %v", got, err)
	}
}

func TestCodeErrorsNameTheLine(t *testing.T) {
	for source, want := range map[string]int{
		"\n\nthrow new Error('x')":           3,
		"const a = 1;\nreturn $json.no.such": 2,
		"await null;\n\nfoo.bar":             3,
		"const x = ;":                        1,
		"return 1\n}":                        2,
		"const f = () => {\n throw new Error('x')\n};\nawait Promise.resolve();\nf()": 2,
		"return $('Unrun').first()": 1,
	} {
		_, err := runCode(t, source, CodeOptions{}, 0)
		if got := Line(err); got != want || !isCode(err, fault.CodeCode) {
			t.Errorf("%q: line %d, want %d: %v", source, got, want, err)
		}
	}
}

func isCode(err error, code fault.Code) bool {
	var f *fault.Error
	return errors.As(err, &f) && f.Code == code
}

func TestCodeLimitsAreTold(t *testing.T) {
	limits := testLimits()
	limits.Time, limits.Clock = 100*time.Millisecond, nil
	for _, source := range []string{
		`for (;;);`, `await new Promise(() => { for (;;); })`, `const f = () => Promise.resolve().then(f); await f()`,
		`await new Promise(r => setTimeout(r, 1e6))`, `setInterval(() => {}, 1); await new Promise(() => {})`,
	} {
		r := NewRuntime(t.Context(), recordedScope(t), limits, CodeOptions{})
		if _, err := r.Run(source, 0); !isCode(err, fault.CodeCodeLimit) {
			t.Errorf("%s: %v", source, err)
		}
		r.Close()
	}
}

func TestCodeWaitsForTimers(t *testing.T) {
	limits := testLimits()
	limits.Clock = nil
	r := NewRuntime(t.Context(), recordedScope(t), limits, CodeOptions{})
	defer r.Close()
	const source = `const seen = []; const sleep = (ms, x) => new Promise(r => setTimeout(() => { seen.push(x); r() }, ms));
		const gone = setTimeout(() => seen.push("never"), 1); clearTimeout(gone);
		await Promise.all([sleep(3, "b"), sleep(1, "a")]); return seen`
	if v, err := r.Run(source, 0); err != nil || string(value.JSON(v)) != `["a","b"]` {
		t.Errorf("%s, %v", value.JSON(v), err)
	}
}

func TestCodePromiseThatNothingSettles(t *testing.T) {
	if _, err := runCode(t, `await new Promise(() => {})`, CodeOptions{}, 0); !isCode(err, fault.CodeCode) {
		t.Errorf("%v", err)
	}
}

func TestConsoleIsPrinted(t *testing.T) {
	var got []string
	_, err := runCode(t, `console.log("a", 1, {b: [2]}, null); console.error(new Error("x").message); return null`,
		CodeOptions{Print: func(s string) { got = append(got, s) }}, 0)
	if want := []string{`a 1 {"b":[2]} null`, "x"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("printed %q, %v; want %q", got, err, want)
	}
}

func TestStaticDataIsKept(t *testing.T) {
	r := NewRuntime(t.Context(), recordedScope(t), testLimits(), CodeOptions{
		StaticData: func(string) *value.Object { return value.Obj("n", 1.0) },
	})
	defer r.Close()
	if _, err := r.Run(`const d = $getWorkflowStaticData("global"); d.n++; d.new = [1]`, 0); err != nil {
		t.Fatal(err)
	}
	got, ok := r.Static("global")
	if want := value.Obj("n", 2.0, "new", []any{1.0}); !ok || !value.Equal(got, want) {
		t.Errorf("left %s", value.JSON(got))
	}
	if _, ok := r.Static("node"); ok {
		t.Error("data that was not asked for is there")
	}
}
