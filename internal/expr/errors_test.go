package expr

import (
	"errors"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// Workflows compare the messages of failures with n8n's; the expression and what to
// do stand beside them.
func TestProblemsHaveTheMessageOfN8N(t *testing.T) {
	for source, want := range map[string][2]string{
		`$('Nobody').first()`:                {"Referenced node doesn't exist", "In the expression {{ $('Nobody').first() }}. There is no node 'Nobody'"},
		`[1].map(() => $('Nobody').first())`: {"Referenced node doesn't exist", "There is no node 'Nobody'"},
		`$jmespath(1)`:                       {"expected two arguments (Object, string) for this function", "In the expression {{ $jmespath(1) }}."},
		`({}).__proto__`:                     {`The expression {{ ({}).__proto__ }} failed: it may not access "__proto__".`, ""},
		`(() => ({})['const' + 'ructor'])()`: {`The expression {{ (() => ({})['const' + 'ructor'])() }} failed: it may not access "constructor".`, ""},
	} {
		e := NewEvaluator(t.Context(), recordedScope(t), Limits{})
		_, err := e.Resolve("={{ "+source+" }}", 0)
		e.Close()
		var f *fault.Error
		if !errors.As(err, &f) {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if f.Message != want[0] || !strings.Contains(Detail(err), want[1]) || want[1] == "" && Detail(err) != "" {
			t.Errorf("%s: %q and %q", source, f.Message, Detail(err))
		}
	}
}
