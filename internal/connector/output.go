package connector

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// items makes the items of the last step's value.
func (w *work) items(v any) ([]workflow.Item, error) {
	out := &w.op.def.Output
	if out.Binary != nil {
		if ok, err := out.Binary.When.holds(w.scope); ok || err != nil {
			if err != nil {
				return nil, err
			}
			return w.fileItem(out, v)
		}
	}
	if out.Input {
		return w.inputs(), nil
	}
	list, err := w.elements(v)
	if err == nil {
		list, err = w.cut(list)
	}
	if err != nil {
		return nil, err
	}
	return w.each(list)
}

// elements are what items are made of.
func (w *work) elements(v any) ([]any, error) {
	items := w.op.def.Output.Items
	v, ok, err := items.of(w.scope, v)
	if err != nil || !ok && items != nil {
		return []any{}, err
	}
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	return list, nil
}

// each makes an item of each element.
func (w *work) each(list []any) ([]workflow.Item, error) {
	out := &w.op.def.Output
	items := make([]workflow.Item, 0, len(list))
	for i, x := range list {
		o, ok, err := w.made(out.Each, x, i)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		it := workflow.Item{JSON: wire.ItemJSON(o), Paired: w.paired(i, len(list))}
		if it.Binary, err = w.files(out.Files, x); err != nil {
			return nil, err
		}
		items = append(items, it)
	}
	return items, nil
}

// files are those that the output's template lists for an element.
func (w *work) files(t *Template, x any) (map[string]workflow.Binary, error) {
	if t == nil {
		return nil, nil
	}
	w.scope.with("$value", x)
	v, _, err := t.value(w.scope)
	if err != nil {
		return nil, err
	}
	var out map[string]workflow.Binary
	for _, f := range elements(v) {
		o, _ := f.(*value.Object)
		made, err := w.content(node.Get(o, "base64", ""), node.Get(o, "mimeType", ""))
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = map[string]workflow.Binary{}
		}
		field := node.Get(o, "field", "data")
		// Items of one incoming item may have files of the same name: what is in them tells them apart.
		sum := sha256.Sum256(made.Body)
		file, err := made.File(w.ctx, w.c, w.scope.item, field+"-"+hex.EncodeToString(sum[:8]))
		if err != nil {
			return nil, err
		}
		out[field] = named(file, node.Get(o, "fileName", ""))
	}
	return out, nil
}

// content is base64 as if the service had answered with it.
func (w *work) content(text, mimeType string) (wire.Answer, error) {
	text = strings.NewReplacer("\n", "", "\r", "", "-", "+", "_", "/").Replace(text)
	body, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return wire.Answer{}, wire.Answered(node.Errorf("The service's answer holds a file that is not valid base64."))
	}
	a := wire.Answer{Header: http.Header{}, Body: body, URL: w.last.URL}
	if mimeType != "" {
		a.Header.Set("Content-Type", mimeType)
	}
	return a, nil
}

// named is a file with another name, if there is one.
func named(f workflow.Binary, name string) workflow.Binary {
	if name == "" {
		return f
	}
	f.FileName = name
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		f.Extension = name[i+1:]
	}
	return f
}

func (w *work) cut(list []any) ([]any, error) {
	v, ok, err := w.op.def.Output.Limit.value(w.scope)
	if err != nil || !ok {
		return list, err
	}
	if n := node.ToNumber(v); n >= 0 && n < float64(len(list)) {
		return list[:int(n)], nil
	}
	return list, nil
}

// made is an element as the output's template makes it.
func (w *work) made(t *Template, x any, i int) (any, bool, error) {
	if t == nil {
		return x, true, nil
	}
	w.scope.with("$value", x, "$index", float64(i))
	return t.value(w.scope)
}

// paired says where an item came from. Of an operation for all items, its items
// belong to the incoming ones in order if they are as many.
func (w *work) paired(i, n int) []workflow.Paired {
	if w.op.def.Mode != "all" {
		return []workflow.Paired{{Item: w.scope.item}}
	}
	in := len(w.c.Items())
	if n == in {
		return []workflow.Paired{{Item: i}}
	}
	all := make([]workflow.Paired, in)
	for j := range all {
		all[j].Item = j
	}
	return all
}

// inputs are the incoming items that the operation was for.
func (w *work) inputs() []workflow.Item {
	if w.op.def.Mode != "all" {
		it := w.scope.input()
		it.Paired = []workflow.Paired{{Item: w.scope.item}}
		return []workflow.Item{it}
	}
	items := make([]workflow.Item, len(w.c.Items()))
	for i, it := range w.c.Items() {
		it.Paired = []workflow.Paired{{Item: i}}
		items[i] = it
	}
	return items
}

// fileItem is an item with the answer as a file; its JSON is what the output's
// template makes, or that of the incoming item.
func (w *work) fileItem(out *Output, v any) ([]workflow.Item, error) {
	b := out.Binary
	field, err := w.text(&b.To)
	if err != nil {
		return nil, err
	}
	in := w.scope.input()
	it := workflow.Item{JSON: w.scope.json(), Binary: map[string]workflow.Binary{}, Paired: w.paired(0, 1)}
	if b.Keep {
		for name, f := range in.Binary {
			it.Binary[name] = f
		}
	}
	if it.Binary[field], err = w.file(b, field); err != nil {
		return nil, err
	}
	if out.Each != nil || out.Items != nil {
		v, _, err := out.Items.of(w.scope, v)
		if err != nil {
			return nil, err
		}
		if v, _, err = w.made(out.Each, v, 0); err != nil {
			return nil, err
		}
		it.JSON = wire.ItemJSON(v)
	}
	return []workflow.Item{it}, nil
}

// file is the content as a file, with the name and type that the output gives.
func (w *work) file(b *BinaryOutput, field string) (workflow.Binary, error) {
	name, err := w.text(b.Name)
	if err != nil {
		return workflow.Binary{}, err
	}
	mime, err := w.text(b.Mime)
	if err != nil {
		return workflow.Binary{}, err
	}
	a := w.last
	if b.From != nil {
		text, err := w.text(b.From)
		if err != nil {
			return workflow.Binary{}, err
		}
		if a, err = w.content(text, mime); err != nil {
			return workflow.Binary{}, err
		}
	} else if mime != "" {
		a.Header = a.Header.Clone()
		a.Header.Set("Content-Type", mime)
	}
	f, err := a.File(w.ctx, w.c, w.scope.item, field)
	return named(f, name), err
}

func (w *work) text(t *Template) (string, error) {
	v, _, err := t.value(w.scope)
	return textOf(v), err
}
