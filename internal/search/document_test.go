package search_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func TestDocumentText(t *testing.T) {
	d := search.Document{
		Name: "Lead alert", Description: "Tells sales.", Tags: []string{"crm", "chat"},
		UseCases: []string{"See leads", "React fast"}, Apps: []string{"slack"},
	}
	if got, want := d.Text(), "Lead alert. Tells sales. Tags: crm, chat. Use cases: See leads; React fast"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := (&search.Document{Name: "Only a name"}).Text(); got != "Only a name" {
		t.Errorf("%q", got)
	}
}

func TestTextHashSeesTheTextOnly(t *testing.T) {
	base := search.Document{ID: "a", Name: "n", UseCases: []string{"x", "y"}}
	same, moved, split := base, base, base
	same.ID, same.Version, same.Category, same.Apps = "b", 7, "c", []string{"d"}
	moved.UseCases = []string{"y", "x"}
	split.UseCases = []string{"x; y"}
	if base.TextHash() != same.TextHash() {
		t.Error("what is not embedded changed the hash")
	}
	if base.TextHash() == moved.TextHash() || base.TextHash() == split.TextHash() {
		t.Error("other use cases have the same hash")
	}
}

func TestOfWorkflow(t *testing.T) {
	w, err := workflow.Parse([]byte(`{
		"name": "Invoices of Falcon", "description": "monthly", "tags": [{"id": "1", "name": "billing"}, "late"],
		"nodes": [
			{"name": "On Change", "type": "n8n-nodes-base.googleSheetsTrigger", "parameters": {}},
			{"name": "Ask", "type": "n8n-nodes-base.httpRequest", "notes": "calls the bank", "parameters": {"url": "https://secret.example.com/?key=s3cr3t"}},
			{"name": "Tell", "type": "n8n-nodes-base.slack", "parameters": {"text": "s3cr3t"}},
			{"name": "Note", "type": "n8n-nodes-base.stickyNote", "parameters": {"content": "## Why\nThe  board asked"}}
		], "connections": {}}`))
	if err != nil {
		t.Fatal(err)
	}
	got := search.OfWorkflow("wf_1", 4, w)
	want := search.Document{
		ID: "wf_1", Kind: search.Workflow, Version: 4, Name: "Invoices of Falcon", Description: "monthly",
		Tags: []string{"billing", "late"}, Apps: []string{"google-sheets", "slack"},
		Body: "Steps: On Change, Ask, Tell. calls the bank ## Why The board asked",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Contains(got.Text(), "s3cr3t") {
		t.Error("parameters are in the index")
	}
}

func TestApp(t *testing.T) {
	for nodeType, want := range map[string]string{
		"n8n-nodes-base.googleSheetsTrigger":           "google-sheets",
		"n8n-nodes-base.slack":                         "slack",
		"n8n-nodes-base.gmailTool":                     "gmail",
		"n8n-nodes-base.youTube":                       "youtube",
		"n8n-nodes-base.awsS3":                         "aws-s3",
		"n8n-nodes-base.emailSend":                     "smtp",
		"@n8n/n8n-nodes-langchain.lmChatOpenAi":        "openai",
		"@n8n/n8n-nodes-langchain.openAi":              "openai",
		"@n8n/n8n-nodes-langchain.vectorStorePinecone": "pinecone",
		"@n8n/n8n-nodes-langchain.memoryPostgresChat":  "postgres",
		"n8n-nodes-base.httpRequest":                   "",
		"n8n-nodes-base.scheduleTrigger":               "",
		"@n8n/n8n-nodes-langchain.agent":               "",
		"@n8n/n8n-nodes-langchain.chatTrigger":         "",
		"n8n-nodes-base.stickyNote":                    "",
		"":                                             "",
	} {
		if got, ok := search.App(nodeType); got != want || ok != (want != "") {
			t.Errorf("App(%q) = %q, %v; want %q", nodeType, got, ok, want)
		}
	}
}
