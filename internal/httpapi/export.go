package httpapi

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/automatelanka/automatelanka/internal/catalog"
	"github.com/automatelanka/automatelanka/internal/value"
)

// export gives a stored workflow our id, name, activity and version, and leaves
// every other byte of it as it came: numbers keep their digits, unknown fields
// their place.
func export(h catalog.Head, raw []byte) ([]byte, error) {
	own := map[string][]byte{
		"id":      value.JSON(string(h.ID)),
		"active":  value.JSON(h.Active),
		"version": value.JSON(h.Version),
	}
	created, _ := Stamp(h.CreatedAt).MarshalJSON()
	updated, _ := Stamp(h.UpdatedAt).MarshalJSON()
	own["createdAt"], own["updatedAt"] = created, updated

	out := bytes.NewBuffer(make([]byte, 0, len(raw)+256))
	out.WriteByte('{')
	for i, name := range []string{"id", "active", "version", "createdAt", "updatedAt"} {
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(out, "%q:%s", name, own[name])
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
		key := string(name)
		v, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		if unquoted, err := jsontext.AppendUnquote(nil, key); err == nil && own[string(unquoted)] != nil {
			continue
		}
		out.WriteByte(',')
		out.WriteString(key)
		out.WriteByte(':')
		out.Write(v)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}
