package oversight

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/automatelanka/automatelanka/internal/execution"
)

func TestFailuresOfOneCauseHaveOneFingerprint(t *testing.T) {
	at := func(message string) string {
		return Fingerprint(execution.Failure{Code: "UPSTREAM_ERROR", Type: "n8n-nodes-base.httpRequest", Message: message})
	}
	for _, same := range [][]string{
		{"Order 17 not found", "Order 2,904 not found", "order  17 NOT found"},
		{`The item "a" is missing`, `The item "some other" is missing`},
		{"GET https://a.example/x?y=1 answered 503", "GET http://b.example:8080/ answered 502"},
		{"No user ada@example.com", "No user b.c@mail.example.org"},
		{"exe_01ARZ3NDEKTSV4RRFFQ69G5FAV is gone", "exe_01BX5ZZKBKACTAV9WEVGEMMVRZ is gone"},
		{"id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 failed", "id 9f86d081884c7d659a2feaa0c55ad015 failed"},
	} {
		for _, m := range same[1:] {
			if at(m) != at(same[0]) {
				t.Errorf("%q (%s) and %q (%s) are two causes", same[0], Pattern(same[0]), m, Pattern(m))
			}
		}
	}
	f := execution.Failure{Code: "A", Type: "b", Message: "c"}
	for name, other := range map[string]execution.Failure{
		"code": {Code: "B", Type: "b", Message: "c"}, "node type": {Code: "A", Type: "c", Message: "c"}, "message": {Code: "A", Type: "b", Message: "d"},
		"border": {Code: "Ab", Message: "c"},
	} {
		if Fingerprint(f) == Fingerprint(other) {
			t.Errorf("another %s has the same fingerprint", name)
		}
	}
}

func TestPatternsAreShortTextAndStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.String().Draw(t, "message") + strings.Repeat(rapid.String().Draw(t, "more"), 50)
		p := Pattern(m)
		if len(p) > maxPattern || !utf8.ValidString(p) {
			t.Fatalf("%d bytes, valid %v: %q", len(p), utf8.ValidString(p), p)
		}
	})
}
