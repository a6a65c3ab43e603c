package eventsource

import (
	"encoding/json"
	"testing"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, event string
		want           bool
	}{
		{`{"a":["x","y"]}`, `{"a":"y"}`, true},
		{`{"a":["x"]}`, `{"a":"z"}`, false},
		{`{"a":["x"]}`, `{}`, false},
		{`{"a":[1]}`, `{"a":1.0}`, true},
		{`{"a":[null]}`, `{"a":null}`, true},
		{`{"a":[true]}`, `{"a":true}`, true},
		{`{"a":["x"]}`, `{"a":["w","x"]}`, true},
		{`{"a":{"b":["x"]},"c":["y"]}`, `{"a":{"b":"x"},"c":"y"}`, true},
		{`{"a":{"b":["x"]},"c":["y"]}`, `{"a":{"b":"x"}}`, false},
		{`{"a":[{"prefix":"ex"}]}`, `{"a":"exe_1"}`, true},
		{`{"a":[{"prefix":"ex"}]}`, `{"a":"wf_1"}`, false},
		{`{"a":[{"suffix":".png"}]}`, `{"a":"b.png"}`, true},
		{`{"a":[{"equals-ignore-case":"AbC"}]}`, `{"a":"aBc"}`, true},
		{`{"a":[{"wildcard":"a*c*e"}]}`, `{"a":"abcde"}`, true},
		{`{"a":[{"wildcard":"a*c*e"}]}`, `{"a":"abde"}`, false},
		{`{"a":[{"exists":true}]}`, `{"a":null}`, true},
		{`{"a":[{"exists":false}]}`, `{}`, true},
		{`{"a":[{"exists":false}]}`, `{"a":1}`, false},
		{`{"a":[{"anything-but":["x","y"]}]}`, `{"a":"z"}`, true},
		{`{"a":[{"anything-but":["x","y"]}]}`, `{"a":"x"}`, false},
		{`{"a":[{"anything-but":{"prefix":"x"}}]}`, `{"a":"xy"}`, false},
		{`{"a":[{"numeric":[">",0,"<=",5]}]}`, `{"a":5}`, true},
		{`{"a":[{"numeric":[">",0,"<=",5]}]}`, `{"a":6}`, false},
		{`{"a":[{"numeric":["=",3]}]}`, `{"a":"3"}`, false},
		{`{"$or":[{"a":["x"]},{"b":["y"]}]}`, `{"b":"y"}`, true},
		{`{"$or":[{"a":["x"]},{"b":["y"]}],"c":["z"]}`, `{"b":"y"}`, false},
	} {
		p, err := parsePattern(json.RawMessage(c.pattern))
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		var v any
		if err := json.Unmarshal([]byte(c.event), &v); err != nil {
			t.Fatal(err)
		}
		if got := p.matches(v, true); got != c.want {
			t.Errorf("%s on %s: %v", c.pattern, c.event, got)
		}
	}
	for _, bad := range []string{`[]`, `{"a":"x"}`, `{"a":[{"cidr":"10.0.0.0/8"}]}`, `{"a":[{"numeric":["!",1]}]}`, `{"a":[{"prefix":1}]}`, `{"$or":["x"]}`, `nonsense`} {
		if _, err := parsePattern(json.RawMessage(bad)); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}
