package workflow

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/automatelanka/automatelanka/internal/value"
)

// AppendItems appends items as n8n writes them: a list of
// {json, binary?, pairedItem?, error?}; nil is null.
func AppendItems(b []byte, items []Item) []byte {
	if items == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendItem(b, &items[i])
	}
	return append(b, ']')
}

func appendItem(b []byte, it *Item) []byte {
	b = append(b, `{"json":`...)
	if it.JSON == nil {
		b = append(b, "{}"...)
	} else {
		b = value.Append(b, it.JSON)
	}
	if len(it.Binary) > 0 {
		b = append(b, `,"binary":{`...)
		for i, name := range slices.Sorted(maps.Keys(it.Binary)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = value.AppendString(b, name)
			b = appendBinary(append(b, ':'), it.Binary[name])
		}
		b = append(b, '}')
	}
	if len(it.Paired) > 0 {
		b = append(b, `,"pairedItem":`...)
		b = appendPaired(b, it.Paired)
	}
	if it.Error != "" {
		b = append(b, `,"error":`...)
		b = value.AppendString(b, it.Error)
	}
	return append(b, '}')
}

// appendPaired writes one origin as an object, several as a list.
func appendPaired(b []byte, paired []Paired) []byte {
	list := len(paired) > 1
	if list {
		b = append(b, '[')
	}
	for i, p := range paired {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"item":`...)
		b = strconv.AppendInt(b, int64(p.Item), 10)
		if p.Input != 0 {
			b = append(b, `,"input":`...)
			b = strconv.AppendInt(b, int64(p.Input), 10)
		}
		b = append(b, '}')
	}
	if list {
		b = append(b, ']')
	}
	return b
}

func appendBinary(b []byte, f Binary) []byte {
	b = append(b, `{"mimeType":`...)
	b = value.AppendString(b, f.MimeType)
	for _, x := range []struct{ key, text string }{
		{"fileName", f.FileName}, {"fileExtension", f.Extension}, {"fileType", f.FileType}, {"id", f.Ref},
	} {
		if x.text != "" {
			b = append(append(append(b, `,"`...), x.key...), `":`...)
			b = value.AppendString(b, x.text)
		}
	}
	if f.Size != 0 {
		b = strconv.AppendInt(append(b, `,"bytes":`...), f.Size, 10)
	}
	if f.Data != nil {
		b = append(b, `,"data":"`...)
		b = base64.StdEncoding.AppendEncode(b, f.Data)
		b = append(b, '"')
	}
	return append(b, '}')
}

// ParseItems reads what AppendItems writes, and the forms n8n accepts besides.
func ParseItems(raw []byte) ([]Item, error) {
	v, err := parseJSON(raw)
	if err != nil {
		return nil, err
	}
	return ItemsOf(v)
}

// ItemsOf turns JSON into items: a list of items, one item, or bare objects,
// each of which becomes an item's json. null gives nil.
func ItemsOf(v any) ([]Item, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case *value.Object:
		it, err := ItemOf(v)
		return []Item{it}, err
	case []any:
		items := make([]Item, len(v))
		for i, x := range v {
			it, err := ItemOf(x)
			if err != nil {
				return nil, fmt.Errorf("item %d: %w", i, err)
			}
			items[i] = it
		}
		return items, nil
	default:
		return nil, fmt.Errorf("a list of items was expected, not %s", article(v))
	}
}

// ItemOf turns one JSON object into an item.
func ItemOf(v any) (Item, error) {
	o, ok := v.(*value.Object)
	if !ok {
		return Item{}, fmt.Errorf("an item is an object, not %s", article(v))
	}
	inner, given := o.Get("json")
	data, ok := inner.(*value.Object)
	if !given {
		if !itemKeysOnly(o) || o.Len() == 0 {
			return Item{JSON: o}, nil
		}
		data, ok = value.NewObject(0), true
	}
	if !ok {
		return Item{}, fmt.Errorf("an item's json is an object, not %s", article(inner))
	}
	it := Item{JSON: data, Error: errorText(o)}
	if p, ok := o.Get("pairedItem"); ok {
		it.Paired = pairedOf(p)
	}
	files, _ := field[*value.Object](o, "binary")
	for name, f := range files.All() {
		b, err := binaryOf(f)
		if err != nil {
			return Item{}, fmt.Errorf("binary %q: %w", name, err)
		}
		if it.Binary == nil {
			it.Binary = make(map[string]Binary, files.Len())
		}
		it.Binary[name] = b
	}
	return it, nil
}

// itemKeysOnly reports whether o looks like an item without json.
func itemKeysOnly(o *value.Object) bool {
	for _, k := range o.Keys() {
		if k != "binary" && k != "pairedItem" && k != "error" {
			return false
		}
	}
	return true
}

func errorText(o *value.Object) string {
	if e, ok := field[*value.Object](o, "error"); ok {
		return text(e, "message")
	}
	return text(o, "error")
}

// pairedOf reads n8n's forms: a number, {item, input}, or a list of either.
func pairedOf(v any) []Paired {
	switch v := v.(type) {
	case float64:
		return []Paired{{Item: int(v)}}
	case *value.Object:
		n, ok := number(v, "item")
		if !ok {
			return nil
		}
		in, _ := number(v, "input")
		return []Paired{{Item: int(n), Input: int(in)}}
	case []any:
		var out []Paired
		for _, x := range v {
			out = append(out, pairedOf(x)...)
		}
		return out
	}
	return nil
}

func binaryOf(v any) (Binary, error) {
	o, ok := v.(*value.Object)
	if !ok {
		return Binary{}, fmt.Errorf("a file is an object, not %s", article(v))
	}
	b := Binary{
		MimeType: text(o, "mimeType"), FileName: text(o, "fileName"), Extension: text(o, "fileExtension"),
		FileType: text(o, "fileType"), Ref: text(o, "id"),
	}
	if data, ok := field[string](o, "data"); ok {
		raw, err := base64.StdEncoding.DecodeString(data)
		if err != nil {
			return Binary{}, fmt.Errorf("data is not base64")
		}
		b.Data = raw
		b.Size = int64(len(raw))
	}
	if n, ok := number(o, "bytes"); ok {
		b.Size = int64(n)
	}
	return b, nil
}
