package workflow

import (
	"strconv"

	"github.com/automatelanka/automatelanka/internal/value"
)

// parseNode reads one element of "nodes".
func parseNode(v any, i int) (*Node, error) {
	raw, ok := v.(*value.Object)
	if !ok {
		return nil, invalid("nodes["+strconv.Itoa(i)+"]", "A node is a JSON object; this is "+article(v)+".")
	}
	if err := checkNames("nodes["+strconv.Itoa(i)+"].", raw, "name", "id", "type", "webhookId"); err != nil {
		return nil, err
	}
	n := &Node{
		ID: text(raw, "id"), Name: text(raw, "name"), Type: text(raw, "type"), TypeVersion: 1,
		Disabled: flag(raw, "disabled"), RetryOnFail: flag(raw, "retryOnFail"), WaitBetweenTries: -1,
		ExecuteOnce: flag(raw, "executeOnce"), AlwaysOutputData: flag(raw, "alwaysOutputData"),
		WebhookID: text(raw, "webhookId"), Notes: text(raw, "notes"), OnError: onError(raw), Raw: raw,
	}
	if n.Parameters, ok = field[*value.Object](raw, "parameters"); !ok {
		n.Parameters = value.NewObject(0)
	}
	if x, ok := number(raw, "typeVersion"); ok {
		n.TypeVersion = x
	}
	if x, ok := number(raw, "maxTries"); ok {
		n.MaxTries = int(x)
	}
	if x, ok := number(raw, "waitBetweenTries"); ok {
		n.WaitBetweenTries = int(x)
	}
	if p, ok := field[[]any](raw, "position"); ok && len(p) == 2 {
		n.Position[0], _ = p[0].(float64)
		n.Position[1], _ = p[1].(float64)
	}
	n.Credentials = parseCredentials(raw)
	return n, nil
}

// checkNames refuses names that are too long to be kept; at ends where they stand.
func checkNames(at string, raw *value.Object, keys ...string) error {
	for _, key := range keys {
		if n := len(text(raw, key)); n > MaxName {
			return invalid(at+key, "It has "+strconv.Itoa(n)+" bytes; at most "+strconv.Itoa(MaxName)+" are allowed. Shorten it.")
		}
	}
	return nil
}

// onError reads the setting; continueOnFail is its old form.
func onError(raw *value.Object) OnError {
	switch o := OnError(text(raw, "onError")); o {
	case OnErrorContinueRegular, OnErrorContinueError:
		return o
	case OnErrorStop:
		// n8n lets the old flag win over an explicit stop.
	}
	if flag(raw, "continueOnFail") {
		return OnErrorContinueRegular
	}
	return OnErrorStop
}

// parseCredentials reads {type: {id, name}}; exports before n8n 0.160 have
// {type: "name"}.
func parseCredentials(raw *value.Object) map[string]CredentialRef {
	o, _ := field[*value.Object](raw, "credentials")
	if o.Len() == 0 {
		return nil
	}
	refs := make(map[string]CredentialRef, o.Len())
	for typ, v := range o.All() {
		switch v := v.(type) {
		case string:
			refs[typ] = CredentialRef{Name: v}
		case *value.Object:
			refs[typ] = CredentialRef{ID: text(v, "id"), Name: text(v, "name")}
		}
	}
	return refs
}

func parseSettings(raw *value.Object) (Settings, error) {
	o, _ := field[*value.Object](raw, "settings")
	s := Settings{
		ExecutionOrder: text(o, "executionOrder"), Timezone: text(o, "timezone"),
		ErrorWorkflow: text(o, "errorWorkflow"), Parallel: flag(o, "parallelBranches"),
		CallerPolicy: text(o, "callerPolicy"),
	}
	if s.ErrorWorkflow == "DEFAULT" {
		s.ErrorWorkflow = ""
	}
	if x, ok := number(o, "executionTimeout"); ok && x > 0 {
		s.ExecutionTimeout = x
	}
	var err error
	s.Caps, err = parseCaps(o)
	return s, err
}

// parsePinData reads {node: [items]}; n8n also accepts bare JSON objects as items.
func (w *Workflow) parsePinData(raw *value.Object) error {
	o, _ := field[*value.Object](raw, "pinData")
	if o.Len() == 0 {
		return nil
	}
	w.PinData = make(map[string][]Item, o.Len())
	for name, v := range o.All() {
		items, err := ItemsOf(v)
		if err != nil {
			return invalid("pinData["+strconv.Quote(name)+"]", err.Error())
		}
		w.PinData[name] = items
	}
	return nil
}

// indexNames makes the lookup by name; of doubled names the last counts, as in n8n.
func (w *Workflow) indexNames() {
	for _, n := range w.Nodes {
		w.byName[n.Name] = n
	}
}
