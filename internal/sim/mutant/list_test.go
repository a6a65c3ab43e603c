package main

import "testing"

// TestRulesStandWhereTheMutantsBreakThem holds the list to the code: a rule that was moved
// must take its mutant along, or nobody asks any more whether the simulation would miss it.
func TestRulesStandWhereTheMutantsBreakThem(t *testing.T) {
	t.Chdir("../../..")
	for _, m := range mutants {
		if _, err := m.overlay(t.TempDir()); err != nil {
			t.Errorf("%s: %v", m.rule, err)
		}
	}
}
