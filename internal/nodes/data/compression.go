package data

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"mime"
	"path"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// maxEntries is how many files an archive may hold.
const maxEntries = 1000

func compression() node.Type {
	on := func(operation string) map[string][]any { return map[string][]any{"operation": {operation}} }
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.compression", Versions: []float64{1, 1.1}, Name: "Compression",
			Description: "Packs files into ZIP or GZIP, and unpacks them.",
			Group:       "transform", Family: node.Pure, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "operation", Type: "options", Default: "decompress", Description: "compress or decompress."},
				{Name: "binaryPropertyName", Type: "string", Default: "data", Description: "Names of the item's files, with commas."},
				{Name: "outputFormat", Type: "options", Default: "", Show: on("compress"), Description: "zip or gzip."},
				{Name: "fileName", Type: "string", Default: "", Show: on("compress"), Description: "Name of the archive."},
				{Name: "binaryPropertyOutput", Type: "string", Default: "data", Show: on("compress"), Description: "The field that gets the archive."},
				{Name: "outputPrefix", Type: "string", Default: "file_", Show: on("decompress"), Description: "What the fields of unpacked files begin with; they are numbered."},
			},
		},
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			return one(c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
				p := packer{ctx: ctx, c: c, r: r, it: it, out: derived(r.Item(), it.JSON)}
				p.out.Binary = map[string]workflow.Binary{}
				if r.String("operation", "decompress") == "compress" {
					return []workflow.Item{p.out}, p.compress()
				}
				return []workflow.Item{p.out}, p.decompress()
			}))
		},
	}
}

// packer is the work on one item.
type packer struct {
	ctx context.Context
	c   *node.Call
	r   *node.Reader
	it  workflow.Item
	out workflow.Item
	// left is how many bytes may still come out of the item's archives: a small one
	// can hold a thousand times its size.
	left int64
}

func (p *packer) compress() error {
	format, target := p.r.String("outputFormat", ""), p.r.String("binaryPropertyOutput", "data")
	if format == "" { // version 1 always makes ZIP, 1.1 has it as default
		format = "zip"
	}
	var buf bytes.Buffer
	archive := zip.NewWriter(&buf)
	for i, name := range p.r.Names("binaryPropertyName") {
		content, f, err := p.c.ReadFile(p.ctx, p.it, name)
		if err != nil {
			return err
		}
		if format == "gzip" {
			if err := p.gzip(content, f, i, target); err != nil {
				return err
			}
			continue
		}
		w, err := archive.Create(entryName(f.FileName, name))
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			return err
		}
	}
	if format == "gzip" {
		return p.r.Err()
	}
	if err := errors.Join(archive.Close(), p.r.Err()); err != nil {
		return err
	}
	return p.save(target, p.r.String("fileName", "data.zip"), "application/zip", &buf)
}

// gzip packs one file; the first is the target, further ones are numbered.
func (p *packer) gzip(content []byte, f workflow.Binary, i int, target string) error {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(content); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	name := p.r.String("fileName", "")
	if name == "" {
		name = entryName(f.FileName, target) + ".gz"
	}
	if i > 0 {
		target += strconv.Itoa(i)
	}
	return p.save(target, name, "application/gzip", &buf)
}

func (p *packer) decompress() error {
	p.left = p.c.MaxFile()
	prefix := p.r.String("outputPrefix", "file_")
	for _, name := range p.r.Names("binaryPropertyName") {
		content, f, err := p.c.ReadFile(p.ctx, p.it, name)
		if err != nil {
			return err
		}
		switch {
		case bytes.HasPrefix(content, []byte("PK")):
			err = p.unzip(content, f, prefix)
		case bytes.HasPrefix(content, []byte{0x1f, 0x8b}):
			err = p.gunzip(content, f, prefix)
		default:
			err = node.Errorf("The file '%s' is neither a ZIP nor a GZIP archive.", name)
		}
		if err != nil {
			return err
		}
	}
	return p.r.Err()
}

func (p *packer) unzip(content []byte, f workflow.Binary, prefix string) error {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return broken(err, f)
	}
	if len(archive.File) > maxEntries {
		return fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The archive has %d files; at most %d are unpacked.", len(archive.File), maxEntries)
	}
	for _, entry := range archive.File {
		if strings.HasSuffix(entry.Name, "/") || strings.HasPrefix(entry.Name, "__MACOSX/") {
			continue
		}
		r, err := entry.Open()
		if err != nil {
			return broken(err, f)
		}
		err = p.unpack(r, entryName(entry.Name, "file"), prefix)
		_ = r.Close()
		if err != nil {
			return broken(err, f)
		}
	}
	return nil
}

func (p *packer) gunzip(content []byte, f workflow.Binary, prefix string) error {
	r, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return broken(err, f)
	}
	name := strings.TrimSuffix(strings.TrimSuffix(f.FileName, ".gz"), ".gzip")
	return broken(p.unpack(r, entryName(name, "file"), prefix), f)
}

// unpack saves one unpacked file under the next number.
func (p *packer) unpack(r io.Reader, name, prefix string) error {
	counted := &countdown{r: r, left: &p.left, most: p.c.MaxFile()}
	return p.save(prefix+strconv.Itoa(len(p.out.Binary)), name, mime.TypeByExtension(path.Ext(name)), counted)
}

// countdown is a reader with a limit that it shares with others.
type countdown struct {
	r    io.Reader
	left *int64
	most int64
}

func (c *countdown) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	if *c.left -= int64(n); *c.left < 0 {
		return 0, fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The archives of one item hold more than %d MB, which is what your plan allows.", c.most>>20)
	}
	return n, err
}

func (p *packer) save(field, name, mimeType string, r io.Reader) error {
	mimeType, _, _ = strings.Cut(mimeType, ";")
	if mimeType == "" {
		mimeType = "application/octet-stream"
	}
	f, err := p.c.SaveFile(p.ctx, p.r.Item(), workflow.Binary{
		MimeType: mimeType, FileName: name, Extension: strings.TrimPrefix(path.Ext(name), "."), FileType: node.FileType(mimeType),
	}, r)
	p.out.Binary[field] = f
	return err
}

// entryName is the last part of a name: what leads out of a folder means nothing here.
func entryName(name, def string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == "/" || name == ".." {
		return def
	}
	return name
}

// broken is the failure of an archive; faults of our own stay.
func broken(err error, f workflow.Binary) error {
	var own *fault.Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	return fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "The archive '%s' is damaged, or packed in a way that is not supported.", f.FileName)
}
