package wire

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Kind is the form of a body.
type Kind uint8

// The kinds of body.
const (
	None Kind = iota
	JSON
	Form
	Multipart
	Binary
	Raw
	Related // multipart/related (RFC 2387): JSON, then content
)

// Body is a request body before it is written out.
type Body struct {
	Kind   Kind
	Data   any    // JSON, Form and Raw; of Related the first part
	Parts  []Part // Multipart
	Field  string // Binary and Related: the item's file
	Text   string // Related: the content, if Field is ""
	Mime   string // Related: the content's type, if it is not the file's
	Plain  bool   // Binary: without a content type of its own
	Arrays string // Form: how lists are written; "" for indices
}

// Part is a named value, or a file of the item, of a multipart body.
type Part struct {
	Name  string
	Value any
	File  string // the binary field to send instead of Value
	// FileName and MimeType take the place of the file's own where they are set.
	FileName, MimeType string
	// Data is content that is no file of the item: sent as a file named FileName.
	Data []byte
}

// Encode writes the body out; contentType is what it is if the author does not say.
func (b Body) Encode(ctx context.Context, c *node.Call, item int) (data []byte, contentType string, err error) {
	switch b.Kind {
	case JSON:
		return encodeJSON(b.Data)
	case Form:
		o, _ := b.Data.(*value.Object)
		return []byte(EncodePairs(o, b.Arrays)), "application/x-www-form-urlencoded", nil
	case Multipart:
		return b.encodeMultipart(ctx, c, item)
	case Binary:
		data, file, err := readFile(ctx, c, item, b.Field)
		contentType := file.MimeType
		if contentType == "" {
			contentType = "application/octet-stream"
		}
		if b.Plain {
			contentType = ""
		}
		return data, contentType, err
	case Related:
		return b.encodeRelated(ctx, c, item)
	case Raw:
		if o, ok := b.Data.(*value.Object); ok {
			return value.JSON(o), "application/json", nil
		}
		return []byte(node.Text(b.Data)), "", nil
	}
	return nil, "", nil
}

func encodeJSON(v any) ([]byte, string, error) {
	switch v := v.(type) {
	case nil:
		return nil, "", nil
	case string:
		return []byte(v), "", nil
	default:
		return value.JSON(v), "application/json", nil
	}
}

func (b Body) encodeMultipart(ctx context.Context, c *node.Call, item int) ([]byte, string, error) {
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	// A fixed boundary keeps a repeated request the same, byte for byte.
	if err := w.SetBoundary("form-data-" + c.Key(item)); err != nil {
		return nil, "", err
	}
	for _, p := range b.Parts {
		if err := p.write(ctx, c, item, w); err != nil {
			return nil, "", err
		}
	}
	err := w.Close()
	return buf.Bytes(), w.FormDataContentType(), err
}

func (b Body) encodeRelated(ctx context.Context, c *node.Call, item int) ([]byte, string, error) {
	content, mimeType := []byte(b.Text), b.Mime
	if b.Field != "" {
		var file workflow.Binary
		var err error
		if content, file, err = readFile(ctx, c, item, b.Field); err != nil {
			return nil, "", err
		}
		if mimeType == "" {
			mimeType = file.MimeType
		}
	}
	if mimeType == "" {
		mimeType = "application/octet-stream"
	}
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	boundary := "related-" + c.Key(item)
	if err := w.SetBoundary(boundary); err != nil {
		return nil, "", err
	}
	for _, p := range []struct {
		mimeType string
		data     []byte
	}{{"application/json; charset=UTF-8", value.JSON(b.Data)}, {mimeType, content}} {
		part, err := w.CreatePart(textproto.MIMEHeader{"Content-Type": {p.mimeType}})
		if err == nil {
			_, err = part.Write(p.data)
		}
		if err != nil {
			return nil, "", err
		}
	}
	err := w.Close()
	return buf.Bytes(), "multipart/related; boundary=" + boundary, err
}

func (p Part) write(ctx context.Context, c *node.Call, item int, w *multipart.Writer) error {
	if p.File == "" && p.Data == nil {
		return w.WriteField(p.Name, node.Text(p.Value))
	}
	data, file := p.Data, workflow.Binary{}
	if data == nil {
		var err error
		if data, file, err = readFile(ctx, c, item, p.File); err != nil {
			return err
		}
	}
	if p.FileName != "" {
		file.FileName = p.FileName
	}
	if p.MimeType != "" {
		file.MimeType = p.MimeType
	}
	part, err := w.CreatePart(fileHeader(p.Name, file))
	if err != nil {
		return err
	}
	_, err = part.Write(data)
	return err
}

var quotes = strings.NewReplacer("\\", "\\\\", `"`, "%22", "\r", "%0D", "\n", "%0A")

func fileHeader(name string, file workflow.Binary) textproto.MIMEHeader {
	fileName, mime := file.FileName, file.MimeType
	if fileName == "" {
		fileName = "file"
	}
	if mime == "" {
		mime = "application/octet-stream"
	}
	return textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="%s"; filename="%s"`, quotes.Replace(name), quotes.Replace(fileName))},
		"Content-Type":        {mime},
	}
}

// readFile returns a file of the item, and says which item lacks it.
func readFile(ctx context.Context, c *node.Call, item int, field string) ([]byte, workflow.Binary, error) {
	it := c.Items()[item]
	if _, ok := it.Binary[field]; !ok {
		return nil, workflow.Binary{}, node.Errorf("This operation expects the node's input data to contain a binary file '%s', but none was found [item %d]", field, item)
	}
	return c.ReadFile(ctx, it, field)
}

// SetBody gives a request a body that can be read again.
func SetBody(req *http.Request, data []byte) {
	if len(data) == 0 {
		return
	}
	req.ContentLength = int64(len(data))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	req.Body, _ = req.GetBody()
}
