package httpapi

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/automatelanka/automatelanka/internal/catalog"
	"github.com/automatelanka/automatelanka/internal/value"
)

// own are the members that are ours and not the tenant's text.
var own = []string{"id", "active", "version", "createdAt", "updatedAt"}

// export gives a stored workflow our id, activity, version and times, and leaves
// every other byte of it as it came: numbers keep their digits, unknown fields
// their place.
func export(h catalog.Head, raw []byte) ([]byte, error) {
	b := append(make([]byte, 0, len(raw)+256), '{')
	for i, v := range []any{string(h.ID), h.Active, h.Version, Stamp(h.CreatedAt).String(), Stamp(h.UpdatedAt).String()} {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(value.AppendString(b, own[i]), ':')
		b = value.Append(b, v)
	}
	dec := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		quoted := string(name) // the decoder reuses its buffer
		v, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		text, err := jsontext.AppendUnquote(nil, quoted)
		if err != nil || !slices.Contains(own, string(text)) {
			b = append(append(append(b, ','), quoted...), ':')
			b = append(b, v...)
		}
	}
	return append(b, '}'), nil
}
