package service

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// The nodes that n8n gives its server's disk work on the tenant's file space.

func readWriteFile() node.Type {
	show := func(operation string) map[string][]any { return map[string][]any{"operation": {operation}} }
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.readWriteFile", Versions: []float64{1, 1.1}, Name: "Read/Write Files from Disk",
			Description: "Reads and writes files of the tenant's own file space, which workflows share. It is no disk of a server.",
			Group:       "input", Family: node.Data, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "operation", Type: "options", Default: "read", Options: options("read", "write")},
				{Name: "fileSelector", Type: "string", Default: "", Required: true, Description: "A path, or a pattern with *, **, ?, [a-z] and {a,b}", Show: show("read")},
				{Name: "fileName", Type: "string", Default: "", Required: true, Description: "The path to write to", Show: show("write")},
				{Name: "dataPropertyName", Type: "string", Default: "data", Description: "The name of the item's file", Show: show("write")},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					{Name: "append", Type: "boolean", Default: false}, {Name: "dataPropertyName", Type: "string", Default: "data"},
					{Name: "fileName", Type: "string", Default: ""}, {Name: "fileExtension", Type: "string", Default: ""}, {Name: "mimeType", Type: "string", Default: ""},
				}},
			},
		},
		Uses: usesFiles,
		Run: eachItem(func(f *filing) ([]workflow.Item, error) {
			if operation := f.r.String("operation", "read"); operation == "write" {
				return f.write()
			} else if operation != "read" {
				return nil, node.Errorf("The operation %q is not known; there are read and write.", operation)
			}
			return f.readAll(f.r.String("options.dataPropertyName", "data"), true)
		}),
		Effect: func(c *node.Call) node.Effect {
			if c.At(0).String("operation", "read") == "read" {
				return node.Safe
			}
			return writing(c)
		},
	}
}

// writing is keyed, because the same content in the same place is the same file;
// but not if it is added to what is there.
func writing(c *node.Call) node.Effect {
	if c.At(0).Bool("options.append", false) {
		return node.Unsafe
	}
	return node.Keyed
}

func readBinaryFile() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.readBinaryFile", Versions: []float64{1}, Name: "Read Binary File",
			Description: "Reads a file of the tenant's file space (old workflows).",
			Group:       "input", Family: node.Data, Inputs: main1, Outputs: main1,
			Params: []node.Param{{Name: "filePath", Type: "string", Default: "", Required: true}, {Name: "dataPropertyName", Type: "string", Default: "data"}},
		},
		Uses: usesFiles,
		Run: eachItem(func(f *filing) ([]workflow.Item, error) {
			file, err := f.read(f.r.String("filePath", ""))
			if err != nil {
				return nil, err
			}
			out := row(f.r.Item(), f.it.JSON)
			out.Binary = f.it.WithFile(f.r.String("dataPropertyName", "data"), file)
			return []workflow.Item{out}, nil
		}),
	}
}

func readBinaryFiles() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.readBinaryFiles", Versions: []float64{1}, Name: "Read Binary Files",
			Description: "Reads the files of the tenant's file space that a pattern selects (old workflows).",
			Group:       "input", Family: node.Data, Inputs: main1, Outputs: main1,
			Params: []node.Param{{Name: "fileSelector", Type: "string", Default: "", Required: true}, {Name: "dataPropertyName", Type: "string", Default: "data"}},
		},
		Uses: usesFiles,
		Run: eachItem(func(f *filing) ([]workflow.Item, error) {
			return f.readAll(f.r.String("dataPropertyName", "data"), false)
		}),
	}
}

func writeBinaryFile() node.Type {
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.writeBinaryFile", Versions: []float64{1}, Name: "Write Binary File",
			Description: "Writes an item's file into the tenant's file space (old workflows).",
			Group:       "output", Family: node.Data, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "fileName", Type: "string", Default: "", Required: true}, {Name: "dataPropertyName", Type: "string", Default: "data"},
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{{Name: "append", Type: "boolean", Default: false}}},
			},
		},
		Uses:   usesFiles,
		Run:    eachItem((*filing).write),
		Effect: writing,
	}
}

// filing is the work on one item.
type filing struct {
	ctx   context.Context
	c     *node.Call
	r     *node.Reader
	it    workflow.Item
	space node.TenantFiles
}

// eachItem makes a node's Run of what it does for one item.
func eachItem(do func(f *filing) ([]workflow.Item, error)) func(ctx context.Context, c *node.Call) (node.Result, error) {
	return func(ctx context.Context, c *node.Call) (node.Result, error) {
		out, err := c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
			return do(&filing{ctx, c, r, it, node.FilesOf(c.Services.Files, c.Run.Tenant)})
		})
		return node.Result{Outputs: [][]workflow.Item{out}}, err
	}
}

// read copies a file of the space into one that travels with the item: what the
// item has stays as it is when the space changes.
func (f *filing) read(name string) (workflow.Binary, error) {
	if err := f.r.Err(); err != nil {
		return workflow.Binary{}, err
	}
	content, p, err := f.space.Open(f.ctx, name)
	if err != nil {
		return workflow.Binary{}, err
	}
	defer func() { _ = content.Close() }()
	return f.c.StreamFile(f.ctx, f.r.Item(), workflow.Binary{FileName: path.Base(p)}, content)
}

// readAll gives an item for each file that the pattern selects; described ones say
// in their JSON what they are.
func (f *filing) readAll(field string, described bool) ([]workflow.Item, error) {
	selector := f.r.String("fileSelector", "")
	if err := f.r.Err(); err != nil {
		return nil, err
	}
	found, err := f.space.Find(f.ctx, selector)
	if err != nil {
		return nil, err
	}
	var out []workflow.Item
	for _, p := range found {
		file, err := f.read(p)
		if err != nil {
			return nil, err
		}
		json := value.NewObject(0)
		if described {
			f.rename(&file)
			json = value.Obj("mimeType", file.MimeType, "fileType", file.FileType, "fileName", file.FileName, "fileExtension", file.Extension, "fileSize", float64(file.Size), "directory", path.Dir("/"+p))
		}
		it := row(f.r.Item(), json)
		it.Binary = map[string]workflow.Binary{field: file}
		out = append(out, it)
	}
	return out, f.r.Err()
}

// rename gives a file what the author's options say of it.
func (f *filing) rename(file *workflow.Binary) {
	for name, to := range map[string]*string{"fileName": &file.FileName, "fileExtension": &file.Extension, "mimeType": &file.MimeType} {
		if s := f.r.String("options."+name, ""); s != "" {
			*to = s
		}
	}
}

func (f *filing) write() ([]workflow.Item, error) {
	name, field, add := f.r.String("fileName", ""), f.r.String("dataPropertyName", "data"), f.r.Bool("options.append", false)
	if err := f.r.Err(); err != nil {
		return nil, err
	}
	file, err := fileOf(f.it, field)
	if err != nil {
		return nil, err
	}
	content, err := f.c.OpenFile(f.ctx, file, field)
	if err != nil {
		return nil, err
	}
	defer func() { _ = content.Close() }()
	var whole io.Reader = content
	if add {
		before, err := f.before(name)
		if err != nil {
			return nil, err
		}
		whole = io.MultiReader(bytes.NewReader(before), content)
	}
	if err := f.space.Write(f.ctx, name, whole, f.c.MaxFile()); err != nil {
		return nil, err
	}
	out := row(f.r.Item(), f.it.JSON.Shallow())
	out.JSON.Set("fileName", name)
	out.Binary = f.it.Binary
	return []workflow.Item{out}, nil
}

// before is what a file holds to which something is added; it is read whole,
// because a store reads and writes one object at a time.
func (f *filing) before(name string) ([]byte, error) {
	old, _, err := f.space.Open(f.ctx, name)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(old, node.MaxFile+1))
	if len(b) > node.MaxFile {
		err = errors.Join(err, fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The file %q is larger than %d MB, and nothing can be added to it.", name, node.MaxFile>>20))
	}
	return b, errors.Join(err, old.Close())
}
