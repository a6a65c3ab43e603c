package connector

import (
	"encoding/base64"

	"github.com/automatelanka/automatelanka/internal/node"
)

// file is {"$file": name}: a file of the item. In a multipart body it is sent as
// it is; "as" makes it base64 or text elsewhere.
type file struct {
	of         part
	as         string
	name, mime part
}

// fileRef stands for a file in a multipart body.
type fileRef struct{ field, name, mime string }

func (f *file) eval(s *scope) (any, bool, error) {
	v, ok, err := f.of.eval(s)
	if err != nil || !ok {
		return nil, false, err
	}
	if f.as == "" {
		name, _, err := evalOr(f.name, s)
		if err != nil {
			return nil, false, err
		}
		mime, _, err := evalOr(f.mime, s)
		return fileRef{textOf(v), textOf(name), textOf(mime)}, true, err
	}
	data, _, err := s.c.ReadFile(s.ctx, s.input(), textOf(v))
	if err != nil {
		return nil, false, err
	}
	switch f.as {
	case "base64":
		return base64.StdEncoding.EncodeToString(data), true, nil
	case "text":
		return string(data), true, nil
	}
	return nil, false, node.Errorf("The connector cannot read a file as %q.", f.as)
}

func (f *file) visit(visit func(part)) {
	visit(f)
	visitAll(visit, f.of, f.name, f.mime)
}
