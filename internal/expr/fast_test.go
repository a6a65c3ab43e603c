package expr

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

var keys = []string{"a", "b", "c", "length", "toString", "x y", "0", "2", "constructor2", "valueOf"}

// data draws a JSON value.
func data(t *rapid.T, depth int) any {
	kinds := 8
	if depth <= 0 {
		kinds = 6
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return float64(rapid.IntRange(-3, 3).Draw(t, "int"))
	case 3:
		return rapid.SampledFrom([]float64{0.5, 1e21, 1e-7, -0.25, 123456789.125}).Draw(t, "float")
	case 4, 5:
		return rapid.SampledFrom([]string{"", "a", "abc", "5", " x ", "Äß😀", "b,c", "\n", "2024-01-01T00:00:00.000Z", "true"}).Draw(t, "text")
	case 6:
		list := make([]any, rapid.IntRange(0, 3).Draw(t, "len"))
		for i := range list {
			list[i] = data(t, depth-1)
		}
		return list
	default:
		o := value.NewObject(0)
		for range rapid.IntRange(0, 4).Draw(t, "keys") {
			o.Set(rapid.SampledFrom(keys).Draw(t, "key"), data(t, depth-1))
		}
		return o
	}
}

// source draws an expression that may have a direct form.
func source(t *rapid.T, depth int) string {
	if depth <= 0 {
		return rapid.SampledFrom([]string{
			"$json", "$json.a", "$json.b", "$('A').item.json", "$('A').first().json.a", `$node["A"].json`, "$input.item.json.b", "$input.last()?.json.c",
			"null", "undefined", "true", "(0)", "(7)", "(-1)", "(1.5)", `"abc"`, "''", "`t`", "$itemIndex", "$vars.v", "$vars.no", "$workflow.name", "$env.X", "$runIndex",
			"$('A').isExecuted", "$prevNode.name", "$input.first().json", "$('B').last().json.a",
		}).Draw(t, "leaf")
	}
	of := source(t, depth-1)
	switch rapid.IntRange(0, 9).Draw(t, "form") {
	case 0, 1:
		return of + "." + rapid.SampledFrom([]string{"a", "b", "c", "length", "toString", "valueOf"}).Draw(t, "dot")
	case 2:
		return of + "[" + strconv.Quote(rapid.SampledFrom(keys).Draw(t, "bracket")) + "]"
	case 3:
		return of + "[" + strconv.Itoa(rapid.IntRange(0, 3).Draw(t, "index")) + "]"
	case 4:
		return of + "?." + rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "optional")
	case 5:
		op := rapid.SampledFrom([]string{"===", "!==", "==", "!=", "+", "-", "*", "/", "%", "<", ">", "<=", ">=", "&&", "||"}).Draw(t, "op")
		return "(" + of + " " + op + " " + source(t, depth-1) + ")"
	case 6:
		return "(" + of + " ? " + source(t, depth-1) + " : " + source(t, depth-1) + ")"
	case 7:
		return "(" + rapid.SampledFrom([]string{"!", "!!", ""}).Draw(t, "not") + of + ")"
	case 8:
		return "`x ${" + of + "}\\n${" + source(t, depth-1) + "}`"
	default:
		call := rapid.SampledFrom([]string{".toString()", ".trim()", ".toLowerCase()", ".toUpperCase()", ".toJsonString()", ".join('-')", ".includes('a')", "?.trim()"}).Draw(t, "call")
		if strings.HasPrefix(call, "?.") || rapid.Bool().Draw(t, "method") {
			return of + call
		}
		return "JSON.stringify(" + of + ")"
	}
}

// TestDirectEqualsProgram compares the direct way with JavaScript on random
// expressions and data.
func TestDirectEqualsProgram(t *testing.T) {
	base := recordedScope(t)
	direct := 0
	rapid.Check(t, func(t *rapid.T) {
		scope := *base
		items := []workflow.Item{item(t), item(t)}
		scope.Inputs = [][]workflow.Item{items}
		scope.History = history{"A": {{Node: "A", Outputs: [][]workflow.Item{nil, items}, Sources: []workflow.Source{{Node: "Start"}}}}, "B": {{Node: "B", Outputs: [][]workflow.Item{items[:1]}}}}
		text := source(t, rapid.IntRange(0, 4).Draw(t, "depth"))
		if rapid.Bool().Draw(t, "template") {
			text = "-{{ " + text + " }}-"
		} else {
			text = "{{ " + text + " }}"
		}
		index := rapid.IntRange(0, 1).Draw(t, "item")
		e := NewEvaluator(t.Context(), &scope, testLimits())
		defer e.Close()
		fast, slow := newTemplate(text), newTemplate(text)
		if fast.err != nil {
			t.Fatalf("%s: %v", text, fast.err)
		}
		for _, c := range slow.chunks {
			if c.code != nil {
				if c.code.fast != nil {
					direct++
				}
				c.code.fast = nil
			}
		}
		got, want := outcomeOf(e.apply(fast, index)), outcomeOf(e.apply(slow, index))
		if got != want {
			t.Errorf("%s\ndirectly   %s\nby program %s\n$json %s", text, got, want, value.JSON(items[index].JSON))
		}
	})
	if direct == 0 {
		t.Error("nothing was evaluated directly")
	}
}

func item(t *rapid.T) workflow.Item {
	o := value.NewObject(0)
	for _, k := range []string{"a", "b", "c"} {
		if rapid.Bool().Draw(t, "has "+k) {
			o.Set(k, data(t, 2))
		}
	}
	return workflow.Item{JSON: o}
}
