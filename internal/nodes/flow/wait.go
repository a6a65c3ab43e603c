package flow

import (
	"context"
	"math"
	"time"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/moment"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// maxWait is the longest wait; longer ones are a mistake in the workflow.
const maxWait = 366 * 24 * time.Hour

func wait() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.wait", Versions: []float64{1, 1.1}, Name: "Wait",
			Description: "Goes on after a while, at a time, or when its address is called.",
			Group:       "flow", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "resume", Type: "options", Default: "timeInterval", Description: "timeInterval, specificTime or webhook."},
				{Name: "amount", Type: "number", Default: 1.0, Description: "How long to wait.", Show: map[string][]any{"@version": {1.0}}},
				{Name: "amount", Type: "number", Default: 5.0, Description: "How long to wait.", Show: map[string][]any{"@version": {1.1}}},
				{Name: "unit", Type: "options", Default: "hours", Description: "seconds, minutes, hours or days.", Show: map[string][]any{"@version": {1.0}}},
				{Name: "unit", Type: "options", Default: "seconds", Description: "seconds, minutes, hours or days.", Show: map[string][]any{"@version": {1.1}}},
				{Name: "dateTime", Type: "dateTime", Default: "", Description: "When to go on.", Show: map[string][]any{"resume": {"specificTime"}}},
				{Name: "limitWaitTime", Type: "boolean", Default: false, Description: "Whether a call is waited for only so long.", Show: map[string][]any{"resume": {"webhook"}}},
				{Name: "limitType", Type: "options", Default: "afterTimeInterval", Description: "afterTimeInterval or atSpecifiedTime.", Show: map[string][]any{"limitWaitTime": {true}}},
				{Name: "resumeAmount", Type: "number", Default: 1.0, Description: "How long a call is waited for.", Show: map[string][]any{"limitWaitTime": {true}}},
				{Name: "resumeUnit", Type: "options", Default: "hours", Description: "seconds, minutes, hours or days.", Show: map[string][]any{"limitWaitTime": {true}}},
				{Name: "maxDateAndTime", Type: "dateTime", Default: "", Description: "Until when a call is waited for.", Show: map[string][]any{"limitType": {"atSpecifiedTime"}}},
			},
		},
		Run: func(_ context.Context, c *node.Call) (node.Result, error) {
			w, err := waitFor(c, c.At(0))
			if err != nil {
				return node.Result{}, err
			}
			return node.Result{Outputs: [][]workflow.Item{c.Input(0)}, Wait: w}, nil
		},
	}
}

func waitFor(c *node.Call, r *node.Reader) (*node.Wait, error) {
	now := c.Run.Now
	switch resume := r.String("resume", "timeInterval"); resume {
	case "timeInterval":
		until, err := after(now, r, "amount", "unit")
		return &node.Wait{Until: until}, err
	case "specificTime":
		until, err := at(c, r, "dateTime")
		return &node.Wait{Until: until}, err
	case "webhook":
		w := &node.Wait{Webhook: true}
		if !r.Bool("limitWaitTime", false) {
			return w, r.Err()
		}
		var err error
		if r.String("limitType", "afterTimeInterval") == "afterTimeInterval" {
			w.Until, err = after(now, r, "resumeAmount", "resumeUnit")
		} else {
			w.Until, err = at(c, r, "maxDateAndTime")
		}
		return w, err
	default:
		return nil, node.Errorf("Waiting for %q is not supported; supported are timeInterval, specificTime and webhook.", resume)
	}
}

func after(now time.Time, r *node.Reader, amount, unit string) (time.Time, error) {
	seconds := map[string]float64{"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}[r.String(unit, "hours")]
	n := r.Number(amount, 1)
	switch {
	case r.Err() != nil:
		return time.Time{}, r.Err()
	case seconds == 0:
		return time.Time{}, node.Errorf("Invalid wait unit. Valid units are 'seconds', 'minutes', 'hours', or 'days'.")
	case n < 0 || math.IsNaN(n):
		return time.Time{}, node.Errorf("Invalid wait amount. Please enter a number that is 0 or greater.")
	case n*seconds > maxWait.Seconds():
		return time.Time{}, node.Errorf("The wait is longer than %d days.", int(maxWait.Hours()/24))
	}
	return now.Add(time.Duration(n * seconds * float64(time.Second))), nil
}

func at(c *node.Call, r *node.Reader, name string) (time.Time, error) {
	v := r.Value(name)
	if r.Err() != nil {
		return time.Time{}, r.Err()
	}
	until, ok := moment.ParseValue(v, zone(c))
	if !ok {
		return time.Time{}, node.Errorf("Cannot put execution to wait because `%s` parameter is not a valid date. Please pick a specific date and time to wait until.", name)
	}
	if until.Sub(c.Run.Now) > maxWait {
		return time.Time{}, node.Errorf("The wait is longer than %d days.", int(maxWait.Hours()/24))
	}
	return until, nil
}
