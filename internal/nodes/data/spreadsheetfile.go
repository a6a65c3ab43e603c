package data

import (
	"context"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func spreadsheetFile() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.spreadsheetFile", Versions: []float64{1, 2}, Name: "Spreadsheet File",
			Description: "Reads CSV and Excel files into items and writes items as CSV, Excel or HTML (old workflows).",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "operation", Type: "options", Default: "fromFile", Description: "fromFile or toFile."},
				{Name: "fileFormat", Type: "options", Default: "xls", Description: "csv, html, ods or xlsx. Old Excel files and RTF are not made.", Show: map[string][]any{"operation": {"toFile"}}},
				{Name: "fileFormat", Type: "options", Default: "autodetect", Description: "csv, xls, xlsx, ods, rtf, or autodetect.", Show: map[string][]any{"operation": {"fromFile"}}},
				{Name: "binaryPropertyName", Type: "string", Default: "data", Description: "The name of the file."},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "delimiter, fileName, headerRow, includeEmptyCells, maxRowCount, range, sheetName, …"},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) { return one(spreadsheet(ctx, c)) },
	}
}

func spreadsheet(ctx context.Context, c *node.Call) ([]workflow.Item, error) {
	r := c.At(0)
	name, format := r.String("binaryPropertyName", "data"), r.String("fileFormat", "")
	if r.String("operation", "fromFile") == "toFile" {
		if format != "csv" && format != "html" && format != "ods" && format != "xlsx" {
			return nil, node.Errorf("Spreadsheet File cannot write %q files; it writes csv, html, ods and xlsx.", format)
		}
		file, err := tableFile(ctx, c, r, "spreadsheet."+format)
		return oneFile(c, name, file, err)
	}
	return c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
		f := it.Binary[name]
		if format != "csv" && f.MimeType != "text/csv" && f.Extension != "csv" && f.MimeType != "" {
			return fromWorkbook(ctx, c, r, it, format)
		}
		return fromCSV(ctx, c, r, it)
	})
}
