package data

import (
	"context"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func readPDF() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.readPDF", Versions: []float64{1}, Name: "Read PDF",
			Description: "Reads the text of PDF files (old workflows).",
			Group:       "input", Family: node.Data, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "binaryPropertyName", Type: "string", Default: "data", Description: "The name of the file."},
				{Name: "encrypted", Type: "boolean", Default: false, Description: "Whether a password is needed."},
				{Name: "password", Type: "string", Default: "", Show: map[string][]any{"encrypted": {true}}},
			},
		},
		Uses: usesPDF,
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			return one(c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
				doc, err := pdfOf(ctx, c, r, it, r.String("password", ""), 0)
				if err != nil {
					return nil, err
				}
				out := derived(r.Item(), pdfObject(doc, true))
				out.Binary = it.Binary
				return []workflow.Item{out}, r.Err()
			}))
		},
	}
}

func usesPDF(s node.Services) node.Services { return node.Services{PDF: s.PDF} }

func fromPDF(ctx context.Context, c *node.Call, r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
	most := node.ToNumber(option(r, "maxPages"))
	if option(r, "maxPages") == nil || !(most > 0) {
		most = 0
	}
	doc, err := pdfOf(ctx, c, r, it, node.Text(option(r, "password")), int(min(most, 1e6)))
	if err != nil {
		return nil, err
	}
	out := derived(r.Item(), pdfObject(doc, option(r, "joinPages") != false))
	keep := node.Text(option(r, "keepSource"))
	if keep == "json" || keep == "both" {
		kept := it.JSON.Shallow()
		for k, v := range out.JSON.All() {
			kept.Set(k, v)
		}
		out.JSON = kept
	}
	out.Binary = it.Binary
	if keep != "binary" && keep != "both" {
		out.Binary = without(it.Binary, r.String("binaryPropertyName", "data"))
	}
	return []workflow.Item{out}, r.Err()
}

func pdfOf(ctx context.Context, c *node.Call, r *node.Reader, it workflow.Item, password string, most int) (node.PDF, error) {
	if c.Services.PDF == nil {
		return node.PDF{}, fault.New(fault.Internal, fault.CodeInternal, "The node %q cannot read PDF files in this function.", c.Node.Name)
	}
	file, _, err := c.ReadFile(ctx, it, r.String("binaryPropertyName", "data"))
	if err != nil {
		return node.PDF{}, err
	}
	return c.Services.PDF.Read(ctx, file, password, most)
}

// pdfObject has n8n's members; its version is that of the format, where n8n gives
// that of its reader.
func pdfObject(doc node.PDF, join bool) *value.Object {
	info := value.Obj("PDFFormatVersion", doc.Version)
	for _, m := range doc.Info {
		info.Set(m[0], m[1])
	}
	var text any = strings.Join(doc.Texts, "\n\n")
	if !join {
		list := make([]any, len(doc.Texts))
		for i, s := range doc.Texts {
			list[i] = s
		}
		text = list
	}
	return value.Obj("numpages", float64(doc.Pages), "numrender", float64(len(doc.Texts)), "info", info, "text", text, "version", doc.Version)
}
