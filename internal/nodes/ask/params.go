package ask

import "github.com/automatelanka/automatelanka/internal/node"

// Params are the parameters of every operation that sends and waits, beside those that
// say where the message goes.
func Params(show map[string][]any) []node.Param {
	text := func(name, description string) node.Param {
		return node.Param{Name: name, Type: "string", Default: "", Description: description}
	}
	with := func(p node.Param) node.Param {
		p.Show = show
		return p
	}
	return []node.Param{
		with(text("subject", "What it is about: the title of the page and of an e-mail.")),
		with(node.Param{Name: "message", Type: "string", Default: "", Required: true, Description: "What is asked."}),
		with(node.Param{Name: "responseType", Type: "options", Default: "approval", Options: []node.Option{
			{Value: "approval", Name: "Approval"}, {Value: "freeText", Name: "Free Text"}, {Value: "customForm", Name: "Custom Form"}},
			Description: "How it is answered: by one or two buttons, by a text, or by a form."}),
		with(node.Param{Name: "defineForm", Type: "options", Default: "fields", Options: []node.Option{{Value: "fields", Name: "Fields"}, {Value: "json", Name: "JSON"}}}),
		with(node.Param{Name: "formFields", Type: "fixedCollection", Default: map[string]any{}, Description: "The fields of a custom form: those of the Form Trigger."}),
		with(node.Param{Name: "jsonOutput", Type: "json", Default: "", Description: "The fields of a custom form as JSON."}),
		with(node.Param{Name: "approvalOptions", Type: "fixedCollection", Default: map[string]any{}, Fields: []node.Param{{Name: "values", Type: "collection", Fields: []node.Param{
			{Name: "approvalType", Type: "options", Default: "single", Options: []node.Option{{Value: "single", Name: "Approve Only"}, {Value: "double", Name: "Approve and Disapprove"}}},
			text("approveLabel", ""), text("disapproveLabel", ""),
			{Name: "buttonApprovalStyle", Type: "options", Default: "primary"}, {Name: "buttonDisapprovalStyle", Type: "options", Default: "secondary"},
		}}}}),
		with(node.Param{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
			{Name: "limitWaitTime", Type: "fixedCollection", Description: "values: limitType (afterTimeInterval, atSpecifiedTime), resumeAmount, resumeUnit (minutes, hours, days), maxDateAndTime. When the time is over what came in goes on."},
			{Name: "appendAttribution", Type: "boolean", Default: true}, text("messageButtonLabel", "Of the link to the form."),
			text("responseFormTitle", ""), text("responseFormDescription", ""), text("responseFormButtonLabel", ""), text("responseFormCustomCss", ""),
		}}),
	}
}
