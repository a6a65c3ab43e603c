package hook

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/httpapi"
	"github.com/automatelanka/automatelanka/internal/trigger"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// call is one request as a workflow sees it.
type call struct {
	item workflow.Item
	body any    // as it is in the item
	raw  []byte // as it was sent
}

// file is one uploaded file.
type file struct {
	field, name, mime string
	data              []byte
}

// body is what a request's body was read as: a value, or files beside a value.
type body struct {
	value any
	files []file
	// unread is set for types that are no data: the bytes are a file.
	unread bool
}

// read turns a request into the item that n8n's webhook node gives.
func (s *Server) read(r *http.Request, x target, claims *value.Object) (*call, error) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, httpapi.MaxBody+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > httpapi.MaxBody {
		return nil, fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The body has more than %d bytes.", httpapi.MaxBody)
	}
	mediaType, b, err := readBody(r.Header.Get("Content-Type"), raw)
	if err != nil {
		return nil, err
	}
	params := value.NewObject(len(x.params))
	for _, name := range segmentNames(x.hook) {
		params.Set(name, x.params[name])
	}
	o := value.Obj(
		"headers", headersOf(r), "params", params, "query", queryOf(r.URL.RawQuery), "body", b.value,
		"webhookUrl", s.PublicURL+"/hooks/"+string(x.hook.Tenant)+"/"+x.hook.Path, "executionMode", "production",
	)
	if claims != nil {
		o.Set("jwtPayload", claims)
	}
	c := &call{item: workflow.Item{JSON: o}, body: b.value, raw: raw}
	c.addFiles(x, b, mediaType)
	return c, nil
}

func segmentNames(h trigger.Hook) []string {
	var names []string
	for _, s := range h.Segments() {
		if name, ok := strings.CutPrefix(s, ":"); ok {
			names = append(names, name)
		}
	}
	return names
}

// readBody reads the body by its declared type, and by nothing else.
func readBody(contentType string, raw []byte) (mediaType string, b body, err error) {
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		mediaType = "" // none, or one that is damaged: the bytes are a file
	}
	empty := value.NewObject(0)
	switch {
	case len(raw) == 0:
		return mediaType, body{value: empty}, nil
	case mediaType == "application/json" || strings.HasSuffix(mediaType, "+json"):
		v, err := value.Parse(raw)
		if err != nil {
			return "", body{}, fault.Wrap(err, fault.Invalid, fault.CodeValidation, "The body is not valid JSON.")
		}
		return mediaType, body{value: v}, nil
	case mediaType == "application/x-www-form-urlencoded":
		return mediaType, body{value: formOf(string(raw))}, nil
	case mediaType == "multipart/form-data":
		b, err := readMultipart(raw, params["boundary"])
		return mediaType, b, err
	case mediaType == "text/plain":
		return mediaType, body{value: strings.ToValidUTF8(string(raw), "\ufffd")}, nil
	case strings.HasSuffix(mediaType, "/xml") || strings.HasSuffix(mediaType, "+xml"):
		v, err := parseXML(raw)
		return mediaType, body{value: v}, err
	}
	return mediaType, body{value: empty, unread: true}, nil
}

// headersOf is the request's headers, names in lower case, sorted.
func headersOf(r *http.Request) *value.Object {
	all := map[string]any{"host": r.Host}
	for name, values := range r.Header {
		all[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return value.From(all).(*value.Object)
}

// defaultFile is n8n's property for a body that is a file.
const defaultFile = "data"

// addFiles gives the item its files: those of a form, and the body itself where it
// is a file or is to be kept.
func (c *call) addFiles(x target, b body, mediaType string) {
	asFile := b.unread && (x.node.TypeVersion > 1 || x.settings.BodyAsFile)
	if x.settings.RawBody || asFile {
		name := x.settings.FileName
		if name == "" {
			name = defaultFile
		}
		if mediaType == "" {
			mediaType = "application/octet-stream"
		}
		c.put(name, file{mime: mediaType, data: c.raw})
	}
	for name, f := range named(b.files, x.settings.FileName) {
		c.put(name, f)
	}
}

func (c *call) put(property string, f file) {
	if len(f.data) == 0 {
		return
	}
	if c.item.Binary == nil {
		c.item.Binary = map[string]workflow.Binary{}
	}
	ext := strings.TrimPrefix(path.Ext(f.name), ".")
	if ext == "" {
		if known, err := mime.ExtensionsByType(f.mime); err == nil && len(known) > 0 {
			ext = strings.TrimPrefix(known[0], ".")
		}
	}
	c.item.Binary[property] = workflow.Binary{
		MimeType: f.mime, FileName: f.name, Extension: ext, FileType: fileType(f.mime), Size: int64(len(f.data)), Data: bytes.Clone(f.data),
	}
}

// fileType is n8n's coarse kind of a file, by which its editor shows it.
func fileType(mimeType string) string {
	switch {
	case mimeType == "application/json":
		return "json"
	case mimeType == "text/html":
		return "html"
	case mimeType == "application/pdf":
		return "pdf"
	}
	for _, kind := range []string{"image", "audio", "video", "text"} {
		if strings.HasPrefix(mimeType, kind+"/") {
			return kind
		}
	}
	return ""
}
