package flow

import (
	"context"
	"net/url"
	"strings"

	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/ask"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func formPage() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: form.TypeForm, Versions: []float64{1, 2.3, 2.4, 2.5}, Name: "Form",
			Description: "Shows the next page of a form, and goes on with its answers; or ends the form with a text, an address or a file.",
			Group:       "flow", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: append([]node.Param{
				{Name: "operation", Type: "options", Default: "page", Description: "page or completion."},
				{Name: "defineForm", Type: "options", Default: "fields", Description: "fields or json.", Show: map[string][]any{"operation": {"page"}}},
				{Name: "jsonOutput", Type: "json", Default: "", Description: "The fields as JSON.", Show: map[string][]any{"defineForm": {"json"}}},
				formFieldsParam(),
				{Name: "respondWith", Type: "options", Default: form.EndText, Description: "text, redirect, showText or returnBinary.", Show: map[string][]any{"operation": {"completion"}}},
				{Name: "redirectUrl", Type: "string", Default: "", Description: "Where the browser goes.", Show: map[string][]any{"respondWith": {form.EndRedirect}}},
				{Name: "completionTitle", Type: "string", Default: "", Description: "The title of the last page."},
				{Name: "completionMessage", Type: "string", Default: "", Description: "The text of the last page."},
				{Name: "responseText", Type: "string", Default: "", Description: "The last page as text or HTML.", Show: map[string][]any{"respondWith": {form.EndHTML}}},
				{Name: "inputDataFieldName", Type: "string", Default: "data", Description: "The name of the file.", Show: map[string][]any{"respondWith": {form.EndFile}}},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "formTitle, formDescription, buttonLabel, customCss."},
			}, limitParams(nil)...),
		},
		Run: runForm,
	}
}

func formFieldsParam() node.Param {
	return node.Param{Name: "formFields", Type: "fixedCollection", Default: map[string]any{}, Description: "The fields: fieldType (text, textarea, number, email, password, date, dropdown, checkbox, radio, file, hiddenField, html), fieldLabel, requiredField, …"}
}

func runForm(_ context.Context, c *node.Call) (node.Result, error) {
	first := formTrigger(c.Workflow, c.Node.Name)
	if first == nil {
		return node.Result{}, node.WithDetail(node.Errorf("Form Trigger node must be set before this node"), "Begin the workflow with a Form Trigger, or show the form with a Wait node.")
	}
	res := node.Result{Outputs: [][]workflow.Item{c.Input(0)}}
	var err error
	if c.At(0).String("operation", "page") == "completion" {
		res.State, err = completion(c, first)
		return res, err
	}
	fields, err := ask.Fields(c)
	if err != nil {
		return node.Result{}, err
	}
	about, err := ask.Markup(c, "options.formDescription")
	if err != nil {
		return node.Result{}, err
	}
	r := c.At(0)
	page := form.Form{
		Title: r.String("options.formTitle", ""), Description: about,
		Button: r.String("options.buttonLabel", ""), CSS: r.String("options.customCss", ""), Fields: fields,
	}
	if page.Title == "" {
		page.Title = written(first.Parameters, "formTitle")
	}
	if page.Button == "" {
		page.Button = written(first.Parameters, "options", "buttonLabel")
	}
	if r.Err() != nil {
		return node.Result{}, r.Err()
	}
	return askForm(c, res, page, first)
}

// askForm leaves the page for the browser and waits for its answers.
func askForm(c *node.Call, res node.Result, page form.Form, first *workflow.Node) (node.Result, error) {
	w := &node.Wait{Webhook: true}
	var err error
	if r := c.At(0); r.Bool("limitWaitTime", false) {
		if w.Until, err = ask.Limit(c, r, ""); err != nil {
			return node.Result{}, err
		}
	}
	res.Wait = w
	res.State, err = form.Page{Form: &page, LocalTime: localTime(first), Timezone: c.Run.Timezone}.State()
	return res, err
}

// localTime is the trigger's choice of the zone in which answers are stamped.
func localTime(first *workflow.Node) bool {
	if first == nil {
		return false
	}
	if v, ok := value.Path(first.Parameters, "options", "useWorkflowTimezone"); ok {
		return v == true
	}
	return first.TypeVersion > 2
}

// formTrigger is the form trigger before a node; nil if there is none.
func formTrigger(wf *workflow.Workflow, name string) *workflow.Node {
	seen := map[string]bool{name: true}
	queue := []string{name}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, origins := range wf.Incoming(at) {
			for _, o := range origins {
				n := wf.Node(o.Node)
				if n == nil || seen[o.Node] {
					continue
				}
				if n.Type == form.TypeTrigger {
					return n
				}
				seen[o.Node] = true
				queue = append(queue, o.Node)
			}
		}
	}
	return nil
}

// written is a text of another node's parameters, without what must be evaluated.
func written(o *value.Object, path ...any) string {
	v, _ := value.Path(o, path...)
	s, _ := v.(string)
	if strings.Contains(s, "{{") {
		return ""
	}
	return strings.TrimPrefix(s, "=")
}

// completion is the end of the form: the browser is shown it, and the workflow
// goes on.
func completion(c *node.Call, first *workflow.Node) (*value.Object, error) {
	message, err := ask.Markup(c, "completionMessage")
	if err != nil {
		return nil, err
	}
	r := c.At(0)
	end := form.Ending{
		Kind: r.String("respondWith", form.EndText), Title: r.String("completionTitle", ""), Message: message,
		PageTitle: r.String("options.formTitle", ""), CSS: r.String("options.customCss", ""),
	}
	if end.PageTitle == "" {
		end.PageTitle = written(first.Parameters, "formTitle")
	}
	switch end.Kind {
	case form.EndText:
	case form.EndRedirect:
		to, err := Address(r.String("redirectUrl", ""))
		if err != nil {
			return nil, err
		}
		end.URL = to
	case form.EndHTML:
		end.HTML = r.String("responseText", "")
	case form.EndFile:
		end.File = r.String("inputDataFieldName", "data")
		if items := c.Input(0); len(items) == 0 || items[0].Binary[end.File].MimeType == "" {
			return nil, node.Errorf("The form's end is to give the file '%s', but the first item has none of that name.", end.File)
		}
	default:
		return nil, node.Errorf("Ending a form with %q is not supported; supported are text, redirect, showText and returnBinary.", end.Kind)
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	return form.Page{Ending: &end}.State()
}

// Address checks where a browser is sent; without a scheme it is http, as in n8n.
func Address(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text != "" && !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", node.Errorf("The form's end is to lead to %q, which is no address; it must begin with https:// or http://.", text)
	}
	return u.String(), nil
}

// limitParams are the parameters that bound a wait, shown by show if it is set.
func limitParams(show map[string][]any) []node.Param {
	return []node.Param{
		{Name: "limitWaitTime", Type: "boolean", Default: false, Description: "Whether an answer is waited for only so long.", Show: show},
		{Name: "limitType", Type: "options", Default: "afterTimeInterval", Description: "afterTimeInterval or atSpecifiedTime.", Show: map[string][]any{"limitWaitTime": {true}}},
		{Name: "resumeAmount", Type: "number", Default: 1.0, Description: "How long an answer is waited for.", Show: map[string][]any{"limitWaitTime": {true}}},
		{Name: "resumeUnit", Type: "options", Default: "hours", Description: "seconds, minutes, hours or days.", Show: map[string][]any{"limitWaitTime": {true}}},
		{Name: "maxDateAndTime", Type: "dateTime", Default: "", Description: "Until when an answer is waited for.", Show: map[string][]any{"limitType": {"atSpecifiedTime"}}},
	}
}
