package condition

import (
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/value"
)

// filter writes a filter with one condition.
func filter(t *testing.T, text string) *value.Object {
	t.Helper()
	o, err := value.ParseObject([]byte(`{"combinator":"and","conditions":[` + text + `],"options":{"caseSensitive":true,"typeValidation":"strict","version":2}}`))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestPass(t *testing.T) {
	for text, want := range map[string]bool{
		`{"leftValue":"Abc","rightValue":"b","operator":{"type":"string","operation":"contains"}}`:                               true,
		`{"leftValue":"abc","rightValue":"/^A/i","operator":{"type":"string","operation":"regex"}}`:                              true,
		`{"leftValue":3,"rightValue":3,"operator":{"type":"number","operation":"gte"}}`:                                          true,
		`{"leftValue":null,"rightValue":5,"operator":{"type":"number","operation":"lt"}}`:                                        true,
		`{"rightValue":5,"operator":{"type":"number","operation":"lt"}}`:                                                         false,
		`{"operator":{"type":"number","operation":"exists","singleValue":true}}`:                                                 false,
		`{"leftValue":"2024-01-05","rightValue":"2024-01-04T23:00:00-05:00","operator":{"type":"dateTime","operation":"after"}}`: false,
		`{"leftValue":[1,"a"],"rightValue":"a","operator":{"type":"array","operation":"contains","rightType":"any"}}`:            true,
		`{"leftValue":[1,2],"rightValue":2,"operator":{"type":"array","operation":"lengthEquals","rightType":"number"}}`:         true,
		`{"leftValue":{},"operator":{"type":"object","operation":"empty","singleValue":true}}`:                                   true,
		`{"leftValue":false,"operator":{"type":"boolean","operation":"false","singleValue":true}}`:                               true,
	} {
		got, err := Pass(filter(t, text), time.UTC, 0)
		if err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

func TestPassErrorsSayWhatIsWrong(t *testing.T) {
	for text, says := range map[string]string{
		`{"leftValue":"5","rightValue":5,"operator":{"type":"number","operation":"equals"}}`:                                       "Wrong type: '5' is a string but was expecting a number",
		`{"leftValue":5,"rightValue":"5","operator":{"type":"number","operation":"equals"}}`:                                       "Wrong type: '5' is a string but was expecting a number",
		`{"leftValue":"a","rightValue":"a","operator":{"type":"string","operation":"rhymes"}}`:                                     `operator "rhymes" is not known`,
		`{"leftValue":"a","rightValue":"a","operator":{"type":"colour","operation":"equals"}}`:                                     `operator type "colour"`,
		`{"leftValue":"a","rightValue":"(","operator":{"type":"string","operation":"regex"}}`:                                      "not a valid regular expression",
		`{"leftValue":"` + strings.Repeat("a", 40) + `!","rightValue":"^(a+)+$","operator":{"type":"string","operation":"regex"}}`: "takes too long",
	} {
		_, err := Pass(filter(t, text), time.UTC, 0)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.100s: %v", text, err)
		}
	}
	if ok, err := Pass(value.NewObject(0), time.UTC, 0); !ok || err != nil {
		t.Errorf("what is no filter passes by its truth: %v, %v", ok, err)
	}
	xor := filter(t, ``)
	xor.Set("combinator", "xor")
	if _, err := Pass(xor, time.UTC, 0); err == nil {
		t.Error("an unknown combinator was accepted")
	}
}

func TestV1UnknownOperation(t *testing.T) {
	for _, op := range []string{"rhymes", "", "not", "notRhymes"} {
		if ok, err := V1(op, "a", "b"); err == nil || ok {
			t.Errorf("%q gives %v", op, ok)
		}
	}
}
