package code

import (
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

const two = `[{"json":{"a":1},"pairedItem":0},{"json":{"a":2},"pairedItem":1}]`

// each runs a test with both runners, which must behave alike.
func each(t *testing.T, f func(t *testing.T, r node.CodeRunner)) {
	t.Run("in process", func(t *testing.T) { f(t, InProcess{}) })
	t.Run("in a child", func(t *testing.T) { f(t, newPool(t, PoolOptions{})) })
}

func TestReturnForms(t *testing.T) {
	cases := map[string]struct {
		call call
		want string
	}{
		"items":                  {call{source: `return [{json:{a:1}},{json:{a:2}}]`}, `[{"a":1},{"a":2}]`},
		"bare objects":           {call{source: `return [{a:1},{a:2}]`}, `[{"a":1},{"a":2}]`},
		"one item":               {call{source: `return {json:{a:1}}`}, `[{"a":1}]`},
		"one bare object":        {call{source: `return {a:1}`}, `[{"a":1}]`},
		"null":                   {call{source: `return null`}, `[]`},
		"empty list":             {call{source: `return []`}, `[]`},
		"empty objects":          {call{source: `return [{},{}]`}, `[{},{}]`},
		"async":                  {call{source: `const x = await Promise.resolve(5); return [{json:{x}}]`}, `[{"x":5}]`},
		"all items":              {call{source: `return $input.all().map(i => ({json:{b:i.json.a*10}}))`, items: two}, `[{"b":10},{"b":20}]`},
		"items variable":         {call{source: `for (const item of $input.all()) item.json.b = 1; return $input.all()`, items: two}, `[{"a":1,"b":1},{"a":2,"b":1}]`},
		"first":                  {call{source: `return [{json: $input.first().json}]`, items: two}, `[{"a":1}]`},
		"values of all kinds":    {call{source: `return [{json:{u:undefined,n:null,d:new Date(0),nan:NaN,s:'é',l:[1,[2]]}}]`}, `[{"n":null,"d":"1970-01-01T00:00:00.000Z","nan":null,"s":"é","l":[1,[2]]}]`},
		"order of keys":          {call{source: `return [{json:{z:1,a:2,10:3,2:4}}]`}, `[{"2":4,"10":3,"z":1,"a":2}]`},
		"each item":              {call{mode: "runOnceForEachItem", source: `return {json:{b:$json.a+1}}`, items: two}, `[{"b":2},{"b":3}]`},
		"each item, bare":        {call{mode: "runOnceForEachItem", source: `return {b:$input.item.json.a}`, items: two}, `[{"b":1},{"b":2}]`},
		"each item, a comment":   {call{mode: "runOnceForEachItem", source: "// $input.all() is for all items\nreturn {b: 1}", items: two}, `[{"b":1},{"b":1}]`},
		"each item, left out":    {call{mode: "runOnceForEachItem", source: `return $json.a > 1 ? {a:$json.a} : null`, items: two}, `[{"a":2}]`},
		"function":               {call{typ: "function", version: 1, source: `items[0].json.b = items.length; return items`, items: two}, `[{"a":1,"b":2},{"a":2}]`},
		"function, one item":     {call{typ: "function", version: 1, source: `return {json:{a:1}}`}, `[{"a":1}]`},
		"function, bare object":  {call{typ: "function", version: 1, source: `return {a:1,b:2}`}, `[{"a":1,"b":2}]`},
		"function, bare objects": {call{typ: "function", version: 1, source: `return [{a:1},{b:2}]`}, `[{"a":1},{"b":2}]`},
		"function, files only":   {call{typ: "function", version: 1, source: `return [{binary:{f:{mimeType:'text/plain',data:'aGk='}}}]`}, `[{}]`},
		"function item":          {call{typ: "functionItem", version: 1, source: `item.b = item.a * 2; return item`, items: two}, `[{"a":1,"b":2},{"a":2,"b":4}]`},
		"function item, text":    {call{typ: "functionItem", version: 1, source: `return 'x'`, items: `[{"json":{"a":1}}]`}, `[{}]`},
		"version 1":              {call{typ: "code", version: 1, source: `return [{json:{a:1}}]`}, `[{"a":1}]`},
		"ai transform":           {call{typ: "aiTransform", version: 1, source: `return $input.all().filter(i => i.json.a > 1)`, items: two}, `[{"a":2}]`},
		"luxon":                  {call{source: `return [{json:{y: DateTime.fromISO('2024-02-29').plus({years:1}).toISODate()}}]`}, `[{"y":"2025-02-28"}]`},
		"jmespath":               {call{source: `return [{json:{r: $jmespath($input.all().map(i=>i.json), '[?a > ` + "`1`" + `].a')}}]`, items: two}, `[{"r":[2]}]`},
		"static data":            {call{source: `const d = $getWorkflowStaticData('global'); return [{json:{n: (d.n || 0) + 1}}]`}, `[{"n":1}]`},
		"workflow and execution": {call{source: `return [{json:{w:$workflow.name,e:$execution.id,n:$node && 1}}]`}, `[{"w":"w","e":"exe_1","n":1}]`},
	}
	each(t, func(t *testing.T, r node.CodeRunner) {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				c.call.runner = r
				if got := output(t, c.call.run(t)); got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
			})
		}
	})
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	cases := map[string]struct {
		call call
		want []string // parts of the message
		item int
		line int
	}{
		"nothing returned":       {call{source: `const a = 1`}, []string{"Code doesn't return items properly"}, -1, 0},
		"a number":               {call{source: `return 5`}, []string{"Code doesn't return items properly"}, -1, 0},
		"list of numbers":        {call{source: `return [1]`}, []string{"Code doesn't return items properly"}, -1, 0},
		"json no object":         {call{source: `return [{json:{}},{json:5}]`}, []string{"A 'json' property isn't an object", "[item 1]"}, 1, 0},
		"json is a list":         {call{source: `return [{json:[1]}]`}, []string{"A 'json' property isn't an object"}, 0, 0},
		"binary no object":       {call{source: `return [{json:{},binary:1}]`}, []string{"A 'binary' property isn't an object"}, 0, 0},
		"mixed keys":             {call{source: `return [{json:{a:1},b:2}]`}, []string{"Invalid output format", "json"}, 0, 0},
		"unknown key":            {call{source: `return [{json:{}},{b:2}]`}, []string{"Unknown top-level item key: b"}, 1, 0},
		"thrown":                 {call{source: "const a = 1;\nthrow new Error('no luck');"}, []string{"no luck", "[line 2]"}, -1, 2},
		"thrown text":            {call{source: `throw 'plain'`}, []string{"plain"}, -1, 0},
		"undefined":              {call{source: "\n\nreturn nope.x"}, []string{"nope is not defined", "[line 3]"}, -1, 3},
		"rejected":               {call{source: "await Promise.reject(new Error('later'))"}, []string{"later"}, -1, 0},
		"syntax":                 {call{source: "return [}"}, []string{"[line 1]"}, -1, 1},
		"each item, list":        {call{mode: "runOnceForEachItem", source: `return [{json:{}}]`, items: two}, []string{"Code doesn't return a single object", "An array of objects was returned."}, 0, 0},
		"each item, number":      {call{mode: "runOnceForEachItem", source: `return 5`, items: two}, []string{"Code doesn't return an object", "'5' was returned instead"}, 0, 0},
		"each item, second":      {call{mode: "runOnceForEachItem", source: `if ($json.a > 1) throw new Error('two'); return {}`, items: two}, []string{"two", "for item 1"}, 1, 1},
		"each item, all items":   {call{mode: "runOnceForEachItem", source: "// first()\nconst a = $input.first()\nreturn {}", items: two}, []string{"Can't use .first() here", "'Run Once for All Items'"}, 0, 2},
		"function, nothing":      {call{typ: "function", version: 1, source: `1`}, []string{"No data got returned"}, -1, 0},
		"function, text":         {call{typ: "function", version: 1, source: `return 'x'`}, []string{"have to contain a property named \"json\""}, 0, 0},
		"function, mixture":      {call{typ: "function", version: 1, source: `return [{json:{}},{a:1}]`}, []string{"Inconsistent item format"}, -1, 0},
		"function, json a text":  {call{typ: "function", version: 1, source: `return [{json:'x'}]`}, []string{"A 'json' property isn't an object"}, 0, 0},
		"function, thrown":       {call{typ: "function", version: 1, source: "\nthrow new Error('no luck')"}, []string{"no luck [Line 2]"}, -1, 2},
		"function item, thrown":  {call{typ: "functionItem", version: 1, source: `if (item.a > 1) throw new Error('two'); return item`, items: two}, []string{"two [Line 1 | Item Index: 1]"}, 1, 1},
		"function item, nothing": {call{typ: "functionItem", version: 1, source: `item.x = 1`}, []string{"No data got returned"}, 0, 0},
		"require":                {call{source: `const fs = require('fs'); return []`}, []string{"fs"}, -1, 1},
		"HTTP helper":            {call{source: `await this.helpers.httpRequest({url:'http://x'}); return []`}, []string{"HTTP Request"}, -1, 1},
	}
	each(t, func(t *testing.T, r node.CodeRunner) {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				c.call.runner = r
				out := c.call.run(t)
				if out.Err == nil {
					t.Fatal("it was taken")
				}
				for _, part := range c.want {
					if said := out.Run.Error.Message + ": " + out.Run.Error.Detail; !strings.Contains(said, part) {
						t.Errorf("the message %q does not say %q", said, part)
					}
				}
				if e := out.Run.Error; e.Code != fault.CodeCode || e.Item != c.item || e.Line != c.line && c.line > 0 {
					t.Errorf("%s at item %d, line %d", e.Code, e.Item, e.Line)
				}
			})
		}
	})
}

func TestPythonIsRefused(t *testing.T) {
	for _, lang := range []string{"python", "pythonNative"} {
		out := call{source: `return []`, language: lang}.run(t)
		if out.Err == nil || out.Err.Code != fault.CodeNodeTypeUnsupported || !strings.Contains(out.Err.Message, lang) {
			t.Errorf("%v", out.Err)
		}
	}
}

func TestFailuresPassedOn(t *testing.T) {
	each(t, func(t *testing.T, r node.CodeRunner) {
		out := call{runner: r, onError: workflow.OnErrorContinueRegular, mode: "runOnceForEachItem", items: two,
			source: `if ($json.a === 1) throw new Error('one'); return $json`}.run(t)
		if got := output(t, out); got != `[{"error":"one [line 1, for item 0]"},{"a":2}]` {
			t.Errorf("items: %s", got)
		}
	})
}

func TestFailuresOfOldNodesPassedOnHaveNoPlace(t *testing.T) {
	for typ, want := range map[string]string{"function": `[{"error":"no"}]`, "functionItem": `[{"error":"no"},{"error":"no"}]`} {
		out := call{typ: typ, version: 1, onError: workflow.OnErrorContinueError, items: two, source: `throw new Error('no')`}.run(t)
		if got := len(out.Run.Outputs); got != 2 {
			t.Fatalf("%s: %d outputs", typ, got)
		}
		if got := string(workflow.AppendItems(nil, out.Run.Outputs[1])); got != strings.ReplaceAll(strings.ReplaceAll(want, "{", `{"json":{`), "}", "}}") {
			t.Errorf("%s: %s", typ, got)
		}
	}
}

func TestPrintedLinesAreKept(t *testing.T) {
	each(t, func(t *testing.T, r node.CodeRunner) {
		out := call{runner: r, source: `console.log('a', 1, {b:[2]}); console.error('e'); throw new Error('x')`}.run(t)
		if got := strings.Join(out.Run.Logs, "|"); !strings.HasPrefix(got, "a 1 ") || !strings.Contains(got, "e") || len(out.Run.Logs) != 2 {
			t.Errorf("logs: %q", got)
		}
	})
}

// past is a history of one node with two runs.
type past struct{}

func (h *past) Runs(name string) int {
	if name == "Code" { // the only other node of the test's workflow is itself
		return 2
	}
	return 0
}

func (h *past) Run(name string, i int) *workflow.NodeRun {
	if name != "Code" || i < 0 || i > 1 {
		return nil
	}
	return &workflow.NodeRun{Node: name, Index: i, Status: workflow.RunCompleted,
		Outputs: [][]workflow.Item{{{JSON: value.Obj("run", float64(i))}}}}
}

func TestOtherNodesAreAskedFor(t *testing.T) {
	each(t, func(t *testing.T, r node.CodeRunner) {
		out := call{runner: r, history: &past{}, source: `return $('Code').all(0, 0).concat($('Code').all(0, 1)).map(i => ({json: i.json}))`}.run(t)
		if got := output(t, out); got != `[{"run":0},{"run":1}]` {
			t.Errorf("items: %s", got)
		}
	})
}

func TestFilesPassThroughAndCannotBeMadeUp(t *testing.T) {
	const files = `[{"json":{},"binary":{"small":{"mimeType":"text/plain","data":"aGk="},"large":{"mimeType":"text/plain","id":"ten_1/blob","bytes":100}}}]`
	each(t, func(t *testing.T, r node.CodeRunner) {
		out := call{runner: r, items: files, source: `return $input.all()`}.run(t)
		if out.Err != nil {
			t.Fatal(out.Err)
		}
		b := out.Run.Outputs[0][0].Binary
		if string(b["small"].Data) != "hi" || b["large"].Ref != "ten_1/blob" || b["large"].Size != 100 {
			t.Errorf("files: %+v", b)
		}
		out = call{runner: r, items: files, source: `return [{json:{}, binary:{x:{mimeType:'text/plain', id:'ten_2/secret'}}}]`}.run(t)
		if out.Err == nil || !strings.Contains(out.Run.Error.Detail, "was not given") {
			t.Errorf("a made-up reference gave %v", out.Err)
		}
	})
}

func TestCodeNodeEscape(t *testing.T) {
	attempts := map[string]string{
		"constructor of a function": `return [{json:{r: typeof (function(){}).constructor('return process')()}}]`,
		"global process":            `return [{json:{r: typeof process + typeof globalThis.process + typeof require}}]`,
		"main module":               `return [{json:{r: String(this && this.constructor && this.constructor.constructor('return this')().process)}}]`,
		"proto of an item":          `const p = $input.first().__proto__; return [{json:{r: typeof p?.constructor?.constructor?.('return process')?.()}}]`,
		"error stack hook":          `Error.prepareStackTrace = (e, s) => s; let s = new Error().stack; return [{json:{r: typeof s}}]`,
		"import":                    `const m = await import('fs'); return [{json:{r: typeof m}}]`,
		"environment":               `return [{json:{r: JSON.stringify($env) + typeof Deno + typeof Bun}}]`,
		"timers":                    `return [{json:{r: typeof setInterval}}]`,
	}
	each(t, func(t *testing.T, r node.CodeRunner) {
		for name, source := range attempts {
			out := call{runner: r, source: source}.run(t)
			if out.Err != nil {
				continue // refused
			}
			got := output(t, out)
			for _, bad := range []string{"object Object", "[object process]", "/work", "AWS_", "PATH"} {
				if strings.Contains(got, bad) {
					t.Errorf("%s: %s", name, got)
				}
			}
		}
	})
}

func TestReadingProcSelfEnviron(t *testing.T) {
	t.Setenv("AWS_SESSION_TOKEN", "marker-session-token")
	each(t, func(t *testing.T, r node.CodeRunner) {
		for _, source := range []string{
			`return [{json:{r: require('fs').readFileSync('/proc/self/environ', 'utf8')}}]`,
			`return [{json:{r: process.binding('fs')}}]`, `return [{json:{r: process.env}}]`,
			`return [{json:{r: $env.AWS_SESSION_TOKEN}}]`, `return [{json:{r: (await import('node:fs')).readFileSync('/proc/self/environ')}}]`,
		} {
			out := call{runner: r, source: source}.run(t)
			if out.Err == nil && strings.Contains(output(t, out), "marker") || out.Err != nil && strings.Contains(out.Err.Error(), "marker") {
				t.Errorf("%s got at the environment", source)
			}
		}
	})
}

// What one run leaves behind in the globals is not there in the next.
func TestRunsDoNotSeeEachOther(t *testing.T) {
	each(t, func(t *testing.T, r node.CodeRunner) {
		_ = call{runner: r, source: `globalThis.leak = 1; Array.prototype.leak = 2; Object.prototype.leak = 3; return []`}.run(t)
		out := call{runner: r, source: `return [{json:{g: typeof globalThis.leak, a: typeof [].leak, o: typeof ({}).leak}}]`}.run(t)
		if got := output(t, out); got != `[{"g":"undefined","a":"undefined","o":"undefined"}]` {
			t.Errorf("items: %s", got)
		}
	})
}

// n8n leaves code out that was never changed.
func TestCodeThatWasNeverWritten(t *testing.T) {
	for _, typ := range []string{"function", "functionItem"} {
		out := call{typ: typ, version: 1, items: two, untouched: true}.run(t)
		if got := output(t, out); got != `[{"a":1,"myNewField":1},{"a":2,"myNewField":1}]` {
			t.Errorf("%s: %s", typ, got)
		}
	}
}
