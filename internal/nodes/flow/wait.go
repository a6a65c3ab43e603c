package flow

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/ask"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

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
		until, err := ask.After(now, r, "amount", "unit")
		return &node.Wait{Until: until}, err
	case "specificTime":
		until, err := ask.At(c, r, "dateTime")
		return &node.Wait{Until: until}, err
	case "webhook":
		w := &node.Wait{Webhook: true}
		if !r.Bool("limitWaitTime", false) {
			return w, r.Err()
		}
		var err error
		w.Until, err = ask.Limit(c, r, "")
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
	fields, err := ask.Fields(c)
	if err != nil {
		return node.Result{}, err
	}
	about, err := ask.Markup(c, "formDescription")
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
