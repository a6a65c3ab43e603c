package flow

import (
	"context"
	"html"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/form"
	"github.com/automatelanka/automatelanka/internal/node"
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
	fields, err := formFields(c)
	if err != nil {
		return node.Result{}, err
	}
	about, err := markup(c, "options.formDescription")
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
		if w.Until, err = limitOf(c, r); err != nil {
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

// formFields reads the page's fields.
func formFields(c *node.Call) ([]form.Field, error) {
	r := c.At(0)
	if r.String("defineForm", "fields") == "json" {
		list, err := jsonFields(c)
		if err != nil {
			return nil, err
		}
		return readFields(c, list)
	}
	list := r.List("formFields.values")
	if r.Err() != nil {
		return nil, r.Err()
	}
	fields, err := readFields(c, list)
	if err != nil {
		return nil, err
	}
	return fields, fillHTML(c, fields)
}

func readFields(c *node.Call, list []any) ([]form.Field, error) {
	fields, err := form.ReadFields(list, c.Node.TypeVersion)
	if err != nil {
		return nil, node.Errorf("The form cannot be shown: %v.", err)
	}
	return fields, nil
}

// fillHTML evaluates the expressions in the author's HTML, with or without the "="
// that marks them elsewhere.
func fillHTML(c *node.Call, fields []form.Field) error {
	raw, _ := c.Raw("formFields.values")
	list, _ := raw.([]any)
	for i := range fields {
		if fields[i].Kind != form.HTML || i >= len(list) {
			continue
		}
		v, _ := value.Path(list, i, "html")
		text, ok := v.(string)
		if !ok {
			continue
		}
		var err error
		if fields[i].HTML, err = fill(c, strings.TrimPrefix(text, "="), asText); err != nil {
			return err
		}
	}
	return nil
}

// jsonFields reads fields that are written as JSON. Values inside of the text are
// put in as JSON, so that a list can be.
func jsonFields(c *node.Call) ([]any, error) {
	raw, _ := c.Raw("jsonOutput")
	text, isText := raw.(string)
	if !isText {
		list, _ := raw.([]any)
		return list, nil
	}
	if rest, ok := strings.CutPrefix(text, "="); ok {
		var err error
		if text, err = fill(c, rest, func(v any) string {
			if s, ok := v.(string); ok {
				return s
			}
			return string(value.JSON(v))
		}); err != nil {
			return nil, err
		}
	}
	v, err := value.Parse([]byte(text))
	if err != nil {
		return nil, node.WithDetail(node.Errorf("The form's fields are not valid JSON"), err.Error())
	}
	list, ok := v.([]any)
	if !ok {
		return nil, node.Errorf("The form's fields are %s; they must be a list of objects.", value.KindOf(v))
	}
	return list, nil
}

// braces is an expression inside of text.
var braces = regexp.MustCompile(`(?s)\{\{.*?\}\}`)

// asText writes a value into HTML, so that what people entered is never markup.
func asText(v any) string { return html.EscapeString(node.Text(v)) }

// markup is a parameter that is HTML of the author's, with values in it as text.
func markup(c *node.Call, name string) (string, error) {
	raw, _ := c.Raw(name)
	text, _ := raw.(string)
	if rest, ok := strings.CutPrefix(text, "="); ok {
		return fill(c, rest, asText)
	}
	return text, nil
}

// fill puts the values of the expressions into the author's text, which stays
// what it is otherwise. Values are never evaluated again.
func fill(c *node.Call, text string, write func(any) string) (string, error) {
	var failed error
	out := braces.ReplaceAllStringFunc(text, func(e string) string {
		v, ok, err := c.Evaluate(e, 0)
		if err != nil && failed == nil {
			failed = err
		}
		if !ok {
			return ""
		}
		return write(v)
	})
	return out, failed
}

// completion is the end of the form: the browser is shown it, and the workflow
// goes on.
func completion(c *node.Call, first *workflow.Node) (*value.Object, error) {
	message, err := markup(c, "completionMessage")
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

// limitOf is until when an answer is waited for.
func limitOf(c *node.Call, r *node.Reader) (time.Time, error) {
	if r.String("limitType", "afterTimeInterval") == "afterTimeInterval" {
		return after(c.Run.Now, r, "resumeAmount", "resumeUnit")
	}
	return at(c, r, "maxDateAndTime")
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
