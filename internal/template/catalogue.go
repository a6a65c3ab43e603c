package template

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/automatelanka/automatelanka/internal/fault"
)

//go:embed data/*.json
var data embed.FS

// library is read once. It is no sync.OnceValues: an initialised variable would
// link the templates into every program that imports this package.
var library struct {
	once sync.Once
	set  *Catalogue
	err  error
}

// Builtin returns the templates that come with the program. They are read once;
// their workflows are parsed when they are asked for.
func Builtin() (*Catalogue, error) {
	library.once.Do(func() { library.set, library.err = Load(data, "data") })
	return library.set, library.err
}

// Catalogue is a set of templates. It is not changed after loading.
type Catalogue struct {
	list []*Template // by id
	byID map[string]*Template
}

// Load reads all templates of a folder. Every file that is not in order is named
// in the error, which joins one error a file.
func Load(files fs.FS, dir string) (*Catalogue, error) {
	names, err := fs.Glob(files, path.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	c := &Catalogue{byID: make(map[string]*Template, len(names))}
	var problems []error
	for _, name := range names {
		t, err := read(files, name)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
			continue
		}
		c.list = append(c.list, t)
		c.byID[t.ID] = t
	}
	slices.SortFunc(c.list, func(a, b *Template) int { return strings.Compare(a.ID, b.ID) })
	return c, errors.Join(problems...)
}

// read decodes one file; a field that the format does not have is an error, as
// it would be a spelling mistake. The id must be the file's name, which makes ids
// unique.
func read(files fs.FS, name string) (*Template, error) {
	b, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	var t Template
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&t); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is text after the template")
	}
	if want := strings.TrimSuffix(path.Base(name), ".json"); t.ID != want {
		return nil, fmt.Errorf("id is %q, the file's name says %q", t.ID, want)
	}
	return &t, nil
}

// Len is the number of templates.
func (c *Catalogue) Len() int { return len(c.list) }

// All returns the templates ordered by id. The caller must not change them.
func (c *Catalogue) All() []*Template { return slices.Clone(c.list) }

// Get returns one template, or a fault.NotFound.
func (c *Catalogue) Get(id string) (*Template, error) {
	if t := c.byID[id]; t != nil {
		return t, nil
	}
	return nil, fault.New(fault.NotFound, fault.CodeNotFound, "There is no template %q.", id)
}
