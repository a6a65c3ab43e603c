package flow

import (
	"context"
	"math"
	"time"

	"github.com/automatelanka/automatelanka/internal/form"
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
			Description: "Goes on after a while, at a time, when its address is called, or when its form is filled in.",
			Group:       "flow", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: append([]node.Param{
				{Name: "resume", Type: "options", Default: "timeInterval", Description: "timeInterval, specificTime, webhook or form."},
				{Name: "amount", Type: "number", Default: 1.0, Description: "How long to wait.", Show: map[string][]any{"@version": {1.0}}},
				{Name: "amount", Type: "number", Default: 5.0, Description: "How long to wait.", Show: map[string][]any{"@version": {1.1}}},
				{Name: "unit", Type: "options", Default: "hours", Description: "seconds, minutes, hours or days.", Show: map[string][]any{"@version": {1.0}}},
				{Name: "unit", Type: "options", Default: "seconds", Description: "seconds, minutes, hours or days.", Show: map[string][]any{"@version": {1.1}}},
				{Name: "dateTime", Type: "dateTime", Default: "", Description: "When to go on.", Show: map[string][]any{"resume": {"specificTime"}}},
				{Name: "formTitle", Type: "string", Default: "", Description: "The form's title.", Show: map[string][]any{"resume": {"form"}}},
				{Name: "formDescription", Type: "string", Default: "", Description: "A text below the title.", Show: map[string][]any{"resume": {"form"}}},
				formFieldsParam(),
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "Of forms: buttonLabel, customCss."},
			}, limitParams(map[string][]any{"resume": {"webhook", "form"}})...),
		},
		Run: func(_ context.Context, c *node.Call) (node.Result, error) {
			if c.At(0).String("resume", "timeInterval") == "form" {
				return waitForForm(c)
			}
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
		w.Until, err = limitOf(c, r)
		return w, err
	default:
		return nil, node.Errorf("Waiting for %q is not supported; supported are timeInterval, specificTime, webhook and form.", resume)
	}
}

// waitForForm shows a form of its own, with or without a form trigger before it.
func waitForForm(c *node.Call) (node.Result, error) {
	r := c.At(0)
	if auth := r.String("incomingAuthentication", "none"); auth != "none" {
		return node.Result{}, node.Errorf("A waiting form cannot ask for a credential (incomingAuthentication is %q); its address is secret. Set it to none.", auth)
	}
	fields, err := formFields(c)
	if err != nil {
		return node.Result{}, err
	}
	about, err := markup(c, "formDescription")
	if err != nil {
		return node.Result{}, err
	}
	page := form.Form{
		Title: r.String("formTitle", ""), Description: about,
		Button: r.String("options.buttonLabel", ""), CSS: r.String("options.customCss", ""), Fields: fields,
	}
	if r.Err() != nil {
		return node.Result{}, r.Err()
	}
	return askForm(c, node.Result{Outputs: [][]workflow.Item{c.Input(0)}}, page, formTrigger(c.Workflow, c.Node.Name))
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
