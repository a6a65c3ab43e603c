package nodes

import (
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

var update = flag.Bool("update", false, "write the generated documentation")

// NODES.md is generated: go test ./internal/nodes -run Documentation -update
func TestDocumentationIsThatOfTheSpecs(t *testing.T) {
	const file = "NODES.md"
	got := Registry().Document()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not up to date; run this test with -update\n%s", file, diff)
	}
}

func TestSpecsAreComplete(t *testing.T) {
	r := Registry()
	families := []node.Family{node.Pure, node.HTTP, node.AI, node.Code, node.Data}
	for _, name := range r.Names() {
		for _, typ := range r.All(name) {
			s := typ.Spec
			if s.Name == "" || s.Description == "" || s.Group == "" || !slices.Contains(families, s.Family) || !slices.IsSorted(s.Versions) {
				t.Errorf("%s %v: the spec lacks something: %+v", s.Type, s.Versions, s)
			}
			for _, p := range s.Parameters() {
				if p.Name == "" || p.Type == "" {
					t.Errorf("%s %v: a parameter lacks its name or type: %+v", s.Type, s.Versions, p)
				}
			}
			if v, _ := s.Schema().Get("type"); v != "object" {
				t.Errorf("%s: schema %s", s.Type, value.JSON(s.Schema()))
			}
		}
	}
}

// Calls of models are counted in the function of the AI nodes alone: what has the
// credential of a service of models runs there, or hangs on a node that does.
func TestTypesOfModelsRunWhereCallsAreCounted(t *testing.T) {
	r := Registry()
	models := []string{"openAiApi", "googlePalmApi", "anthropicApi", "perplexityApi", "mistralCloudApi", "cohereApi", "groqApi", "deepSeekApi", "openRouterApi", "xAiApi", "azureOpenAiApi", "ollamaApi"}
	seen := map[string]bool{}
	for _, name := range r.Names() {
		for _, typ := range r.All(name) {
			for _, c := range typ.Spec.Credentials {
				if !slices.Contains(models, c) {
					continue
				}
				seen[c] = true
				if typ.Spec.Family != node.AI {
					t.Errorf("%s uses %s and runs in the family %s", name, c, typ.Spec.Family)
				}
			}
		}
	}
	for _, c := range models {
		if !seen[c] {
			t.Errorf("no type uses %s", c)
		}
	}
}

// The OpenAI node is one type, of which a connector serves the resources beside texts.
func TestOpenAIHasAllItsResources(t *testing.T) {
	r := Registry()
	for _, v := range []float64{1, 1.8, 2, 2.3} {
		s := &r.Lookup("@n8n/n8n-nodes-langchain.openAi", v).Spec
		if !slices.Equal(s.Credentials, []string{"openAiApi"}) {
			t.Errorf("version %v uses %v", v, s.Credentials)
		}
		var values []string
		for _, p := range s.Parameters() {
			for _, o := range p.Options {
				if p.Name == "resource" {
					values = append(values, o.Value)
				}
			}
		}
		if !slices.Equal(values, []string{"text", "audio", "image", "file"}) {
			t.Errorf("version %v has the resources %v", v, values)
		}
	}
	for _, tool := range []string{"n8n-nodes-base.dataTableTool", "n8n-nodes-base.perplexityTool", "@n8n/n8n-nodes-langchain.googleGeminiTool"} {
		if r.Lookup(tool, 1) == nil {
			t.Errorf("%s is not there", tool)
		}
	}
}

// The node types that the first version promises, in the versions that real
// workflows have.
func TestPromisedTypesAreThere(t *testing.T) {
	r := Registry()
	for typ, versions := range map[string][]float64{
		"manualTrigger": {1}, "webhook": {1, 1.1, 2}, "respondToWebhook": {1, 1.1}, "scheduleTrigger": {1, 1.1, 1.2},
		"set": {1, 2, 3, 3.1, 3.2, 3.3, 3.4}, "if": {1, 2, 2.1, 2.2}, "switch": {1, 2, 3, 3.1, 3.2}, "filter": {1, 2, 2.1, 2.2},
		"merge": {1, 2, 2.1, 3, 3.1}, "splitOut": {1}, "aggregate": {1}, "limit": {1}, "sort": {1}, "removeDuplicates": {1, 1.1, 2},
		"splitInBatches": {1, 2, 3}, "noOp": {1}, "wait": {1, 1.1}, "stopAndError": {1}, "stickyNote": {1},
		"httpRequest": {1, 2, 3, 4, 4.1, 4.2}, "code": {1, 2}, "function": {1}, "functionItem": {1}, "itemLists": {1, 2.2, 3, 3.1},
	} {
		for _, v := range versions {
			if !r.Supports("n8n-nodes-base."+typ, v) {
				t.Errorf("%s %v is not there", typ, v)
			}
		}
	}
}

// Where n8n has one class for all versions, it also runs nodes of versions that never were.
func TestVersionsThatNeverWere(t *testing.T) {
	r := Registry()
	for typ, want := range map[string]bool{"n8n-nodes-base.noOp": true, "n8n-nodes-base.function": true, "n8n-nodes-base.set": false} {
		if r.Supports(typ, 17.5) != want {
			t.Errorf("%s 17.5: supported is %v", typ, !want)
		}
	}
	if got := r.Lookup("n8n-nodes-base.switch", 3.2); got == nil || got.Spec.AnyVersion {
		t.Errorf("switch 3.2 is %+v", got)
	}
}
