package connector

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

//go:embed data
var embedded embed.FS

// headSize is how much of a file is looked at for its head, in bytes.
const headSize = 4 << 10

// names are the files of services in a file system, without their ending.
func names(fsys fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(fsys, "data")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".json"); ok && !e.IsDir() {
			out = append(out, name)
		}
	}
	return out, nil
}

// headKeys are those that stand first in a file.
var headKeys = []string{"$schema", "type", "versions", "name", "description", "docs", "group", "extend", "auth", "ai", "part"}

// readHead reads what comes before the first key that does not belong to it.
func readHead(fsys fs.FS, name string) (Head, error) {
	var h Head
	f, err := fsys.Open(path.Join("data", name+".json"))
	if err != nil {
		return h, err
	}
	defer func() { _ = f.Close() }()
	start, err := io.ReadAll(io.LimitReader(f, headSize))
	if err != nil {
		return h, err
	}
	text, err := cutHead(start)
	if err == nil {
		err = json.Unmarshal(text, &h, json.RejectUnknownMembers(true))
	}
	if err != nil {
		return h, fmt.Errorf("%s.json: %w", name, err)
	}
	return h, nil
}

// cutHead is the object of the head alone.
func cutHead(start []byte) ([]byte, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(start))
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '{' {
		return nil, errors.New("a connector is an object")
	}
	end := int64(1)
	for dec.PeekKind() == '"' {
		t, err := dec.ReadToken()
		if err != nil {
			return nil, fmt.Errorf("the head is broken or longer than %d kB: %w", headSize>>10, err)
		}
		if !slices.Contains(headKeys, t.String()) {
			break
		}
		if err := dec.SkipValue(); err != nil {
			return nil, fmt.Errorf("the head is broken or longer than %d kB: %w", headSize>>10, err)
		}
		end = dec.InputOffset()
	}
	return append(bytes.Clone(start[:end]), '}'), nil
}

// load reads a file whole, with what it extends, and checks it.
func load(fsys fs.FS, name string) (*service, error) {
	f, err := readFile(fsys, path.Join("data", name+".json"))
	if err != nil {
		return nil, err
	}
	head, err := readHead(fsys, name)
	if err != nil {
		return nil, err
	}
	if head.Type != f.Type || head.Name != f.Name || head.Auth.Type != f.Auth.Type || len(head.Auth.Types) != len(f.Auth.Types) || head.AI != f.AI || len(head.Part) != len(f.Part) {
		return nil, fmt.Errorf("%s.json: %s must come before all other keys", name, strings.Join(headKeys[1:], ", "))
	}
	for _, base := range f.Extend {
		b, err := readFile(fsys, path.Join("data", "common", base+".json"))
		if err != nil {
			return nil, err
		}
		f.extend(b)
	}
	s, err := build(f)
	if err != nil {
		return nil, fmt.Errorf("%s.json: %w", name, err)
	}
	return s, nil
}

func readFile(fsys fs.FS, name string) (*File, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	f := &File{}
	if err := json.Unmarshal(text, f, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("%s: %w", path.Base(name), err)
	}
	return f, nil
}

// extend adds what f leaves out.
func (f *File) extend(b *File) {
	if f.BaseURL == nil {
		f.BaseURL = b.BaseURL
	}
	if f.Request == nil {
		f.Request = b.Request
	}
	if f.ErrorMessage == nil {
		f.ErrorMessage = b.ErrorMessage
	}
	f.Errors = append(f.Errors, b.Errors...)
	f.Params = append(slices.Clone(b.Params), f.Params...)
	f.Define.Params = merged(f.Define.Params, b.Define.Params)
	f.Define.Values = merged(f.Define.Values, b.Define.Values)
	f.Define.Steps = merged(f.Define.Steps, b.Define.Steps)
}

// merged is own with what only base has.
func merged[T any](own, base map[string]T) map[string]T {
	if own == nil {
		return base
	}
	for k, v := range base {
		if _, ok := own[k]; !ok {
			own[k] = v
		}
	}
	return own
}
