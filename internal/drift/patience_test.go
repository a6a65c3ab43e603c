package drift

import (
	"regexp"
	"strings"
	"testing"
)

// impatient is a bound of some seconds or minutes on the wall clock, in a call that
// ends a test's waiting.
var impatient = regexp.MustCompile(`(context\.WithTimeout\([^\n]*|clock\.Real\(\)\.After\(|[^.\w]time\.After\(|clock\.Real\(\)\.Now\(\)\.Add\(|time\.Now\(\)\.Add\()[^\n)]*time\.(Second|Minute)\b`)

// patient are tests in which such a bound is none on the machine's speed.
var patient = map[string]string{
	"internal/e2e/scenario/deliveries_test.go": "the campaign's length decides; a hundredth of a second each is the rate of the contract",
}

// A test must not fail because its machine is slow: it waits for what must come as long
// as clocktest.Hang, or drives a clock of its own (synctest, clock.Manual).
func TestTestsArePatient(t *testing.T) {
	for _, f := range sources(t) {
		if !f.test || strings.Contains(f.text, "synctest.Test(") || patient[f.path] != "" || f.path == "internal/drift/patience_test.go" {
			continue
		}
		for line := range strings.Lines(stripComments(f.text)) {
			if impatient.MatchString(line) {
				t.Errorf("%s waits for a time that a slow machine may need: use clocktest.Hang, or drive the clock\n\t%s", f.path, strings.TrimSpace(line))
			}
		}
	}
}
