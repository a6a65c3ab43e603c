package samtemplate

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// kind is the form of a value in a template after its intrinsics were resolved.
type kind uint8

const (
	none kind = iota // absent, null, or AWS::NoValue
	scalar
	list
	mapping
)

// value is a resolved piece of a template that still knows where it was written.
type value struct {
	at     Position
	kind   kind
	text   string // of a scalar
	quoted bool   // a scalar that is text, whatever it looks like
	items  []*value
	keys   []string // of a mapping, in the order of the file
	fields map[string]*value
}

func textValue(at Position, s string) *value {
	return &value{at: at, kind: scalar, text: s, quoted: true}
}

func listValue(at Position, items []*value) *value {
	return &value{at: at, kind: list, items: items}
}

func mapValue(at Position) *value {
	return &value{at: at, kind: mapping, fields: map[string]*value{}}
}

func (v *value) set(key string, field *value) {
	if _, had := v.fields[key]; !had {
		v.keys = append(v.keys, key)
	}
	v.fields[key] = field
}

// get returns the field of a mapping, or nil; v may be nil.
func (v *value) get(key string) *value {
	if v == nil || v.kind != mapping {
		return nil
	}
	return v.fields[key]
}

// json renders v as JSON, keeping the order of mappings.
func (v *value) json() []byte {
	var b bytes.Buffer
	v.write(&b)
	return b.Bytes()
}

func (v *value) write(b *bytes.Buffer) {
	switch v.kind {
	case none:
		b.WriteString("null")
	case scalar:
		v.writeScalar(b)
	case list:
		b.WriteByte('[')
		for i, item := range v.items {
			if i > 0 {
				b.WriteByte(',')
			}
			item.write(b)
		}
		b.WriteByte(']')
	case mapping:
		b.WriteByte('{')
		for i, key := range v.keys {
			if i > 0 {
				b.WriteByte(',')
			}
			writeText(b, key)
			b.WriteByte(':')
			v.fields[key].write(b)
		}
		b.WriteByte('}')
	}
}

func (v *value) writeScalar(b *bytes.Buffer) {
	if !v.quoted {
		if v.text == "true" || v.text == "false" {
			b.WriteString(v.text)
			return
		}
		if _, err := strconv.ParseFloat(v.text, 64); err == nil && json.Valid([]byte(v.text)) {
			b.WriteString(v.text)
			return
		}
	}
	writeText(b, v.text)
}

func writeText(b *bytes.Buffer, s string) {
	quoted, _ := json.Marshal(s)
	b.Write(quoted)
}

// merged lays over on base the way SAM merges Globals: mappings are merged, lists
// are appended, and of anything else over counts.
func merged(base, over *value) *value {
	if base == nil || base.kind == none {
		return over
	}
	if over == nil || over.kind == none {
		return base
	}
	switch {
	case base.kind == mapping && over.kind == mapping:
		out := mapValue(over.at)
		for _, k := range base.keys {
			out.set(k, base.fields[k])
		}
		for _, k := range over.keys {
			out.set(k, merged(out.fields[k], over.fields[k]))
		}
		return out
	case base.kind == list && over.kind == list:
		return listValue(over.at, append(append([]*value(nil), base.items...), over.items...))
	}
	return over
}
