package wire

import (
	"bytes"
	"context"
	"errors"
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

// Content is a body written out: parts in memory and files, which are read when
// they are sent, from the beginning each time.
type Content struct {
	Type  string // what it is if the author does not say
	parts []source
}

// source is a piece of a body.
type source struct {
	size int64
	open func() (io.ReadCloser, error)
}

func inMemory(b []byte) source {
	return source{int64(len(b)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
}

// Bytes is a body that is in memory.
func Bytes(b []byte, contentType string) Content { return Content{contentType, []source{inMemory(b)}} }

// Into gives a request the body, if there is any.
func (p Content) Into(req *http.Request) {
	for _, s := range p.parts {
		req.ContentLength += s.size
	}
	if req.ContentLength == 0 {
		return
	}
	req.GetBody = func() (io.ReadCloser, error) { return &chain{rest: p.parts}, nil }
	req.Body, _ = req.GetBody()
}

// chain reads sources one after another; each is opened when its turn comes.
type chain struct {
	rest []source
	now  io.ReadCloser
}

func (c *chain) Read(p []byte) (int, error) {
	for {
		if c.now == nil {
			if len(c.rest) == 0 {
				return 0, io.EOF
			}
			var err error
			if c.now, err = c.rest[0].open(); err != nil {
				return 0, err
			}
			c.rest = c.rest[1:]
		}
		n, err := c.now.Read(p)
		if errors.Is(err, io.EOF) {
			err = c.now.Close()
			c.now = nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (c *chain) Close() error {
	c.rest = nil
	if c.now == nil {
		return nil
	}
	return c.now.Close()
}

// Encode writes the body out.
func (b Body) Encode(ctx context.Context, c *node.Call, item int) (Content, error) {
	switch b.Kind {
	case JSON:
		return encodeJSON(b.Data), nil
	case Form:
		o, _ := b.Data.(*value.Object)
		return Bytes([]byte(EncodePairs(o, b.Arrays)), "application/x-www-form-urlencoded"), nil
	case Multipart:
		return b.encodeMultipart(ctx, c, item)
	case Binary:
		file, content, err := fileOf(ctx, c, item, b.Field)
		contentType := file.MimeType
		if contentType == "" {
			contentType = "application/octet-stream"
		}
		if b.Plain {
			contentType = ""
		}
		return Content{contentType, []source{content}}, err
	case Related:
		return b.encodeRelated(ctx, c, item)
	case Raw:
		if o, ok := b.Data.(*value.Object); ok {
			return Bytes(value.JSON(o), "application/json"), nil
		}
		return Bytes([]byte(node.Text(b.Data)), ""), nil
	}
	return Content{}, nil
}

func encodeJSON(v any) Content {
	switch v := v.(type) {
	case nil:
		return Content{}
	case string:
		return Bytes([]byte(v), "")
	default:
		return Bytes(value.JSON(v), "application/json")
	}
}

func (b Body) encodeMultipart(ctx context.Context, c *node.Call, item int) (Content, error) {
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	// A fixed boundary keeps a repeated request the same, byte for byte.
	if err := w.SetBoundary("form-data-" + c.Key(item)); err != nil {
		return Content{}, err
	}
	out := Content{Type: w.FormDataContentType()}
	for _, p := range b.Parts {
		file, err := p.write(ctx, c, item, w)
		if err != nil {
			return Content{}, err
		}
		if file != nil {
			out.parts = append(out.parts, inMemory(bytes.Clone(buf.Bytes())), *file)
			buf.Reset()
		}
	}
	err := w.Close()
	out.parts = append(out.parts, inMemory(buf.Bytes()))
	return out, err
}

// encodeRelated writes metadata and the content that they describe.
func (b Body) encodeRelated(ctx context.Context, c *node.Call, item int) (Content, error) {
	content, mimeType := inMemory([]byte(b.Text)), b.Mime
	if b.Field != "" {
		file, stored, err := fileOf(ctx, c, item, b.Field)
		if err != nil {
			return Content{}, err
		}
		if content = stored; mimeType == "" {
			mimeType = file.MimeType
		}
	}
	if mimeType == "" {
		mimeType = "application/octet-stream"
	}
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	boundary := "related-" + c.Key(item)
	err := w.SetBoundary(boundary)
	if err == nil {
		var part io.Writer
		if part, err = w.CreatePart(textproto.MIMEHeader{"Content-Type": {"application/json; charset=UTF-8"}}); err == nil {
			_, err = part.Write(value.JSON(b.Data))
		}
	}
	if err == nil {
		_, err = w.CreatePart(textproto.MIMEHeader{"Content-Type": {mimeType}})
	}
	if err != nil {
		return Content{}, err
	}
	out := Content{Type: "multipart/related; boundary=" + boundary, parts: []source{inMemory(bytes.Clone(buf.Bytes())), content}}
	buf.Reset()
	err = w.Close()
	out.parts = append(out.parts, inMemory(buf.Bytes()))
	return out, err
}

// write writes a part, of a file only its header: its content follows.
func (p Part) write(ctx context.Context, c *node.Call, item int, w *multipart.Writer) (*source, error) {
	if p.File == "" && p.Data == nil {
		return nil, w.WriteField(p.Name, node.Text(p.Value))
	}
	file, content := workflow.Binary{}, inMemory(p.Data)
	if p.Data == nil {
		var err error
		if file, content, err = fileOf(ctx, c, item, p.File); err != nil {
			return nil, err
		}
	}
	if p.FileName != "" {
		file.FileName = p.FileName
	}
	if p.MimeType != "" {
		file.MimeType = p.MimeType
	}
	_, err := w.CreatePart(fileHeader(p.Name, file))
	return &content, err
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

// fileOf finds a file of the item, and says which item lacks it.
func fileOf(ctx context.Context, c *node.Call, item int, field string) (workflow.Binary, source, error) {
	f, ok := c.Items()[item].Binary[field]
	if !ok {
		return f, source{}, node.Errorf("This operation expects the node's input data to contain a binary file '%s', but none was found [item %d]", field, item)
	}
	if f.Ref == "" {
		return f, inMemory(f.Data), nil
	}
	return f, source{f.Size, func() (io.ReadCloser, error) { return c.OpenFile(ctx, f, field) }}, nil
}
