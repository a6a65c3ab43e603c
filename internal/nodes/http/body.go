package http

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

type bodyKind uint8

const (
	bodyNone bodyKind = iota
	bodyJSON
	bodyForm
	bodyMultipart
	bodyBinary
	bodyRaw
)

// body is a request body before it is written out.
type body struct {
	kind  bodyKind
	data  any    // JSON, form and raw
	pairs []pair // multipart
	field string // binary: the item's file
	plain bool   // binary: without a content type of its own
}

func formData(pairs []pair) body { return body{kind: bodyMultipart, pairs: pairs} }

// encode writes the body out; contentType is what it is if the author does not say.
func (b body) encode(ctx context.Context, c *node.Call, item int) (data []byte, contentType string, err error) {
	switch b.kind {
	case bodyJSON:
		return encodeJSON(b.data)
	case bodyForm:
		o, _ := b.data.(*value.Object)
		return []byte(encodePairs(o, "indices")), "application/x-www-form-urlencoded", nil
	case bodyMultipart:
		return b.encodeMultipart(ctx, c, item)
	case bodyBinary:
		data, file, err := binary(ctx, c, item, b.field)
		contentType := file.MimeType
		if contentType == "" {
			contentType = "application/octet-stream"
		}
		if b.plain {
			contentType = ""
		}
		return data, contentType, err
	case bodyRaw:
		if o, ok := b.data.(*value.Object); ok {
			return value.JSON(o), "application/json", nil
		}
		return []byte(node.Text(b.data)), "", nil
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

func (b body) encodeMultipart(ctx context.Context, c *node.Call, item int) ([]byte, string, error) {
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	// A fixed boundary keeps a repeated request the same, byte for byte.
	if err := w.SetBoundary("form-data-" + c.Key(item)); err != nil {
		return nil, "", err
	}
	for _, p := range b.pairs {
		if p.file == "" {
			if err := w.WriteField(p.name, node.Text(p.value)); err != nil {
				return nil, "", err
			}
			continue
		}
		data, file, err := binary(ctx, c, item, p.file)
		if err != nil {
			return nil, "", err
		}
		part, err := w.CreatePart(fileHeader(p.name, file))
		if err != nil {
			return nil, "", err
		}
		if _, err := part.Write(data); err != nil {
			return nil, "", err
		}
	}
	err := w.Close()
	return buf.Bytes(), w.FormDataContentType(), err
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

// binary returns a file of the item, from the item itself or from the blob store.
func binary(ctx context.Context, c *node.Call, item int, field string) ([]byte, workflow.Binary, error) {
	file, ok := c.Items()[item].Binary[field]
	if !ok {
		return nil, file, invalid("This operation expects the node's input data to contain a binary file '%s', but none was found [item %d]", field, item)
	}
	if file.Ref == "" {
		return file.Data, file, nil
	}
	if c.Services.Blobs == nil {
		return nil, file, fault.New(fault.Internal, fault.CodeInternal, "The file '%s' is in the file store, which this node cannot reach.", field)
	}
	r, err := c.Services.Blobs.Get(ctx, file.Ref)
	if err != nil {
		return nil, file, err
	}
	defer func() { _ = r.Close() }()
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The file '%s' is larger than %d bytes.", field, maxFile)
	}
	return data, file, err
}
