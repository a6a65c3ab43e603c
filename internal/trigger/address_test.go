package trigger

import (
	"regexp"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/trigger/service"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func TestMissingAddressesAreMadeAndNothingElseIsTouched(t *testing.T) {
	const uuid = `"webhookId":"[0-9a-f-]{36}"`
	for in, want := range map[string]string{
		// The numbers keep their digits, and other members their place and their spaces.
		`{"name":"w", "x": 1.0e2,"nodes":[ {"name":"T","type":"n8n-nodes-base.telegramTrigger", "parameters":{"n":1.50}} ],"connections":{}}`: `\{"name":"w", "x": 1.0e2,"nodes":\[ \{` + uuid + `,"name":"T",.* "parameters":\{"n":1.50\}\} \],"connections":\{\}\}`,
		`{"nodes":[{"name":"T","type":"n8n-nodes-base.stripeTrigger","webhookId" : "" , "a":1}],"connections":{}}`:                            `.*"webhookId" : "[0-9a-f-]{36}" , "a":1.*`,
		`{"nodes":[{"name":"T","type":"n8n-nodes-base.webhook","parameters":{}}],"connections":{}}`:                                           `.*\[\{` + uuid + `,"name".*`,
	} {
		wf, err := workflow.Parse([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		got, err := WithAddresses([]byte(in), wf, nil)
		if err != nil || !regexp.MustCompile("^"+want+"$").Match(got) {
			t.Errorf("%s\n%s, %v", in, got, err)
		}
		again, err := workflow.Parse(got)
		if err != nil || again.Nodes[0].WebhookID == "" {
			t.Errorf("%s: %v", got, err)
		}
	}
}

// Every node that listens at an address has one once it is saved, whatever its author
// left out: nobody is told so when the workflow is activated.
func TestNoAddressIsMissingOnceAWorkflowIsSaved(t *testing.T) {
	nodes := map[string]string{
		"webhook": `"type":"n8n-nodes-base.webhook","typeVersion":2,"parameters":{}`, "webhook at /": `"type":"n8n-nodes-base.webhook","typeVersion":2,"parameters":{"path":" / "}`,
		"webhook without parameters": `"type":"n8n-nodes-base.webhook","typeVersion":2`,
		"form":                       `"type":"n8n-nodes-base.formTrigger","typeVersion":2.2,"parameters":{"formTitle":"F","formFields":{"values":[{"fieldLabel":"A"}]},"options":{}}`,
		"form of options":            `"type":"n8n-nodes-base.formTrigger","typeVersion":2.2,"parameters":{"formTitle":"F","formFields":{"values":[{"fieldLabel":"A"}]},"options":{"path":"/"}}`,
		"public chat":                `"type":"@n8n/n8n-nodes-langchain.chatTrigger","typeVersion":1.1,"parameters":{"public":true,"options":{}}`,
		"MCP server":                 `"type":"@n8n/n8n-nodes-langchain.mcpTrigger","typeVersion":1,"parameters":{}`,
	}
	for name, text := range nodes {
		in := []byte(`{"nodes":[{"name":"T",` + text + `}],"connections":{}}`)
		wf, err := workflow.Parse(in)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if in, err = WithAddresses(in, wf, nil); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if wf, err = workflow.Parse(in); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := hooks(wf.Nodes[0]); err != nil || len(got) == 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, typ := range service.All() {
		in := []byte(`{"nodes":[{"name":"T","type":"` + typ.Type + `"}],"connections":{}}`)
		if wf, err := workflow.Parse(in); err != nil || !NeedsAddress(wf.Nodes[0]) {
			t.Errorf("%s needs no address (%v)", typ.Type, err)
		}
	}
}

func TestAddressesThatAreThereStay(t *testing.T) {
	for _, in := range []string{
		`{"nodes":[{"name":"T","type":"n8n-nodes-base.stripeTrigger","webhookId":"mine"}],"connections":{}}`,
		`{"nodes":[{"name":"T","type":"n8n-nodes-base.webhook","parameters":{"path":"a"}},{"name":"S","type":"n8n-nodes-base.set"}],"connections":{}}`,
	} {
		wf, err := workflow.Parse([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := WithAddresses([]byte(in), wf, nil); err != nil || string(got) != in {
			t.Errorf("%s, %v", got, err)
		}
	}
	// A new version that forgot the address keeps the one that the service knows.
	in := `{"nodes":[{"name":"T","type":"n8n-nodes-base.stripeTrigger"}],"connections":{}}`
	wf, err := workflow.Parse([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	before, err := workflow.Parse([]byte(`{"nodes":[{"name":"T","type":"n8n-nodes-base.stripeTrigger","webhookId":"known"}],"connections":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := WithAddresses([]byte(in), wf, before); err != nil || !strings.Contains(string(got), `"webhookId":"known"`) {
		t.Errorf("%s, %v", got, err)
	}
}
