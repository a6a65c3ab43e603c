package httpapi

import (
	"bytes"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

const typeCSV = "text/csv"

// AcceptInput is what routes take that also answer with a table.
type AcceptInput struct {
	Accept string `header:"Accept" doc:"text/csv asks for a table."`
}

// csv reports whether the caller wants a table.
func (a AcceptInput) csv() bool {
	for want := range strings.SplitSeq(a.Accept, ",") {
		kind, _, _ := strings.Cut(want, ";")
		switch strings.TrimSpace(kind) {
		case typeCSV:
			return true
		case "application/json", "*/*":
			return false
		}
	}
	return false
}

// fileOutput is a raw answer that a browser saves under a name.
type fileOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// table is an answer as CSV.
func table(name string, b []byte) *fileOutput {
	return &fileOutput{ContentType: typeCSV + "; charset=utf-8", Disposition: `attachment; filename="` + name + `.csv"`, Body: b}
}

// answerJSON is v as the answer of a route that may also give a table.
func answerJSON(v any) (*fileOutput, error) {
	var b bytes.Buffer
	err := marshal(&b, v)
	return &fileOutput{ContentType: "application/json", Body: b.Bytes()}, err
}

// describe gives the route the schema of T for its answer as JSON.
func describe[T any](a *API, r route) route {
	t := reflect.TypeFor[T]()
	return r.answers(a.huma.OpenAPI().Components.Schemas.Schema(t, true, t.Name()))
}

// alsoCSV notes in the document that a GET route gives a table, too.
func alsoCSV(a *API, path string) {
	response := a.huma.OpenAPI().Paths[path].Get.Responses[statusText(http.StatusOK)]
	response.Content[typeCSV] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
}
