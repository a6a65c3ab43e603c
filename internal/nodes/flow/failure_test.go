package flow

import "testing"

// Each node passes failures on in a form of its own, as n8n's does.
func TestFailuresOnTheErrorOutput(t *testing.T) {
	const items = `[{"json":{"n":0}},{"json":{"n":5}}]`
	for _, c := range []struct {
		typ              string
		version          float64
		parameters, want string
	}{
		{"switch", 3.2, `"mode":"expression","numberOutputs":2,"output":"={{ $json.n }}"`,
			`[{"json":{"n":0},"pairedItem":{"item":0}}] [] [{"json":{"error":"The ouput 5 is not allowed"}}]`},
		{"set", 3.4, `"assignments":{"assignments":[{"name":"x","type":"number","value":"={{ $json.n ? 'no' : 1 }}"}]}`,
			`[{"json":{"x":1},"pairedItem":{"item":0}},{"json":{"error":"'x' expects a number but we got 'no' [item 1]","pairedItem":{"item":1}}}] []`},
		{"set", 3.4, `"assignments":{"assignments":[{"name":"x","type":"number","value":"={{ $json.n ? $('Nobody').first() : 1 }}"}]}`,
			`[{"json":{"x":1},"pairedItem":{"item":0}},{"json":{"error":"Referenced node doesn't exist","pairedItem":{"item":1}}}] []`},
		{"removeDuplicates", 2, `"compare":"selectedFields","fieldsToCompare":"m"`,
			`[] [{"json":{"error":"'m' field is missing from some input items"},"error":"'m' field is missing from some input items"}]`},
	} {
		o := run(t, c.typ, c.version, `{"onError":"continueErrorOutput","parameters":{`+c.parameters+`}}`, items)
		if o.Run.Error != nil {
			t.Errorf("%s: %v", c.typ, o.Run.Error)
			continue
		}
		if got := show(o.Run.Outputs); got != c.want {
			t.Errorf("%s %s:\n gives %s\n want  %s", c.typ, c.parameters, got, c.want)
		}
	}
}

func TestMessagesOfConditionsAndOutputsAreThoseOfN8N(t *testing.T) {
	for _, c := range []struct {
		typ              string
		version          float64
		parameters, want string
	}{
		{"if", 2.2, `"conditions":{"options":{"typeValidation":"strict"},"combinator":"and","conditions":[{"leftValue":"={{ $json.a }}","rightValue":1,"operator":{"type":"number","operation":"gt"}}]}`,
			"Wrong type: 'x' is a string but was expecting a number [condition 0, item 1]"},
		{"switch", 3, `"mode":"expression","numberOutputs":2,"output":"={{ $json.b }}"`, "The ouput 2 is not allowed. "},
		{"switch", 2, `"mode":"expression","outputsAmount":2,"output":"={{ $json.b }}"`, "The ouput 2 is not allowed. It has to be between 0 and 1!"},
	} {
		o := run(t, c.typ, c.version, `{"parameters":{`+c.parameters+`}}`, `[{"json":{"a":2,"b":1}},{"json":{"a":"x","b":2}}]`)
		if o.Run.Error == nil || o.Run.Error.Message != c.want || o.Run.Error.Item != 1 {
			t.Errorf("%s %v: %+v", c.typ, c.version, o.Run.Error)
		}
	}
}
