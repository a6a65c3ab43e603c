package sandbox

import "testing"

func TestJSONProblemInV8sWords(t *testing.T) {
	for text, want := range map[string]string{
		"alpha value 372": `Unexpected token 'a', "alpha value 372" is not valid JSON`, "": `Unexpected end of JSON input`, "{": `Expected property name or '}' in JSON at position 1`,
		"{a:1}": `Expected property name or '}' in JSON at position 1`, `{"a"}`: `Expected ':' after property name in JSON at position 4`,
		`{"a":1,}`: `Expected double-quoted property name in JSON at position 7`, "[1,]": `Unexpected token ']', "[1,]" is not valid JSON`,
		"[1 2]": `Expected ',' or ']' after array element in JSON at position 3`, `{"a":1 "b":2}`: `Expected ',' or '}' after property value in JSON at position 7`,
		"undefined": `"undefined" is not valid JSON`, `"abc`: `Unterminated string in JSON at position 4`, "\"a\nb\"": `Bad control character in string literal in JSON at position 2`,
		`"\x"`: `Bad escaped character in JSON at position 2`, "1 2": `Unexpected non-whitespace character after JSON at position 2`,
		`{"a":tru}`: `Unexpected token '}', "{"a":tru}" is not valid JSON`, "nul": `Unexpected end of JSON input`, "01": `Unexpected number in JSON at position 1`,
		"1.": `Unterminated fractional number in JSON at position 2`, "-": `No number after minus sign in JSON at position 1`,
		"this is a much longer text that is not json at all":          `Unexpected token 'h', "this is a m"... is not valid JSON`,
		`{"key": this is a much longer text that is not json at all}`: `Unexpected token 'h', "{"key": this is a m"... is not valid JSON`,
		`{"a": 1, "b": [1, 2, x], "cccccccccccccccccccccc": 3}`:       `Unexpected token 'x', ..."": [1, 2, x], "ccccc"... is not valid JSON`,
		"[object Object]": `"[object Object]" is not valid JSON`, `["a"`: `Expected ',' or ']' after array element in JSON at position 4`,
		`{"a":"b`: `Unterminated string in JSON at position 7`, `{"a":[1,{"b":null}],"c":-1.5e+3}`: "",
	} {
		if got := jsonProblem(text); got != want {
			t.Errorf("%s\ngives %s\nwant  %s", text, got, want)
		}
	}
}
