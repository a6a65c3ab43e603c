package data

import (
	"context"
	"errors"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// fromWorkbook makes an item of each row of one sheet of a spreadsheet.
func fromWorkbook(ctx context.Context, c *node.Call, r *node.Reader, it workflow.Item, format string) ([]workflow.Item, error) {
	data, _, err := c.ReadFile(ctx, it, r.String("binaryPropertyName", "data"))
	if err != nil {
		return nil, err
	}
	if !isSheet(data) {
		return nil, notInFormat(format, "Of spreadsheets, CSV, XLSX, XLS, ODS and RTF files can be read; save the file as one of them.")
	}
	g, err := sheetOf(data, node.Text(option(r, "sheetName")))
	if err == nil {
		g, err = g.within(node.Text(option(r, "range")))
	}
	var known *fault.Error
	if err != nil && !errors.As(err, &known) {
		return nil, notInFormat(format, "Try to change the operation or select a "+format+" file in 'Input Binary Field'")
	}
	if err != nil {
		return nil, err
	}
	return g.items(r.Item(), option(r, "headerRow") != false, node.Truthy(option(r, "includeEmptyCells"))), r.Err()
}

func notInFormat(format, hint string) error {
	return node.WithDetail(node.Errorf("The file selected in 'Input Binary Field' is not in %s format", format), hint)
}
