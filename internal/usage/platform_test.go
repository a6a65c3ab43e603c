package usage

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPlatformTableHasAPriceOfAllThatItCounts(t *testing.T) {
	p := BuiltinPlatform()
	for _, counts := range []map[string]float64{p.Run, p.Task} {
		for kind := range counts {
			if p.Million[kind] <= 0 {
				t.Errorf("%s has no price", kind)
			}
		}
	}
	for _, family := range []string{"advance", "http", "ai", "code", "data", "express"} {
		if p.Memory[family] <= 0 {
			t.Errorf("the function of %s has no memory", family)
		}
	}
}

func TestPlatformCost(t *testing.T) {
	p := BuiltinPlatform()
	pure := p.Cost(Work{Machines: 1})
	call := p.Cost(Work{Machines: 1, Tasks: []Task{{Family: "http", Attempts: 1, Duration: 200 * time.Millisecond}}})
	if pure < 5 || pure > 20 || call <= pure || call > 40 {
		t.Errorf("a run of pure nodes costs %d, one with a call %d millionths", pure, call)
	}
	if none := p.Cost(Work{}); none != 0 {
		t.Errorf("nothing costs %d", none)
	}
	rapid.Check(t, func(t *rapid.T) {
		w := Work{Machines: rapid.IntRange(0, 5).Draw(t, "machines"), Pure: time.Duration(rapid.Int64Range(0, 1e10).Draw(t, "pure"))}
		before := p.Cost(w)
		w.Tasks = append(w.Tasks, Task{Family: "code", Attempts: rapid.IntRange(0, 3).Draw(t, "attempts"), Duration: time.Duration(rapid.Int64Range(0, 1e10).Draw(t, "took"))})
		if after := p.Cost(w); after <= before {
			t.Fatalf("%+v costs %d, and %d without its task", w, after, before)
		}
	})
}
