package wire

import (
	"bytes"
	"context"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Answer is one response, read whole.
type Answer struct {
	Status  int
	Message string // "Not Found"
	Header  http.Header
	Body    []byte
	URL     string // of the last request
}

// Read reads a response and closes it.
func Read(resp *http.Response) (Answer, error) {
	a := Answer{Status: resp.StatusCode, Message: http.StatusText(resp.StatusCode), Header: resp.Header, URL: resp.Request.URL.String()}
	if _, text, ok := strings.Cut(resp.Status, " "); ok {
		a.Message = text
	}
	var err error
	a.Body, err = safedial.ReadAll(resp)
	return a, err
}

// OK reports whether the status is a success.
func (a Answer) OK() bool { return a.Status >= 200 && a.Status <= 299 }

// Headers lists the headers in lower case; cookies are a list, others one text.
func (a Answer) Headers() *value.Object {
	o := value.NewObject(len(a.Header))
	names := make([]string, 0, len(a.Header))
	for name := range a.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if name == "Set-Cookie" {
			list := make([]any, len(a.Header[name]))
			for i, v := range a.Header[name] {
				list[i] = v
			}
			o.Set("set-cookie", list)
			continue
		}
		o.Set(strings.ToLower(name), strings.Join(a.Header[name], ", "))
	}
	return o
}

// File describes the answer's body as a file for an item; large ones go to the
// blob store. field is where the file goes; it names files that nothing else names.
func (a Answer) File(ctx context.Context, c *node.Call, item int, field string) (workflow.Binary, error) {
	mimeType, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if err != nil || mimeType == "" {
		mimeType, _, _ = strings.Cut(http.DetectContentType(a.Body), ";")
	}
	b := workflow.Binary{MimeType: mimeType, Size: int64(len(a.Body)), Extension: Extension(mimeType), FileType: node.FileType(mimeType)}
	b.FileName = a.fileName(field, b.Extension)
	if len(a.Body) <= node.InlineFile || c.Services.Blobs == nil {
		b.Data = a.Body
		return b, nil
	}
	b.Ref = c.Run.Tenant + "/" + c.Run.ExecutionID + "/" + c.Key(item) + "-" + field
	if err := c.Services.Blobs.Put(ctx, b.Ref, bytes.NewReader(a.Body), b.Size); err != nil {
		return b, Answered(err)
	}
	return b, nil
}

// fileName is the name that the server gives, or that the URL ends in, or the
// field's with the extension of the type.
func (a Answer) fileName(field, extension string) string {
	if _, params, err := mime.ParseMediaType(a.Header.Get("Content-Disposition")); err == nil {
		if name := path.Base(strings.ReplaceAll(params["filename"], "\\", "/")); name != "." && name != "/" {
			return name
		}
	}
	bare, _, _ := strings.Cut(a.URL, "?")
	if name := path.Base(bare); extension != "" && strings.HasSuffix(name, "."+extension) {
		return name
	}
	if extension == "" {
		return ""
	}
	return field + "." + extension
}
