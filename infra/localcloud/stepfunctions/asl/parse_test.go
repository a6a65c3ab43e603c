package asl

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// within makes a definition of one state S and further states.
func within(state, more string) string {
	return `{"StartAt":"S","States":{"S":` + state + more + `}}`
}

func TestDefinitionsThatAreRefused(t *testing.T) {
	const lambda = `"Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f"}`
	end := `,"D":{"Type":"Succeed"}`
	for _, c := range []struct{ name, definition, want string }{
		{"no object", `[]`, "SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object"},
		{"no JSON", `not`, "INVALID_JSON_DESCRIPTION: invalid JSON: unrecognized token at byte 0"},
		{"empty", `{}`, "SCHEMA_VALIDATION_FAILED: These fields are required: [States, StartAt] at /"},
		{"no start", `{"States":{"S":{"Type":"Succeed"}}}`, "These fields are required: [StartAt] at /"},
		{"no states", `{"StartAt":"S","States":{}}`, "There must be at least one state at /States"},
		{"a field twice", `{"StartAt":"S","StartAt":"S","States":{"S":{"Type":"Succeed"}}}`, `field "StartAt" a second time`},
		{"a state twice", `{"StartAt":"S","States":{"S":{"Type":"Succeed"},"S":{"Type":"Succeed"}}}`, `field "S" a second time`},
		{"unknown field", `{"StartAt":"S","Foo":1,"States":{"S":{"Type":"Succeed"}}}`, "Field 'Foo' is not supported at /Foo"},
		{"version", `{"Version":"2.0","StartAt":"S","States":{"S":{"Type":"Succeed"}}}`, "[1.0] at /Version"},
		{"JSONata", `{"QueryLanguage":"JSONata","StartAt":"S","States":{"S":{"Type":"Succeed"}}}`, "does not support JSONata: only 'JSONPath' at /QueryLanguage"},
		{"JSONata state", within(`{"Type":"Succeed","QueryLanguage":"JSONata"}`, ""), "/States/S/QueryLanguage"},
		{"JSONata field", within(`{"Type":"Pass","Output":"{% 1 %}","End":true}`, ""), "field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/S"},
		{"variables", within(`{"Type":"Pass","Assign":{"a":1},"End":true}`, ""), "Variables (Assign) are not supported by the local cloud at /States/S/Assign"},
		{"no type", within(`{}`, ""), "These fields are required: [Type] at /States/S"},
		{"unknown type", within(`{"Type":"Nap"}`, ""), "Value should be one of the following"},
		{"no object as state", within(`5`, ""), "Expected value of type [OBJECT] at /States/S"},
		{"field of another type", within(`{"Type":"Pass","Seconds":1,"End":true}`, ""), "Field 'Seconds' is not supported at /States/S/Seconds"},
		{"timeout on a pass", within(`{"Type":"Pass","TimeoutSeconds":1,"End":true}`, ""), "at /States/S/TimeoutSeconds"},
		{"catch on a pass", within(`{"Type":"Pass","Catch":[],"End":true}`, ""), "at /States/S/Catch"},
		{"neither next nor end", within(`{"Type":"Pass"}`, ""), "Exactly one of 'Next' and 'End' must be given at /States/S"},
		{"next and end", within(`{"Type":"Pass","Next":"D","End":true}`, end), "Exactly one of 'Next' and 'End'"},
		{"end false", within(`{"Type":"Pass","End":false}`, ""), "Exactly one of 'Next' and 'End'"},
		{"missing target", within(`{"Type":"Pass","Next":"X"}`, ""), "MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/S/Next"},
		{"missing start", `{"StartAt":"X","States":{"S":{"Type":"Succeed"}}}`, "MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /StartAt"},
		{"unreachable", within(`{"Type":"Succeed"}`, `,"T":{"Type":"Succeed"}`), `MISSING_TRANSITION_TARGET: State "T" is not reachable. at /States/T`},
		{"no end", within(`{"Type":"Pass","Next":"S"}`, ""), "MISSING_END_STATE"},
		{"same name inside", within(`{"Type":"Parallel","End":true,"Branches":[{"StartAt":"S","States":{"S":{"Type":"Succeed"}}}]}`, ""), "DUPLICATE_STATE_NAME: Duplicate State name: S at /States/S/Branches[0]/States/S"},
		{"long name", `{"StartAt":"S","States":{"` + strings.Repeat("n", 81) + `":{"Type":"Succeed"},"S":{"Type":"Succeed"}}}`, "1 to 80 characters"},
		{"bad path", within(`{"Type":"Pass","InputPath":"a.b","End":true}`, ""), "Value is not a valid JSONPath: a path begins with $, not \"a.b\" at /States/S/InputPath"},
		{"bad path syntax", within(`{"Type":"Pass","InputPath":"$.a[","End":true}`, ""), "at /States/S/InputPath"},
		{"several names", within(`{"Type":"Pass","InputPath":"$['a','b']","End":true}`, ""), "several names in one bracket are not supported"},
		{"result path with a filter", within(`{"Type":"Pass","ResultPath":"$.a[*]","End":true}`, ""), "Reference Path: it must only name fields and indexes below $ at /States/S/ResultPath"},
		{"result path of the context", within(`{"Type":"Pass","ResultPath":"$$.a","End":true}`, ""), "at /States/S/ResultPath"},
		{"result path counting back", within(`{"Type":"Pass","ResultPath":"$.a[-1]","End":true}`, ""), "at /States/S/ResultPath"},
		{"template of a number", within(`{"Type":"Pass","Parameters":{"a.$":5},"End":true}`, ""), "The value for the field 'a.$' must be a STRING that contains a JSONPath or an intrinsic function expression at /States/S/Parameters/a.$"},
		{"template of plain text", within(`{"Type":"Pass","Parameters":{"x":[{"a.$":"text"}]},"End":true}`, ""), "must be a valid JSONPath or a valid intrinsic function call: a path begins with $, not \"text\" at /States/S/Parameters/x[0]/a.$"},
		{"field twice in a template", within(`{"Type":"Pass","Parameters":{"a":1,"a.$":"$"},"End":true}`, ""), "The field 'a' is given both with and without '.$'"},
		{"unknown function", within(`{"Type":"Pass","Parameters":{"a.$":"States.Nope()"},"End":true}`, ""), `there is no intrinsic function "States.Nope"`},
		{"too few arguments", within(`{"Type":"Pass","Parameters":{"a.$":"States.Hash('x')"},"End":true}`, ""), "States.Hash was given 1 arguments"},
		{"bad argument", within(`{"Type":"Pass","Parameters":{"a.$":"States.Array(x)"},"End":true}`, ""), `"x" is no argument`},
		{"open call", within(`{"Type":"Pass","Parameters":{"a.$":"States.Array(1"},"End":true}`, ""), "a closing parenthesis of States.Array was expected"},
		{"open string", within(`{"Type":"Pass","Parameters":{"a.$":"States.Array('1)"},"End":true}`, ""), "a string without end"},
		{"text after a call", within(`{"Type":"Pass","Parameters":{"a.$":"States.UUID() x"},"End":true}`, ""), "text after the end of the function call"},
		{"deep nesting", within(`{"Type":"Pass","Parameters":{"a.$":"`+strings.Repeat("States.Array(", 11)+strings.Repeat(")", 11)+`"},"End":true}`, ""), "nested more than 10 deep"},
		{"result selector of a list", within(`{"Type":"Task",`+lambda+`,"ResultSelector":[1],"End":true}`, ""), "Expected value of type [OBJECT] at /States/S/ResultSelector"},
		{"no choices", within(`{"Type":"Choice","Choices":[],"Default":"D"}`, end), "These fields are required: [Choices], with at least one rule at /States/S"},
		{"rule without next", within(`{"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true}],"Default":"D"}`, end), "These fields are required: [Next] at /States/S/Choices[0]"},
		{"rule without variable", within(`{"Type":"Choice","Choices":[{"IsNull":true,"Next":"D"}]}`, end), "These fields are required: [Variable] at /States/S/Choices[0]"},
		{"two comparisons", within(`{"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true,"IsString":true,"Next":"D"}]}`, end), "exactly one comparison"},
		{"no comparison", within(`{"Type":"Choice","Choices":[{"Variable":"$.a","Next":"D"}]}`, end), "exactly one comparison"},
		{"unknown comparison", within(`{"Type":"Choice","Choices":[{"Variable":"$.a","StringIs":"x","Next":"D"}]}`, end), "Field 'StringIs' is not supported at /States/S/Choices[0]/StringIs"},
		{"matches by path", within(`{"Type":"Choice","Choices":[{"Variable":"$.a","StringMatchesPath":"$.b","Next":"D"}]}`, end), "Field 'StringMatchesPath' is not supported"},
		{"number for text", within(`{"Type":"Choice","Choices":[{"Variable":"$.a","StringEquals":5,"Next":"D"}]}`, end), "Expected value of type [STRING] at /States/S/Choices[0]/StringEquals"},
		{"no timestamp", within(`{"Type":"Choice","Choices":[{"Variable":"$.a","TimestampEquals":"today","Next":"D"}]}`, end), "Expected value of type [TIMESTAMP]"},
		{"next inside of and", within(`{"Type":"Choice","Choices":[{"And":[{"Variable":"$.a","IsNull":true,"Next":"D"}],"Next":"D"}]}`, end), "exactly one comparison, but has 'IsNull' and 'Next' at /States/S/Choices[0]/And[0]"},
		{"empty or", within(`{"Type":"Choice","Choices":[{"Or":[],"Next":"D"}]}`, end), "There must be at least one rule at /States/S/Choices[0]/Or"},
		{"two waits", within(`{"Type":"Wait","Seconds":1,"Timestamp":"2020-01-01T00:00:00Z","End":true}`, ""), "Exactly one of 'Seconds'"},
		{"no wait", within(`{"Type":"Wait","End":true}`, ""), "Exactly one of 'Seconds'"},
		{"negative wait", within(`{"Type":"Wait","Seconds":-1,"End":true}`, ""), "between 0 and 99999999 at /States/S/Seconds"},
		{"fractional wait", within(`{"Type":"Wait","Seconds":1.5,"End":true}`, ""), "Expected value of type [INTEGER] at /States/S/Seconds"},
		{"bad timestamp", within(`{"Type":"Wait","Timestamp":"2020-01-01","End":true}`, ""), "Value is not a valid ISO-8601 extended offset date-time format string at /States/S/Timestamp"},
		{"no resource", within(`{"Type":"Task","End":true}`, ""), "These fields are required: [Resource] at /States/S"},
		{"resource that is no ARN", within(`{"Type":"Task","Resource":"f","End":true}`, ""), "Value is not a valid resource ARN at /States/S/Resource"},
		{"unsupported integration", within(`{"Type":"Task","Resource":"arn:aws:states:::sns:publish","Parameters":{},"End":true}`, ""), "The resource provided arn:aws:states:::sns:publish is not recognized"},
		{"callback", within(`{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Parameters":{"FunctionName":"f"},"End":true}`, ""), "is not recognized"},
		{"activity", within(`{"Type":"Task","Resource":"arn:aws:states:us-east-1:1:activity:a","End":true}`, ""), "does not support the resource"},
		{"no function name", within(`{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"Payload":{}},"End":true}`, ""), "The field 'FunctionName' is required but was missing at /States/S/Parameters"},
		{"asynchronous invocation", within(`{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f","InvocationType":"Event"},"End":true}`, ""), "only supports the invocation type RequestResponse"},
		{"unknown parameter", within(`{"Type":"Task","Resource":"arn:aws:states:::dynamodb:getItem","Parameters":{"TableName":"t","Key":{},"Foo.$":"$"},"End":true}`, ""), "The field 'Foo.$' is not supported by the local cloud for dynamodb:getItem"},
		{"credentials", within(`{"Type":"Task",`+lambda+`,"Credentials":{},"End":true}`, ""), "Field 'Credentials' is not supported"},
		{"two timeouts", within(`{"Type":"Task",`+lambda+`,"TimeoutSeconds":1,"TimeoutSecondsPath":"$.t","End":true}`, ""), "Only one of 'TimeoutSeconds' and 'TimeoutSecondsPath' may be given"},
		{"heartbeat too long", within(`{"Type":"Task",`+lambda+`,"TimeoutSeconds":5,"HeartbeatSeconds":5,"End":true}`, ""), "HeartbeatSeconds must be smaller than TimeoutSeconds"},
		{"zero timeout", within(`{"Type":"Task",`+lambda+`,"TimeoutSeconds":0,"End":true}`, ""), "between 1 and"},
		{"empty errors", within(`{"Type":"Task",`+lambda+`,"Retry":[{"ErrorEquals":[]}],"End":true}`, ""), "[ErrorEquals], a list of at least one error name at /States/S/Retry[0]"},
		{"all with others", within(`{"Type":"Task",`+lambda+`,"Retry":[{"ErrorEquals":["States.ALL","A"]}],"End":true}`, ""), "States.ALL must appear alone, and in the last element of the list at /States/S/Retry[0]/ErrorEquals[0]"},
		{"all before others", within(`{"Type":"Task",`+lambda+`,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"D"},{"ErrorEquals":["A"],"Next":"D"}],"End":true}`, end), "States.ALL must appear alone, and in the last element of the list at /States/S/Catch[0]"},
		{"reserved name", within(`{"Type":"Task",`+lambda+`,"Retry":[{"ErrorEquals":["States.Nope"]}],"End":true}`, ""), "'States.Nope' is none of the predefined error names"},
		{"backoff below one", within(`{"Type":"Task",`+lambda+`,"Retry":[{"ErrorEquals":["A"],"BackoffRate":0.5}],"End":true}`, ""), "it must be at least 1.0 at /States/S/Retry[0]/BackoffRate"},
		{"zero interval", within(`{"Type":"Task",`+lambda+`,"Retry":[{"ErrorEquals":["A"],"IntervalSeconds":0}],"End":true}`, ""), "at /States/S/Retry[0]/IntervalSeconds"},
		{"small maximum delay", within(`{"Type":"Task",`+lambda+`,"Retry":[{"ErrorEquals":["A"],"IntervalSeconds":5,"MaxDelaySeconds":5}],"End":true}`, ""), "MaxDelaySeconds must be greater than IntervalSeconds"},
		{"jitter", within(`{"Type":"Task",`+lambda+`,"Retry":[{"ErrorEquals":["A"],"JitterStrategy":"SOME"}],"End":true}`, ""), "[FULL, NONE]"},
		{"catch without next", within(`{"Type":"Task",`+lambda+`,"Catch":[{"ErrorEquals":["A"]}],"End":true}`, ""), "These fields are required: [Next] at /States/S/Catch[0]"},
		{"two errors in fail", within(`{"Type":"Fail","Error":"E","ErrorPath":"$.e"}`, ""), "Only one of 'Error' and 'ErrorPath' may be given"},
		{"no branches", within(`{"Type":"Parallel","Branches":[],"End":true}`, ""), "There must be at least one branch at /States/S/Branches"},
		{"leaving a branch", within(`{"Type":"Parallel","Branches":[{"StartAt":"P","States":{"P":{"Type":"Pass","Next":"D"}}}],"Next":"D"}`, end), "Missing 'Next' target: D at /States/S/Branches[0]/States/P/Next"},
		{"no processor", within(`{"Type":"Map","End":true}`, ""), "Exactly one of 'ItemProcessor' and 'Iterator' must be given"},
		{"distributed", within(`{"Type":"Map","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED"},"StartAt":"P","States":{"P":{"Type":"Succeed"}}},"End":true}`, ""), "The local cloud only supports Map's INLINE mode at /States/S/ItemProcessor/ProcessorConfig/Mode"},
		{"item reader", within(`{"Type":"Map","ItemReader":{},"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Succeed"}}},"End":true}`, ""), "does not support Map's DISTRIBUTED mode, to which 'ItemReader' belongs"},
		{"selector twice", within(`{"Type":"Map","ItemSelector":{},"Parameters":{},"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Succeed"}}},"End":true}`, ""), "Only one of 'Parameters' and 'ItemSelector' may be given"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.definition))
			var invalid *InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("not refused: %v", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("refused with\n%v\nwanted\n%s", err, c.want)
			}
		})
	}
}

func TestAllThatIsWrongIsNamed(t *testing.T) {
	_, err := Parse([]byte(within(`{"Type":"Pass","InputPath":"x","ResultPath":"y","Next":"Z"}`, "")))
	var invalid *InvalidError
	if !errors.As(err, &invalid) || len(invalid.Diagnostics) != 3 {
		t.Fatalf("wanted three diagnostics: %v", err)
	}
	want := "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: "
	if !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v", err)
	}
}

func TestCommentsAreAllowedWhereTheServiceAllowsThem(t *testing.T) {
	mustParse(t, `{"Comment":"c","Version":"1.0","QueryLanguage":"JSONPath","StartAt":"C","States":{
		"C":{"Type":"Choice","Comment":"c","Choices":[{"Comment":"c","Variable":"$.a","IsPresent":true,"Next":"T"}],"Default":"M"},
		"T":{"Type":"Task","Comment":"c","QueryLanguage":"JSONPath","Resource":"arn:aws:lambda:us-east-1:1:function:f:live",
			"Retry":[{"Comment":"c","ErrorEquals":["A"]}],"Catch":[{"Comment":"c","ErrorEquals":["A"],"Next":"M"}],"Next":"M"},
		"M":{"Type":"Map","ItemProcessor":{"Comment":"c","ProcessorConfig":{"Mode":"INLINE"},"StartAt":"P","States":{"P":{"Type":"Succeed","Comment":"c"}}},"End":true}}}`)
}

func TestLargeDefinitionIsRefused(t *testing.T) {
	_, err := Parse([]byte(fmt.Sprintf(`{"Comment":%q,"StartAt":"S","States":{"S":{"Type":"Succeed"}}}`, strings.Repeat("x", maxDefinition))))
	if err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Fatal(err)
	}
}
