package drift

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/httpapi"
)

// TestTheGatewayAsksTheFunctionThatServes holds the routes of the functions beside
// api to what these serve; all that is left goes to api.
func TestTheGatewayAsksTheFunctionThatServes(t *testing.T) {
	want := map[string][]string{
		"search": paths(t, httpapi.NewSearch(nil, nil, slog.New(slog.DiscardHandler))),
		"embed":  paths(t, httpapi.NewReindex(httpapi.Parts{})),
	}
	all := paths(t, httpapi.New(httpapi.Parts{}))
	s := stack(t)
	got := map[string][]string{}
	for _, api := range s.HTTPAPIs {
		for _, r := range api.Routes {
			for _, f := range s.Functions {
				if f.ARN == r.FunctionARN && want[folder(f)] != nil {
					got[folder(f)] = append(got[folder(f)], r.Key)
				}
			}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("routes (-served, +template):\n%s", d)
	}
	for _, list := range want {
		for _, p := range list {
			if !slices.Contains(all, p) {
				t.Errorf("the document lacks %s", p)
			}
		}
	}
}

// paths are the operations of an API's document, as the gateway writes routes.
func paths(t *testing.T, a *httpapi.API) []string {
	t.Helper()
	var doc struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal(a.OpenAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	var out []string
	for path, methods := range doc.Paths {
		for m := range methods {
			out = append(out, strings.ToUpper(m)+" "+path)
		}
	}
	slices.Sort(out)
	return out
}

// TestOnlySearchNeedsACCompiler: cgo makes a function slower to start and harder to
// build, so what is linked to a C library stays with the functions that use it.
func TestOnlySearchNeedsACCompiler(t *testing.T) {
	imports := map[string][]string{}
	for _, f := range sources(t) {
		if !f.test {
			imports[f.dir] = append(imports[f.dir], f.imports...)
		}
	}
	var linked func(dir string, seen map[string]bool) bool
	linked = func(dir string, seen map[string]bool) bool {
		if seen[dir] {
			return false
		}
		seen[dir] = true
		return slices.ContainsFunc(imports[dir], func(i string) bool {
			own, ok := strings.CutPrefix(i, module)
			return i == "C" || i == "github.com/yalue/onnxruntime_go" || ok && linked(own, seen)
		})
	}
	var got []string
	for _, f := range stack(t).Functions {
		if linked(f.CodeURI, map[string]bool{}) {
			got = append(got, folder(f))
		}
	}
	slices.Sort(got)
	if want := []string{"embed", "search"}; !slices.Equal(got, want) {
		t.Errorf("linked to a C library are %v, want %v", got, want)
	}
}
