package ai

import (
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

func TestFromAIGivesTheSchema(t *testing.T) {
	for text, want := range map[string]string{
		"={{ $fromAI('city') }}": `{"city":{"type":"string"}}city`,
		"={{ /*n8n-auto-generated-fromAI-override*/ $fromAI('Limit', ``, 'number') }}":                `{"Limit":{"type":"number"}}Limit`,
		`=text ~ "{{ $fromAI('title', 'of the issue, in short', 'string', '') }}" AND x`:              `{"title":{"type":"string","description":"of the issue, in short","default":""}}`,
		`={{ $fromAI("a", "it's (new)", "boolean", false) }}{{ $fromai('b', 'say \'hi\'', 'json') }}`: `{"a":{"type":"boolean","description":"it's (new)","default":false},"b":{"type":"object","description":"say 'hi'"}}b`,
		"{{ $fromAI(\"sql_query\", `SQL\nQuery`) }}":                                                  `{"sql_query":{"type":"string","description":"SQL\nQuery"}}sql_query`,
		"={{ $fromAI('n', 'x', 'number', 5) }} {{ $fromAI('n', 'other') }}":                           `{"n":{"type":"number","description":"x","default":5}}`,
		"={{ $fromAI($json.key) }} {{ $fromAI() }} {{ $fromAI('open":                                  `{}`,
		"plain text": `{}`,
	} {
		a := argumentsOf(value.Obj("deep", []any{value.Obj("text", text)}))
		properties, _ := a.schema().Get("properties")
		required, _ := a.schema().Get("required")
		got := string(value.JSON(properties))
		for _, key := range required.([]any) {
			got += key.(string)
		}
		if got != want {
			t.Errorf("%s:\n%s, not\n%s", text, got, want)
		}
	}
}

func TestArgumentsAreReadAsTheirTypes(t *testing.T) {
	a := argumentsOf("{{ $fromAI('n', '', 'number') }}{{ $fromAI('b', '', 'boolean', true) }}{{ $fromAI('o', '', 'json', '{}') }}{{ $fromAI('s', '', 'string', 'x') }}")
	for text, want := range map[string]string{
		`{"n":"5","b":"false","o":"[1]","s":7,"other":1}`: `{"n":5,"b":false,"o":[1],"s":"7"}`,
		`{"n":2.5,"b":null}`:                              `{"n":2.5}`,
		`{}`:                                              `The argument "n" is missing.`,
		``:                                                `The argument "n" is missing.`,
		`{"n":"five"}`:                                    `The argument "n" must be of type number.`,
		`{"n":1,"b":"yes"}`:                               `The argument "b" must be of type boolean.`,
		`{"n":1,"o":"{"}`:                                 `The argument "o" must be of type object.`,
		`[1]`:                                             `The arguments are not a JSON object.`,
	} {
		o, err := a.read(text)
		got := string(value.JSON(o))
		if err != nil {
			got = fault.Of(err).Message
		}
		if got != want {
			t.Errorf("%s: %s, not %s", text, got, want)
		}
	}
}
