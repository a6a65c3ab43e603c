package jsregex

import (
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
)

func TestLiteral(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"b", "abc", true}, {"/B/i", "abc", true}, {"/B/", "abc", false}, {"^b", "a\nb", false}, {"/^b/m", "a\nb", true}, {`\d{2}(?=x)`, "12x", true},
		{"/a/b", "a/b", false}, {"/a/b", "/a/b", true}, {`(?<y>\d{4})`, "2024", true}, {`/a.b/s`, "a\nb", true},
	} {
		re, err := Literal(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if got, err := re.Match(c.text); got != c.want || err != nil {
			t.Errorf("%s on %q: %v, %v", c.pattern, c.text, got, err)
		}
	}
}

func TestReplace(t *testing.T) {
	for _, c := range [][4]string{{"a", "", "banana", "bXnana"}, {"a", "g", "banana", "bXnXnX"}} {
		re, err := Compile(c[0], c[1])
		if err != nil {
			t.Fatal(err)
		}
		if got, err := re.Replace(c[2], "X"); got != c[3] || err != nil {
			t.Errorf("%v: %q, %v", c, got, err)
		}
	}
}

func TestLimits(t *testing.T) {
	for pattern, flags := range map[string]string{"(": "", "a": "q", strings.Repeat("a", maxPattern+1): ""} {
		if _, err := Compile(pattern, flags); !fault.Is(err, fault.Invalid) {
			t.Errorf("%.10s/%s: %v", pattern, flags, err)
		}
	}
	re, err := Compile("^(a+)+$", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := re.Match(strings.Repeat("a", 50) + "!"); !fault.Is(err, fault.LimitExceeded) {
		t.Errorf("an endless expression gives %v", err)
	}
}
