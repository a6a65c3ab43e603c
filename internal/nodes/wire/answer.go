package wire

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/safedial"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Answer is one response: its body read whole, or stored as a file.
type Answer struct {
	Status  int
	Message string // "Not Found"
	Header  http.Header
	Body    []byte
	URL     string           // of the last request
	Stored  *workflow.Binary // the body, if it was stored while it was read
}

// Head is what is known of a response before its body is read.
func Head(resp *http.Response) Answer {
	a := Answer{Status: resp.StatusCode, Message: http.StatusText(resp.StatusCode), Header: resp.Header, URL: resp.Request.URL.String()}
	if _, text, ok := strings.Cut(resp.Status, " "); ok {
		a.Message = text
	}
	return a
}

// Read reads a response and closes it.
func Read(resp *http.Response) (Answer, error) {
	a := Head(resp)
	var err error
	a.Body, err = safedial.ReadAll(resp)
	return a, err
}

// ReadText is Read for at most so many bytes.
func ReadText(resp *http.Response, most int64) (Answer, error) {
	a := Head(resp)
	var err error
	if a.Body, err = io.ReadAll(io.LimitReader(resp.Body, most+1)); err == nil && int64(len(a.Body)) > most {
		err = Answered(fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The response is larger than %d MB. Take it as a file, or ask for less.", most>>20))
	}
	return a, errors.Join(err, resp.Body.Close())
}

// Store reads a response into a file of an item, which is never in memory whole,
// and closes it.
func Store(ctx context.Context, c *node.Call, resp *http.Response, at Place) (Answer, error) {
	a := Head(resp)
	head := bufio.NewReader(resp.Body)
	f, err := a.describe(at.Field, head)
	if err == nil {
		f, err = c.SaveFile(ctx, at.Item, f, head)
	}
	a.Stored = &f
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return a, Answered(err)
	}
	return a, nil
}

// Place is where a file goes: a field of an item.
type Place struct {
	Item  int
	Field string
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
// blob store. The field names files that nothing else names.
func (a Answer) File(ctx context.Context, c *node.Call, item int, field string) (workflow.Binary, error) {
	if a.Stored != nil {
		return *a.Stored, nil
	}
	body := bufio.NewReader(bytes.NewReader(a.Body))
	f, err := a.describe(field, body)
	if err == nil {
		f, err = c.SaveFile(ctx, item, f, body)
	}
	if err != nil {
		return f, Answered(err)
	}
	return f, nil
}

// sniffed is how many bytes tell a file's type (http.DetectContentType).
const sniffed = 512

// describe is the file without its content; the type is the server's, or what the
// content looks like.
func (a Answer) describe(field string, body *bufio.Reader) (workflow.Binary, error) {
	mimeType, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if err != nil || mimeType == "" {
		head, err := body.Peek(sniffed)
		if err != nil && !errors.Is(err, io.EOF) {
			return workflow.Binary{}, err
		}
		mimeType, _, _ = strings.Cut(http.DetectContentType(head), ";")
	}
	f := workflow.Binary{MimeType: mimeType, Extension: Extension(mimeType), FileType: node.FileType(mimeType)}
	f.FileName = a.fileName(field, f.Extension)
	if ext := strings.TrimPrefix(path.Ext(f.FileName), "."); ext != "" {
		f.Extension = ext
	}
	return f, nil
}

// fileName is the name that the server gives, or that the URL's path ends in, whatever
// the type, or the field's with the extension of the type.
func (a Answer) fileName(field, extension string) string {
	if _, params, err := mime.ParseMediaType(a.Header.Get("Content-Disposition")); err == nil {
		if name := path.Base(strings.ReplaceAll(params["filename"], "\\", "/")); name != "." && name != "/" {
			return name
		}
	}
	if u, err := url.Parse(a.URL); err == nil {
		if name := path.Base(u.EscapedPath()); name != "." && name != "/" {
			return name
		}
	}
	if extension == "" {
		return ""
	}
	return field + "." + extension
}

// ItemJSON is a part of an answer as an item's JSON: a list becomes an object with
// its indexes as keys, any other value that is no object goes under "data".
func ItemJSON(v any) *value.Object {
	switch v := v.(type) {
	case *value.Object:
		return v
	case nil:
		return value.NewObject(0)
	case []any:
		o := value.NewObject(len(v))
		for i, x := range v {
			o.Set(strconv.Itoa(i), x)
		}
		return o
	default:
		return value.Obj("data", v)
	}
}
