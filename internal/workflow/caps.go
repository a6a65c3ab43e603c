package workflow

import (
	"math"
	"strconv"

	"github.com/automatelanka/automatelanka/internal/value"
)

// Caps are the limits that a workflow's author sets in its settings, against runs
// that do not stop; 0 is none. n8n keeps settings that it does not know.
type Caps struct {
	RunTokens      int64 // maxTokensPerRun: tokens of all AI calls of one run
	RunCostMicro   int64 // maxCostPerRunUsd, in millionths of a US dollar
	MonthTokens    int64 // maxTokensPerMonth: of all runs in a UTC month
	MonthCostMicro int64 // maxCostPerMonthUsd
	NodeRuns       int   // maxNodeRuns: node runs of one run
	Repeats        int   // maxLoopRuns: runs of one node within one run
	SubRuns        int   // maxSubRuns: runs of other workflows that one run starts
}

// The names of the caps in a workflow's settings.
const (
	CapRunTokens   = "maxTokensPerRun"
	CapRunCost     = "maxCostPerRunUsd"
	CapMonthTokens = "maxTokensPerMonth"
	CapMonthCost   = "maxCostPerMonthUsd"
	CapNodeRuns    = "maxNodeRuns"
	CapRepeats     = "maxLoopRuns"
	CapSubRuns     = "maxSubRuns"
)

// maxCap keeps sums of caps far from the end of an int64.
const maxCap = 1e15

// parseCaps reads the caps. One that cannot be read is refused: its author
// believes that it holds.
func parseCaps(settings *value.Object) (Caps, error) {
	var c Caps
	var runs, repeats, subs int64
	for _, cap := range []struct {
		name  string
		scale float64
		to    *int64
	}{
		{CapRunTokens, 1, &c.RunTokens}, {CapRunCost, 1e6, &c.RunCostMicro}, {CapMonthTokens, 1, &c.MonthTokens},
		{CapMonthCost, 1e6, &c.MonthCostMicro}, {CapNodeRuns, 1, &runs}, {CapRepeats, 1, &repeats}, {CapSubRuns, 1, &subs},
	} {
		v, set := settings.Get(cap.name)
		if !set || v == nil || v == "" {
			continue
		}
		n, ok := number(settings, cap.name)
		if !ok || math.IsNaN(n) || n < 0 || n*cap.scale > maxCap {
			return c, invalid("settings."+cap.name, "Give a number from 0 (no cap) to "+strconv.FormatFloat(maxCap/cap.scale, 'f', -1, 64)+".")
		}
		if *cap.to = int64(n*cap.scale + 0.5); n > 0 && *cap.to == 0 {
			*cap.to = 1 // smaller than can be counted, but not "no cap"
		}
	}
	c.NodeRuns, c.Repeats, c.SubRuns = int(runs), int(repeats), int(subs)
	return c, nil
}
