package data

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/node/field"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func convertToFile() node.Type {
	event := map[string][]any{"operation": {"iCal"}}
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.convertToFile", Versions: []float64{1, 1.1}, Name: "Convert to File",
			Description: "Makes a file of items: CSV, Excel, ODS, HTML, JSON, iCal, text or base64.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "operation", Type: "options", Default: "csv", Description: "csv, html, iCal, ods, toBinary, toJson, toText or xlsx. Old Excel files and RTF are not made."},
				{Name: "mode", Type: "options", Default: "once", Description: "One file of all items (once), or one for each.", Show: map[string][]any{"operation": {"toJson"}}},
				{Name: "sourceProperty", Type: "string", Default: "", Description: "The field with the text or base64.", Show: map[string][]any{"operation": {"toText", "toBinary"}}},
				{Name: "binaryPropertyName", Type: "string", Default: "data", Description: "The name of the file."},
				{Name: "title", Type: "string", Default: "", Show: event}, {Name: "start", Type: "dateTime", Default: "", Required: true, Show: event},
				{Name: "end", Type: "dateTime", Default: "", Description: "The start if left out.", Show: event}, {Name: "allDay", Type: "boolean", Default: false, Show: event},
				{Name: "additionalFields", Type: "collection", Default: map[string]any{}, Description: "attendeesUi, busyStatus, calName, description, fileName, geolocationUi, location, organizerUi, recurrenceRule, sequence, status, uid, url.", Show: event},
				{Name: "options", Type: "collection", Default: map[string]any{}, Description: "addBOM, dataIsBase64, delimiter, encoding, fileName, format, headerRow, mimeType, sheetName."},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) { return one(toFiles(ctx, c)) },
	}
}

func toFiles(ctx context.Context, c *node.Call) ([]workflow.Item, error) {
	r := c.At(0)
	op := r.String("operation", "csv")
	switch op {
	case "csv", "html", "ods", "xlsx":
		file, err := tableFile(ctx, c, r, "File."+op)
		return oneFile(c, r.String("binaryPropertyName", "data"), file, err)
	case "toJson":
		if r.String("mode", "once") == "once" {
			list := make([]any, 0, len(c.Items()))
			for _, it := range c.Items() {
				list = append(list, it.JSON)
			}
			file, err := jsonMaker(c, r).make(ctx, list, -1)
			return oneFile(c, r.String("binaryPropertyName", "data"), file, err)
		}
	case "iCal":
		return c.Each(ctx, c.Items(), func(r *node.Reader, _ workflow.Item) ([]workflow.Item, error) { return toICal(ctx, c, r) })
	case "toText", "toBinary":
	default:
		return nil, node.Errorf("Convert to File cannot make %q files; it makes csv, html, iCal, ods, toBinary, toJson, toText and xlsx.", op)
	}
	return c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
		file, err := itemFile(ctx, c, r, it)
		out := derived(r.Item(), value.NewObject(0))
		out.Binary = map[string]workflow.Binary{r.String("binaryPropertyName", "data"): file}
		return []workflow.Item{out}, err
	})
}

func oneFile(c *node.Call, name string, file workflow.Binary, err error) ([]workflow.Item, error) {
	it := workflow.Item{JSON: value.NewObject(0), Binary: map[string]workflow.Binary{name: file}, Paired: workflow.PairedWithAll(len(c.Items()))}
	return []workflow.Item{it}, err
}

func jsonMaker(c *node.Call, r *node.Reader) fileMaker {
	return fileMaker{
		c: c, name: node.Text(option(r, "fileName")), mime: "application/json", encoding: node.Text(option(r, "encoding")),
		bom: option(r, "addBOM") == true, pretty: option(r, "format") == true,
	}
}

func itemFile(ctx context.Context, c *node.Call, r *node.Reader, it workflow.Item) (workflow.Binary, error) {
	f, op := jsonMaker(c, r), r.String("operation", "csv")
	if op == "toJson" {
		return f.make(ctx, it.JSON, r.Item())
	}
	key := r.String("sourceProperty", "")
	v, ok := field.Get(it.JSON, key)
	if !ok {
		return workflow.Binary{}, node.Errorf("The value in %q is not set", key)
	}
	f.raw = true
	f.mime = node.Text(option(r, "mimeType"))
	if op == "toText" {
		if f.mime = "text/plain"; f.name == "" {
			f.name = "file.txt"
		}
	} else {
		f.base64 = c.Node.TypeVersion > 1 || option(r, "dataIsBase64") != false
	}
	return f.make(ctx, v, r.Item())
}

// fileMaker turns a value into a file.
type fileMaker struct {
	c          *node.Call
	name, mime string
	base64     bool // the value is base64
	raw        bool // text is written as it is, not as JSON
	nameless   bool // no name is made up
	pretty     bool
	encoding   string
	bom        bool
}

func (f fileMaker) make(ctx context.Context, v any, item int) (workflow.Binary, error) {
	mime := f.mime
	var data []byte
	var err error
	if f.base64 {
		text := strings.NewReplacer("-", "+", "_", "/", "\n", "", "\r", "", " ", "", "=", "").Replace(node.Text(v))
		if data, err = base64.RawStdEncoding.DecodeString(text); err != nil {
			return workflow.Binary{}, node.Errorf("The value is not base64.")
		}
	} else {
		text, isText := v.(string)
		if !isText || !f.raw {
			text, mime = f.json(v), "application/json"
		}
		if data, err = encode(text, f.encoding, f.bom); err != nil {
			return workflow.Binary{}, err
		}
	}
	file, err := f.c.WriteFile(ctx, item, workflow.Binary{FileName: f.name, MimeType: mime, Data: data})
	if file.FileName == "" && !f.nameless {
		file.FileName = "file"
		if ext := extensions[file.MimeType]; ext != "" {
			file.FileName, file.Extension = "file."+ext, ext
		}
	}
	return file, err
}

var extensions = map[string]string{
	"application/json": "json", "text/plain": "txt", "text/html": "html", "text/csv": "csv", "application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpeg",
}

func (f fileMaker) json(v any) string {
	b := value.JSON(v)
	if !f.pretty {
		return string(b)
	}
	var out bytes.Buffer
	if json.Indent(&out, b, "", "  ") != nil {
		return string(b)
	}
	return out.String()
}

// tableFile writes the items as a table, nested fields by their path. The
// extension of the name tells the format, csv, html, ods or xlsx; the options may name it else.
func tableFile(ctx context.Context, c *node.Call, r *node.Reader, name string) (workflow.Binary, error) {
	columns := value.NewObject(8)
	rows := make([]*value.Object, len(c.Items()))
	for i, it := range c.Items() {
		rows[i] = value.NewObject(it.JSON.Len())
		flatten(rows[i], it.JSON, "")
		for k := range rows[i].All() {
			columns.Set(k, nil)
		}
	}
	file, head := workflow.Binary{FileName: name, MimeType: "text/csv"}, option(r, "headerRow") != false
	var err error
	switch {
	case strings.HasSuffix(name, ".html"):
		file.MimeType, file.Data = "text/html", []byte(htmlRows(columns.Keys(), rows, head))
	case strings.HasSuffix(name, ".xlsx"):
		file.MimeType = xlsxType
		file.Data, err = xlsxRows(columns.Keys(), rows, head, node.Text(option(r, "sheetName")))
	case strings.HasSuffix(name, ".ods"):
		file.MimeType = odsType
		file.Data, err = odsRows(columns.Keys(), rows, head, node.Text(option(r, "sheetName")))
	default:
		file.Data, err = csvRows(columns.Keys(), rows, head, node.Text(option(r, "delimiter")))
	}
	if err != nil {
		return file, err
	}
	if set := option(r, "fileName"); set != nil {
		file.FileName = node.Text(set)
	}
	return c.WriteFile(ctx, -1, file)
}

// flatten lists nested fields by their path: a.b.
func flatten(into *value.Object, v any, path string) {
	step := func(k string) string {
		if path == "" {
			return k
		}
		return path + "." + k
	}
	switch v := v.(type) {
	case *value.Object:
		for k, x := range v.All() {
			flatten(into, x, step(k))
		}
	case []any:
		for i, x := range v {
			flatten(into, x, step(value.FormatNumber(float64(i))))
		}
	default:
		into.Set(path, v)
	}
}

func cellText(o *value.Object, k string) string {
	v, _ := o.Get(k)
	if b, ok := v.(bool); ok {
		return strings.ToUpper(node.Text(b))
	}
	return node.Text(v)
}

// csvRows writes CSV as spreadsheets do: with a byte order mark.
func csvRows(columns []string, rows []*value.Object, head bool, delimiter string) ([]byte, error) {
	var out bytes.Buffer
	out.Write(utf8BOM)
	w := csv.NewWriter(&out)
	if d := []rune(delimiter); len(d) == 1 {
		w.Comma = d[0]
	} else if len(d) > 1 {
		return nil, node.Errorf("A delimiter is one character, not %q.", delimiter)
	}
	if head {
		_ = w.Write(columns) // a bytes.Buffer does not fail; Error is asked below
	}
	for _, row := range rows {
		cells := make([]string, len(columns))
		for i, k := range columns {
			cells[i] = cellText(row, k)
		}
		_ = w.Write(cells)
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return nil, node.Errorf("The CSV cannot be written: %v", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

func htmlRows(columns []string, rows []*value.Object, head bool) string {
	var b strings.Builder
	row := func(cells []string) {
		b.WriteString("<tr>")
		for _, c := range cells {
			b.WriteString("<td>" + escapeText.Replace(c) + "</td>")
		}
		b.WriteString("</tr>")
	}
	b.WriteString("<html><head><title>Table</title></head><body><table>")
	if head {
		row(columns)
	}
	for _, o := range rows {
		cells := make([]string, len(columns))
		for i, k := range columns {
			cells[i] = cellText(o, k)
		}
		row(cells)
	}
	b.WriteString("</table></body></html>")
	return b.String()
}
