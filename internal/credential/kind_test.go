package credential

import (
	"strings"
	"testing"
)

// TestEveryTypeReads reads each file strictly, with all that it extends.
func TestEveryTypeReads(t *testing.T) {
	r := Kinds()
	if len(r.Names()) < 270 {
		t.Fatalf("there are only %d types", len(r.Names()))
	}
	for _, name := range r.Names() {
		b, err := r.read(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parse(name, b); err != nil {
			t.Error(err)
			continue
		}
		if _, err := r.load(name, 0); err != nil {
			t.Error(err)
		}
	}
}

func TestStrictLoader(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown member":        {`{"name":"X","colour":"red"}`, "unknown field"},
		"unknown member inside": {`{"name":"X","fields":[{"name":"a","label":"A","hidden":true}]}`, "unknown field"},
		"text behind":           {`{"name":"X"} {}`, "text after"},
		"no name":               {`{}`, "no name"},
		"no label":              {`{"name":"X","fields":[{"name":"a"}]}`, "no label"},
		"unknown type":          {`{"name":"X","fields":[{"name":"a","label":"A","type":"colour"}]}`, "unknown type"},
		"no options":            {`{"name":"X","fields":[{"name":"a","label":"A","type":"options"}]}`, "choices"},
		"default":               {`{"name":"X","fields":[{"name":"a","label":"A","type":"options","options":["b"],"default":"c"}]}`, "none of its options"},
		"show":                  {`{"name":"X","fields":[{"name":"a","label":"A","show":{"b":["c"]}}]}`, "does not have"},
		"place":                 {`{"name":"X","auth":[{"headers":{"K":"{key}"}}]}`, "does not have"},
		"brace":                 {`{"name":"X","auth":[{"headers":{"K":"{ key }"}}]}`, "brace"},
		"scheme":                {`{"name":"X","auth":[{"scheme":"magic"}]}`, "unknown"},
		"token from nowhere":    {`{"name":"X","auth":[{"scheme":"accessToken"}]}`, "where from"},
		"no token endpoint":     {`{"name":"X","oauth2":{"scope":"a"}}`, "token endpoint"},
		"derived":               {`{"name":"X","derived":[{"name":"a","from":"b","after":"-"}]}`, "derived"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Registry{names: []string{"x"}, kinds: map[string]*Kind{}, read: func(string) ([]byte, error) { return []byte(c.text), nil }}
			if _, err := r.load("x", 0); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	loop := &Registry{names: []string{"x"}, kinds: map[string]*Kind{}, read: func(string) ([]byte, error) { return []byte(`{"name":"X","extends":"x"}`), nil }}
	if _, err := loop.load("x", 0); err == nil {
		t.Error("a type that extends itself was taken")
	}
}
