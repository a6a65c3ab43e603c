package node

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"path"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// The sizes of files. Larger ones than InlineFile go to the blob store, if there is one.
const (
	InlineFile = 32 << 10 // bytes
	MaxFile    = 32 << 20 // bytes that a node reads at once
)

// ReadFile returns the content of an item's file.
func (c *Call) ReadFile(ctx context.Context, it workflow.Item, name string) ([]byte, workflow.Binary, error) {
	f, ok := it.Binary[name]
	if !ok {
		return nil, f, noFile(it, name)
	}
	if f.Ref == "" {
		return f.Data, f, nil
	}
	r, err := c.OpenFile(ctx, f, name)
	if err != nil {
		return nil, f, err
	}
	defer func() { _ = r.Close() }()
	data, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err == nil && len(data) > MaxFile {
		err = fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The file '%s' is larger than %d MB.", name, MaxFile>>20)
	}
	return data, f, err
}

// WriteFile completes a file with Data and FileName, for one item (-1 for all);
// the type follows from the name if MimeType is "". Large data goes to the store.
func (c *Call) WriteFile(ctx context.Context, item int, f workflow.Binary) (workflow.Binary, error) {
	data := f.Data
	f.Data = nil
	return c.StreamFile(ctx, item, f, bytes.NewReader(data))
}

// StreamFile completes a file with FileName by the content of r, like WriteFile.
func (c *Call) StreamFile(ctx context.Context, item int, f workflow.Binary, r io.Reader) (workflow.Binary, error) {
	if f.MimeType == "" {
		f.MimeType = mime.TypeByExtension(path.Ext(f.FileName))
	}
	if f.MimeType == "" {
		f.MimeType = "text/plain"
	}
	f.Extension, f.FileType = strings.TrimPrefix(path.Ext(f.FileName), "."), FileType(f.MimeType)
	return c.SaveFile(ctx, item, f, r)
}

// FileType is n8n's class of a type: how it can be shown; "" if not at all.
func FileType(mimeType string) string {
	for _, class := range []struct{ prefix, name string }{
		{"application/json", "json"}, {"text/html", "html"}, {"image/", "image"}, {"audio/", "audio"}, {"video/", "video"},
		{"text/", "text"}, {"application/javascript", "text"}, {"application/pdf", "pdf"},
	} {
		if strings.HasPrefix(mimeType, class.prefix) {
			return class.name
		}
	}
	return ""
}

// noFile is n8n's error for an item without the file, which names the item.
func noFile(it workflow.Item, name string) error {
	place := ""
	if len(it.Paired) > 0 {
		place = fmt.Sprintf(" [item %d]", it.Paired[0].Item)
	}
	if len(it.Binary) == 0 {
		return WithDetail(Errorf("This operation expects the node's input data to contain a binary file '%s', but none was found%s", name, place),
			"Make sure that the previous node outputs a binary file.")
	}
	return WithDetail(Errorf("The item has no binary field '%s'%s", name, place), "Check that the name of the file is spelled right.")
}
