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
