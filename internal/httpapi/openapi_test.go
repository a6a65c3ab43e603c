package httpapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/httpapi"
)

var update = flag.Bool("update", false, "write the golden files anew")

// operation is one operation of the document.
type operation struct {
	ID         string `json:"operationId"`
	Role       string `json:"x-role"`
	Summary    string
	Tags       []string
	Security   []map[string][]string
	Parameters []struct {
		Name, In string
		Required bool
	}
	RequestBody *struct{ Required bool }
	Responses   map[string]struct {
		Content map[string]json.RawMessage
	}

	method, path string
}

// operations are those of the document that the API answers itself, in its order.
func operations(t *testing.T) []operation {
	t.Helper()
	return slices.DeleteFunc(documented(t), elsewhere)
}

// elsewhere reports whether another handler on the same host answers the operation.
func elsewhere(op operation) bool { return op.path == "/ws" || strings.HasPrefix(op.path, "/hooks/") }

// documented are all operations of the document, in its order.
func documented(t *testing.T) []operation {
	t.Helper()
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]operation
	}
	if err := json.Unmarshal(httpapi.New(httpapi.Parts{}).OpenAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("version %s", doc.OpenAPI)
	}
	var all []operation
	for path, methods := range doc.Paths {
		for method, op := range methods {
			op.method, op.path = strings.ToUpper(method), path
			all = append(all, op)
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	if len(all) < 40 {
		t.Fatalf("only %d operations", len(all))
	}
	return all
}

func TestDocumentIsTheGoldenOne(t *testing.T) {
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, httpapi.New(httpapi.Parts{}).OpenAPI(), "", "  "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	const file = "testdata/openapi.json"
	if *update {
		if err := os.WriteFile(file, pretty.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, pretty.Bytes()) {
		t.Errorf("the routes do not match %s; if that is meant, run: go generate ./internal/httpapi", file)
	}
}

func TestDocumentIsServedToEverybody(t *testing.T) {
	c := &client{t: t}
	a := c.do("GET", "/api/openapi.json", nil)
	a.want(http.StatusOK)
	if !bytes.Equal(a.body, httpapi.New(httpapi.Parts{}).OpenAPI()) {
		t.Error("another document is served")
	}
	if m := c.do("GET", "/healthz", nil).want(http.StatusOK); m["status"] != "ok" {
		t.Errorf("%v", m)
	}
}

// TestEveryOperationIsDescribed holds what readers and generators of clients need.
func TestEveryOperationIsDescribed(t *testing.T) {
	ids := map[string]bool{}
	param := regexp.MustCompile(`\{(\w+)\}`)
	for _, op := range documented(t) {
		if op.ID == "" || ids[op.ID] || op.Summary == "" || len(op.Tags) != 1 {
			t.Errorf("%s %s: id %q, summary %q, tags %v", op.method, op.path, op.ID, op.Summary, op.Tags)
		}
		ids[op.ID] = true
		for _, m := range param.FindAllStringSubmatch(op.path, -1) {
			found := false
			for _, p := range op.Parameters {
				found = found || (p.Name == m[1] && p.In == "path" && p.Required)
			}
			if !found {
				t.Errorf("%s: the path parameter %s is not described", op.ID, m[1])
			}
		}
		for status, r := range op.Responses {
			_, problem := r.Content["application/problem+json"]
			if (status >= "400") != problem && op.ID != "connectLive" { // a refused handshake has no body
				t.Errorf("%s: status %s has %v", op.ID, status, r.Content)
			}
		}
		if open := len(op.Security) == 0; open != (op.Role == "") {
			t.Errorf("%s: security %v with the role %q", op.ID, op.Security, op.Role)
		}
	}
}

func TestTheDocumentHasWhatOtherHandlersAnswer(t *testing.T) {
	var got []string
	for _, op := range documented(t) {
		if elsewhere(op) {
			got = append(got, op.method+" "+op.path)
		}
	}
	slices.Sort(got)
	hook := " /hooks/{tenant}/{path}"
	want := []string{"DELETE" + hook, "GET" + hook, "GET /ws", "PATCH" + hook, "POST" + hook, "PUT" + hook}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	c := newTenant(t, "FREE")
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		c.do(method, "/hooks/"+c.id+"/nobody-listens", nil).refused(http.StatusNotFound, "NOT_FOUND")
	}
}
