package workflow

import "testing"

func TestCapsAreReadFromTheSettings(t *testing.T) {
	for settings, want := range map[string]Caps{
		`{}`: {}, `{"maxTokensPerRun":0,"maxNodeRuns":null,"maxLoopRuns":""}`: {},
		`{"maxTokensPerRun":1000,"maxCostPerRunUsd":0.25,"maxTokensPerMonth":"5000","maxCostPerMonthUsd":10,"maxNodeRuns":50,"maxLoopRuns":7,"maxSubRuns":9}`: {1000, 250_000, 5000, 10_000_000, 50, 7, 9},
		`{"maxCostPerRunUsd":0.0000001}`: {RunCostMicro: 1}, // never "no cap"
	} {
		w, err := Parse([]byte(`{"nodes":[],"settings":` + settings + `}`))
		if err != nil || w.Settings.Caps != want {
			t.Errorf("%s gives %+v (%v), want %+v", settings, w, err, want)
		}
	}
}

func TestCapsThatCannotBeReadAreRefused(t *testing.T) {
	for _, settings := range []string{`{"maxTokensPerRun":-1}`, `{"maxCostPerRunUsd":"ten"}`, `{"maxNodeRuns":true}`, `{"maxTokensPerMonth":1e300}`, `{"maxLoopRuns":[]}`, `{"maxSubRuns":-1}`} {
		if w, err := Parse([]byte(`{"nodes":[],"settings":` + settings + `}`)); err == nil {
			t.Errorf("%s was taken for %+v", settings, w.Settings.Caps)
		}
	}
}
