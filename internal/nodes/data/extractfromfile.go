package data

import (
	"context"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/field"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func extractFromFile() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.extractFromFile", Versions: []float64{1, 1.1}, Name: "Extract from File",
			Description: "Reads files into items: CSV, Excel, ODS, RTF, JSON, iCal, text, XML, PDF or base64.",
			Group:       "input", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "operation", Type: "options", Default: "csv", Description: "csv, binaryToPropery, fromIcs, fromJson, ods, pdf, rtf, text, xls, xlsx or xml. HTML tables are not read; use HTML Extract."},
				{Name: "binaryPropertyName", Type: "string", Default: "data", Description: "The name of the file."},
				{Name: "destinationKey", Type: "string", Default: "data", Description: "The field that gets the content."},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "delimiter, encoding, enableBOM, fromLine, headerRow, includeEmptyCells, joinPages, keepSource, maxPages, maxRowCount, password, range, relaxQuotes, sheetName, stripBOM."},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			op := c.At(0).String("operation", "csv")
			return one(c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
				switch op {
				case "csv":
					return fromCSV(ctx, c, r, it)
				case "binaryToPropery", "fromIcs", "fromJson", "text", "xml":
					return fromFile(ctx, c, r, it)
				case "pdf":
					return fromPDF(ctx, c, r, it)
				case "xlsx", "xls", "ods", "rtf":
					return fromWorkbook(ctx, c, r, it, op)
				}
				return nil, node.Errorf("Extract from File cannot read %q; it reads csv, binaryToPropery, fromIcs, fromJson, ods, pdf, rtf, text, xls, xlsx and xml.", op)
			}))
		},
		Family: func(n *workflow.Node) node.Family {
			op, _ := value.Path(n.Parameters, "operation")
			if text, _ := op.(string); text == "pdf" || strings.HasPrefix(text, "=") {
				return node.Data // where the reader of PDF files is
			}
			return node.Pure
		},
		Uses: usesPDF,
	}
}

func fromFile(ctx context.Context, c *node.Call, r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
	op, name := r.String("operation", "csv"), r.String("binaryPropertyName", "data")
	if _, ok := it.Binary[name]; !ok {
		return nil, r.Err()
	}
	data, _, err := c.ReadFile(ctx, it, name)
	if err != nil {
		return nil, err
	}
	var v any = base64.StdEncoding.EncodeToString(data)
	if op != "binaryToPropery" {
		if v, err = decode(data, node.Text(option(r, "encoding")), option(r, "stripBOM") != false); err != nil {
			return nil, err
		}
	}
	switch op {
	case "fromJson":
		v, err = parsedJSON(v.(string))
	case "fromIcs":
		v, err = icalObject(v.(string))
	}
	if err != nil {
		return nil, err
	}
	keep := node.Text(option(r, "keepSource"))
	out := derived(r.Item(), value.NewObject(1))
	if keep != "" && keep != "binary" {
		out.JSON = it.JSON.Shallow()
	}
	out.Binary = it.Binary
	if keep != "binary" && keep != "both" {
		out.Binary = without(it.Binary, name)
	}
	if err := field.Set(out.JSON, r.String("destinationKey", "data"), v); err != nil {
		return nil, err
	}
	return []workflow.Item{out}, r.Err()
}

func parsedJSON(text string) (any, error) {
	if text == "" {
		return value.NewObject(0), nil
	}
	v, err := value.Parse([]byte(text))
	if err != nil {
		return nil, node.WithDetail(node.Errorf("The file selected in 'Input Binary Field' is not in JSON format"),
			"Try to change the operation or select a JSON file in 'Input Binary Field'")
	}
	return v, nil
}

// maxRows bounds the rows of one file.
const maxRows = 100_000

func fromCSV(ctx context.Context, c *node.Call, r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
	data, _, err := c.ReadFile(ctx, it, r.String("binaryPropertyName", "data"))
	if err != nil {
		return nil, err
	}
	text, err := decode(data, node.Text(option(r, "encoding")), node.Truthy(option(r, "enableBOM")))
	if err != nil {
		return nil, err
	}
	rows := csvReader(text, r)
	head := option(r, "headerRow") != false
	most := maxRows
	if n := node.ToNumber(option(r, "maxRowCount")); option(r, "maxRowCount") != nil && n > -1 {
		most = min(int(n), maxRows)
	}
	var columns []string
	out := []workflow.Item{}
	for len(out) < most {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, node.Errorf("The file is not CSV: %v", err)
		}
		if head && columns == nil {
			columns = row
			continue
		}
		if head && len(row) != len(columns) {
			return nil, node.Errorf("The file is not CSV: a row has %d cells instead of %d.", len(row), len(columns))
		}
		out = append(out, csvItem(r, columns, row))
	}
	return out, r.Err()
}

func csvReader(text string, r *node.Reader) *csv.Reader {
	if n := node.ToNumber(option(r, "fromLine")); n > 1 {
		for range int(n) - 1 {
			_, text, _ = strings.Cut(text, "\n")
		}
	}
	rows := csv.NewReader(strings.NewReader(text))
	rows.FieldsPerRecord = -1
	rows.LazyQuotes = node.Truthy(option(r, "relaxQuotes"))
	if d := []rune(node.Text(option(r, "delimiter"))); len(d) == 1 {
		rows.Comma = d[0]
	}
	return rows
}

func csvItem(r *node.Reader, columns, row []string) workflow.Item {
	o := value.NewObject(len(row))
	empty := node.Truthy(option(r, "includeEmptyCells"))
	for i, cell := range row {
		switch {
		case cell == "" && !empty:
		case columns == nil:
			o.Set(strconv.Itoa(i), cell)
		default:
			o.Set(columns[i], cell)
		}
	}
	if columns == nil { // by their number; as a list only where empty ones are kept
		if empty {
			return derived(r.Item(), value.Obj("row", value.Members(o)))
		}
		return derived(r.Item(), value.Obj("row", o))
	}
	return derived(r.Item(), o)
}
