package service

import (
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// FuzzParse: a file is a type that can be used, or an error; never a panic.
func FuzzParse(f *testing.F) {
	entries, err := files.ReadDir("types")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		b, err := files.ReadFile("types/" + e.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, text := range []string{`{}`, `[]`, `null`, `{"verify":{"scheme":"hmac","message":"{body}{body}"}}`, `{"filters":[{"param":"a..b","body":[""]}]}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		typ, err := parse("x", b)
		if err != nil {
			if typ != nil || !strings.HasPrefix(err.Error(), "x: ") {
				t.Errorf("%v, %v", typ, err)
			}
			return
		}
		use(typ)
	})
}

// use does with a type all that a call does.
func use(typ *Type) {
	n := &workflow.Node{Parameters: value.Obj("events", []any{"a", "*"}, "updates", "b,c")}
	c := Call{
		Method: "POST", URL: "https://al.example/hooks/t/w", Header: func(string) string { return "t=1,v1=00" }, Headers: value.NewObject(0), Query: value.NewObject(0),
		Raw: []byte(`{"id":1}`), Body: value.Obj("id", 1.0, "form_response", value.NewObject(0), "events", []any{value.NewObject(0), "x"}),
	}
	_ = typ.Ready(n)
	_, _, _ = typ.Greet(n, c)
	_, _ = typ.Challenge(c)
	used, _ := typ.Credential(n)
	_ = typ.Prove(c, "secret", used, map[string]string{used.Secret: "other"}, time.Unix(1, 0))
	_, _ = typ.Read(n, c)
	_ = typ.DeliveryID(c)
}
