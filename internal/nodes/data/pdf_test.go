package data

import (
	"context"
	"testing"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
	"github.com/automatelanka/automatelanka/internal/workflow/walk"
)

// pages is a reader that knows one file, of two pages.
type pages struct{}

func (pages) Read(_ context.Context, file []byte, password string, most int) (node.PDF, error) {
	if string(file) != "pdf" || password != "sesame" {
		return node.PDF{}, node.Errorf("not the file")
	}
	doc := node.PDF{Version: "1.4", Pages: 2, Texts: []string{"one", "two"}, Info: [][2]string{{"Title", "T"}}}
	if most > 0 {
		doc.Texts = doc.Texts[:most]
	}
	return doc, nil
}

func TestPDF(t *testing.T) {
	for _, c := range []struct{ typ, parameters, want string }{
		{"extractFromFile", `{"operation":"pdf","options":{"password":"sesame"}}`, `{"numpages":2,"numrender":2,"info":{"PDFFormatVersion":"1.4","Title":"T"},"text":"one\n\ntwo","version":"1.4"}`},
		{"extractFromFile", `{"operation":"pdf","options":{"password":"sesame","joinPages":false}}`, `{"numpages":2,"numrender":2,"info":{"PDFFormatVersion":"1.4","Title":"T"},"text":["one","two"],"version":"1.4"}`},
		{"extractFromFile", `{"operation":"pdf","options":{"password":"sesame","maxPages":1,"keepSource":"json"}}`, `{"k":1,"numpages":2,"numrender":1,"info":{"PDFFormatVersion":"1.4","Title":"T"},"text":"one","version":"1.4"}`},
		{"readPDF", `{"encrypted":true,"password":"sesame"}`, `{"numpages":2,"numrender":2,"info":{"PDFFormatVersion":"1.4","Title":"T"},"text":"one\n\ntwo","version":"1.4"}`},
		{"readPDF", `{}`, ``},
	} {
		p, err := value.ParseObject([]byte(c.parameters))
		if err != nil {
			t.Fatal(err)
		}
		n := value.Obj("name", "N", "id", "n", "type", "n8n-nodes-base."+c.typ, "typeVersion", 1.0, "parameters", p)
		wf, err := workflow.FromValue(value.Obj("nodes", []any{n}))
		if err != nil {
			t.Fatal(err)
		}
		registry := node.NewRegistry(Types())
		if f := registry.FamilyOf(wf.Node("N")); f != node.Data {
			t.Errorf("%s runs in %s", c.typ, f)
		}
		in := []workflow.Item{{JSON: value.Obj("k", 1.0), Binary: map[string]workflow.Binary{"data": {Data: []byte("pdf")}}}}
		walker, err := walk.New(wf, walk.Options{Start: "N"})
		if err != nil {
			t.Fatal(err)
		}
		env := &node.Env{Workflow: wf, Registry: registry, History: walker.History(), Services: node.Services{PDF: pages{}}, Run: node.RunInfo{Tenant: "t"}}
		out := node.Execute(t.Context(), env, walk.Step{Node: wf.Node("N"), Inputs: [][]workflow.Item{in}, Sources: make([]workflow.Source, 1)})
		switch {
		case c.want == "" && out.Err == nil, c.want != "" && out.Err != nil:
			t.Errorf("%s %s: %v", c.typ, c.parameters, out.Err)
		case c.want != "":
			if got := string(value.JSON(out.Run.Outputs[0][0].JSON)); got != c.want {
				t.Errorf("%s %s\ngives %s\nnot   %s", c.typ, c.parameters, got, c.want)
			}
		}
	}
}
