package hook

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// maxFields bounds the fields of a form and the parameters of a query.
const maxFields = 1000

// pairs reads "a=1&b=2" in its order.
func pairs(text string) [][2]string {
	var out [][2]string
	for part := range strings.SplitSeq(text, "&") {
		if part == "" {
			continue
		}
		if len(out) == maxFields {
			break
		}
		name, v, _ := strings.Cut(part, "=")
		out = append(out, [2]string{unescape(name), unescape(v)})
	}
	return out
}

// unescape leaves what is no escape as it is.
func unescape(s string) string {
	text, err := url.QueryUnescape(s)
	if err != nil {
		text = strings.ReplaceAll(s, "+", " ")
	}
	return strings.ToValidUTF8(text, "\ufffd")
}

// formOf is a form's fields; a name that comes again makes a list.
func formOf(text string) *value.Object {
	o := value.NewObject(8)
	for _, p := range pairs(text) {
		addField(o, p[0], p[1])
	}
	return o
}

func addField(o *value.Object, name string, v any) {
	old, ok := o.Get(name)
	if !ok {
		o.Set(name, v)
		return
	}
	list, ok := old.([]any)
	if !ok {
		list = []any{old}
	}
	o.Set(name, append(list, v))
}

// maxNesting is how deep brackets in a query's names reach, as in Express.
const maxNesting = 5

// queryOf is a query; a[b]=1 makes an object and a[]=1 a list, as in Express.
func queryOf(raw string) *value.Object {
	o := value.NewObject(4)
	for _, p := range pairs(raw) {
		keys := brackets(p[0])
		if len(keys) == 1 {
			addField(o, p[0], p[1])
			continue
		}
		nest(o, keys, p[1])
	}
	return o
}

// brackets takes "a[b][]" apart into a, b and "".
func brackets(name string) []string {
	head, rest, ok := strings.Cut(name, "[")
	if !ok || head == "" || !strings.HasSuffix(rest, "]") {
		return []string{name}
	}
	keys := append([]string{head}, strings.Split(strings.TrimSuffix(rest, "]"), "][")...)
	if len(keys) > maxNesting+1 || strings.ContainsAny(strings.Join(keys, ""), "[]") {
		return []string{name}
	}
	return keys
}

func nest(o *value.Object, keys []string, v string) {
	for i, k := range keys[:len(keys)-1] {
		if next := keys[i+1]; next == "" && i == len(keys)-2 {
			old, _ := o.Get(k)
			list, _ := old.([]any)
			o.Set(k, append(list, v))
			return
		}
		old, _ := o.Get(k)
		inner, ok := old.(*value.Object)
		if !ok {
			inner = value.NewObject(2)
			o.Set(k, inner)
		}
		o = inner
	}
	addField(o, keys[len(keys)-1], v)
}

// readMultipart reads a form with files. Everything stays in memory, bounded by
// the body's limit; nothing is written to a disk and no name becomes a path.
func readMultipart(raw []byte, boundary string) (body, error) {
	b := body{}
	fields := value.NewObject(8)
	bad := func(err error) (body, error) {
		return body{}, fault.Wrap(err, fault.Invalid, fault.CodeValidation, "The body is not a valid multipart form.")
	}
	if boundary == "" {
		return bad(errors.New("no boundary"))
	}
	reader := multipart.NewReader(bytes.NewReader(raw), boundary)
	for range maxFields {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			b.value = fields
			return b, nil
		}
		if err != nil {
			return bad(err)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return bad(err)
		}
		name := part.FormName()
		if fileName := part.FileName(); fileName != "" {
			mimeType := part.Header.Get("Content-Type")
			if mimeType == "" {
				mimeType = "application/octet-stream"
			}
			b.files = append(b.files, file{field: name, name: path.Base(strings.ReplaceAll(fileName, `\`, "/")), mime: mimeType, data: data})
			continue
		}
		addField(fields, name, strings.ToValidUTF8(string(data), "\ufffd"))
	}
	return bad(errors.New("too many parts"))
}

// named gives files their properties, as n8n's webhook node does: the field's
// name, numbered where a field has several; or the option's name, numbered.
func named(files []file, option string) map[string]file {
	count := map[string]int{}
	for _, f := range files {
		count[f.field]++
	}
	out := make(map[string]file, len(files))
	seen := map[string]int{}
	for i, f := range files {
		name := strings.TrimSuffix(f.field, "[]")
		if count[f.field] > 1 {
			name += strconv.Itoa(seen[f.field])
			seen[f.field]++
		}
		if option != "" {
			name = option + strconv.Itoa(i)
		}
		out[name] = f
	}
	return out
}
