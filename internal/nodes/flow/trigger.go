package flow

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// triggers are the node types that start workflows and hand on the items that
// started the run. What these items are is decided where the run is accepted.
func triggers() []node.Type {
	all := []node.Spec{
		{Type: "n8n-nodes-base.start", Versions: []float64{1}, Name: "Start", Description: "Starts the workflow by hand (old workflows)."},
		{Type: "n8n-nodes-base.manualTrigger", Versions: []float64{1}, AnyVersion: true, Name: "Manual Trigger", Description: "Starts the workflow on request, with the items of the request or one empty item."},
		{Type: "n8n-nodes-base.cron", Versions: []float64{1}, AnyVersion: true, Name: "Cron", Description: "Starts the workflow at set times (old workflows).", Params: []node.Param{
			{Name: "triggerTimes", Type: "fixedCollection", Default: map[string]any{}, Description: "The times: mode (everyMinute, everyHour, everyDay, everyWeek, everyMonth, everyX, custom), hour, minute, weekday, dayOfMonth, cronExpression."},
		}},
		{Type: "n8n-nodes-base.interval", Versions: []float64{1}, Name: "Interval", Description: "Starts the workflow at an interval (old workflows).", Params: []node.Param{
			{Name: "interval", Type: "number", Default: 1.0, Description: "How long the interval is."},
			{Name: "unit", Type: "options", Default: "seconds", Description: "seconds, minutes or hours."},
		}},
		{Type: "@n8n/n8n-nodes-langchain.chatTrigger", Versions: []float64{1, 1.1, 1.2, 1.3, 1.4, 1.5}, Name: "Chat Trigger", Description: "Starts the workflow with a chat message: sessionId, action, chatInput. A public chat has a page and an address for n8n's chat widget.", Params: chatParams()},
		{Type: "@n8n/n8n-nodes-langchain.manualChatTrigger", Versions: []float64{1, 1.1}, Name: "Manual Chat Trigger", Description: "Starts the workflow with a chat message by hand: chatInput."},
		{Type: "n8n-nodes-base.formTrigger", Versions: []float64{1, 2, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6}, Name: "Form Trigger", Description: "Shows a form and starts the workflow with its answers by the fields' names, submittedAt and formMode; files are beside them.", Params: formParams()},
		{Type: "n8n-nodes-base.errorTrigger", Versions: []float64{1}, Name: "Error Trigger", Description: "Starts the workflow when another one fails, with execution and workflow."},
		webhookSpec(), scheduleSpec(),
	}
	all = append(all, serviceSpecs()...)
	types := make([]node.Type, 0, len(all)+1)
	for _, s := range all {
		s.Group, s.Family, s.Trigger = "trigger", node.Pure, true
		if s.Outputs == nil {
			s.Outputs = main1
		}
		types = append(types, node.Type{Spec: s})
	}
	return append(types, executeWorkflowTrigger())
}

func formParams() []node.Param {
	return []node.Param{
		{Name: "path", Type: "string", Default: "", Description: "The form's path; without it, and options.path, the webhookId is."},
		{Name: "authentication", Type: "options", Default: "none", Description: "none or basicAuth; n8nUserAuth (version 2.6) is refused: those who fill in forms have no accounts here."},
		{Name: "formTitle", Type: "string", Default: "", Description: "The title."},
		{Name: "formDescription", Type: "string", Default: "", Description: "A text below the title; HTML is sanitised, and has no pictures."},
		formFieldsParam(),
		{Name: "responseMode", Type: "options", Default: "onReceived", Description: "When the end is shown: onReceived, lastNode or responseNode."},
		{Name: "options", Type: "collection", Default: map[string]any{}, Description: "path, buttonLabel, respondWithOptions, appendAttribution, ignoreBots, useWorkflowTimezone, customCss."},
	}
}

func chatParams() []node.Param {
	return []node.Param{
		{Name: "public", Type: "boolean", Default: false, Description: "Whether all who know the address may use the chat; otherwise it has none."},
		{Name: "mode", Type: "options", Default: "hostedChat", Description: "hostedChat (a page of its own) or webhook (only its address, for a widget)."},
		{Name: "authentication", Type: "options", Default: "none", Description: "none or basicAuth."},
		{Name: "initialMessages", Type: "string", Default: "", Description: "What the page greets with, one message a line."},
		{Name: "options", Type: "collection", Default: map[string]any{}, Description: "title, subtitle, inputPlaceholder, responseMode (lastNode, responseNode; streaming answers whole), loadPreviousSession, allowFileUploads, allowedFilesMimeTypes, allowedOrigins, customCss."},
	}
}

func webhookSpec() node.Spec {
	return node.Spec{
		Type: "n8n-nodes-base.webhook", Versions: []float64{1, 1.1, 2, 2.1}, Name: "Webhook",
		Description: "Starts the workflow with an HTTP request: headers, params, query, body, webhookUrl, executionMode.",
		Params: []node.Param{
			{Name: "httpMethod", Type: "options", Default: "GET", Description: "The method, or several with multipleMethods."},
			{Name: "path", Type: "string", Required: true, Description: "The path of the address; parts like :id are parameters."},
			{Name: "authentication", Type: "options", Default: "none", Description: "none, basicAuth, headerAuth or jwtAuth."},
			{Name: "responseMode", Type: "options", Default: "onReceived", Description: "When the request is answered: onReceived, lastNode or responseNode."},
			{Name: "responseCode", Type: "number", Default: 200.0, Description: "The status of the answer."},
			{Name: "responseData", Type: "options", Default: "firstEntryJson", Description: "What lastNode answers: allEntries, firstEntryJson, firstEntryBinary or noData."},
			{Name: "options", Type: "collection", Default: map[string]any{}, Description: "rawBody, responseHeaders, responseData, ipWhitelist, …"},
		},
	}
}

func scheduleSpec() node.Spec {
	return node.Spec{
		Type: "n8n-nodes-base.scheduleTrigger", Versions: []float64{1, 1.1, 1.2, 1.3, 1.4}, Name: "Schedule Trigger",
		Description: "Starts the workflow at set times, with the time in words and numbers.",
		Params: []node.Param{
			{Name: "rule", Type: "fixedCollection", Default: map[string]any{}, Description: "The intervals: field (seconds, minutes, hours, days, weeks, months, cronExpression) and its details."},
			{Name: "misfirePolicy", Type: "options", Default: "skip", Description: "Of ticks that come too late: skip, coalesce (the newest of each rule runs) or, with one rule, coalesce_owner. After an hour none come.", Show: map[string][]any{"@version": {1.4}}},
			{Name: "misfireGraceSeconds", Type: "number", Default: 0.0, Description: "How late a tick may come before it counts as missed; 0: an hour.", Show: map[string][]any{"@version": {1.4}}},
		},
	}
}

func executeWorkflowTrigger() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.executeWorkflowTrigger", Versions: []float64{1, 1.1, 1.2}, Name: "Execute Workflow Trigger",
			Description: "Starts the workflow when another one calls it, with its items.",
			Group:       "trigger", Family: node.Pure, Trigger: true, Outputs: main1,
			Params: []node.Param{
				{Name: "inputSource", Type: "options", Default: "passthrough", Description: "passthrough.", Show: map[string][]any{"@version": {1.0}}},
				{Name: "inputSource", Type: "options", Default: "workflowInputs", Description: "passthrough, workflowInputs or jsonExample.", Show: map[string][]any{"@version": {1.1, 1.2}}},
				{Name: "workflowInputs", Type: "fixedCollection", Default: map[string]any{}, Description: "The fields that are let through: name, type."},
				{Name: "jsonExample", Type: "json", Description: "An example whose fields are let through."},
				{Name: "returnOutput", Type: "options", Default: "lastRunOnly", Description: "What the caller gets of a last node that ran several times: lastRunOnly or allRuns; from version 1.2 always all.", Show: map[string][]any{"@version": {1.0, 1.1}}},
			},
		},
		Run: func(_ context.Context, c *node.Call) (node.Result, error) {
			res, err := one(calledWith(c))
			if r := c.At(0); c.Node.TypeVersion >= 1.2 || r.String("returnOutput", "lastRunOnly") == "allRuns" {
				res.State = node.GivesAllRuns()
			}
			return res, err
		},
	}
}

// calledWith lets the declared fields through; those that are missing are null.
func calledWith(c *node.Call) ([]workflow.Item, error) {
	r := c.At(0)
	var names []string
	switch r.String("inputSource", "passthrough") {
	case "passthrough":
		return c.Input(0), r.Err()
	case "jsonExample":
		names = r.Object("jsonExample").Keys()
	default:
		for _, o := range r.Objects("workflowInputs.values") {
			names = append(names, node.Get(o, "name", ""))
		}
	}
	out := make([]workflow.Item, 0, len(c.Input(0)))
	for i, it := range c.Input(0) {
		o := value.NewObject(len(names))
		for _, name := range names {
			v, _ := it.JSON.Get(name)
			o.Set(name, v)
		}
		item := derived(i, o)
		item.Binary = it.Binary
		out = append(out, item)
	}
	return out, r.Err()
}
