// Package pdftext reads the text of PDF files. Files are tenants' and may be
// hostile: a panic of the library is a failure of the file, and a run that takes
// too long ends without its result.
package pdftext

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/ledongthuc/pdf"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// The limits of one file.
const (
	maxPages = 5000
	maxText  = node.MaxSQLBytes // bytes of all pages, as a node's output may have
)

// Reader implements node.PDFReader.
type Reader struct{}

var _ node.PDFReader = Reader{}

// Read reads a file. The library knows no context: when ctx ends, what it reads of
// the file fails, which ends its loops too.
func (Reader) Read(ctx context.Context, file []byte, password string, most int) (node.PDF, error) {
	type outcome struct {
		doc node.PDF
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() {
			if p := recover(); p != nil {
				o.err = broken(fmt.Errorf("panic: %v", p))
			}
			done <- o
		}()
		o.doc, o.err = read(ctx, file, password, most)
	}()
	select {
	case o := <-done:
		return o.doc, o.err
	case <-ctx.Done():
		return node.PDF{}, node.TimedOut(ctx)
	}
}

func read(ctx context.Context, file []byte, password string, most int) (node.PDF, error) {
	tries := 0
	r, err := pdf.NewReaderEncrypted(guarded{ctx, bytes.NewReader(file)}, int64(len(file)), func() string {
		if tries++; tries > 1 {
			return "" // no further one
		}
		return password
	})
	if errors.Is(err, pdf.ErrInvalidPassword) {
		return node.PDF{}, node.Errorf("The PDF file is protected by a password. Set the option 'Password'.")
	}
	if err != nil {
		return node.PDF{}, broken(err)
	}
	doc := node.PDF{Version: version(file), Pages: r.NumPage(), Info: info(r)}
	if most <= 0 || most > maxPages {
		most = maxPages
	}
	tree := &tree{most: most, left: 4 * maxPages}
	tree.walk(r.Trailer().Key("Root").Key("Pages"), 0)
	size := 0
	for _, page := range tree.pages {
		if ctx.Err() != nil {
			return node.PDF{}, node.TimedOut(ctx)
		}
		text := pageText(page)
		if size += len(text); size > maxText {
			return node.PDF{}, fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The text of the PDF file is larger than %d MB. Set the option 'Max Pages'.", maxText>>20)
		}
		doc.Texts = append(doc.Texts, text)
	}
	return doc, nil
}

// guarded is a file that cannot be read when the time is over.
type guarded struct {
	ctx context.Context
	io.ReaderAt
}

func (g guarded) ReadAt(p []byte, off int64) (int, error) {
	if err := g.ctx.Err(); err != nil {
		panic(err) // the library goes on behind an error
	}
	return g.ReaderAt.ReadAt(p, off)
}

// tree collects the pages. It is walked here, because the library follows trees
// that lead back to themselves without end.
type tree struct {
	pages      []pdf.Page
	most, left int
}

const maxDepth = 30

func (t *tree) walk(v pdf.Value, depth int) {
	if t.left--; t.left < 0 || depth > maxDepth || len(t.pages) >= t.most {
		return
	}
	kids := v.Key("Kids")
	if kids.Kind() != pdf.Array {
		if v.Key("Type").Name() == "Page" {
			t.pages = append(t.pages, pdf.Page{V: v})
		}
		return
	}
	for i := range kids.Len() {
		t.walk(kids.Index(i), depth+1)
	}
}

func broken(err error) error {
	return fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "The file is not a PDF file that can be read: it is damaged, or no PDF file.")
}

// version is what the file's first line says.
func version(file []byte) string {
	_, rest, ok := strings.Cut(string(file[:min(len(file), 32)]), "%PDF-")
	if !ok {
		return ""
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end >= 0 {
		rest = rest[:end]
	}
	return rest
}

// known are the members of the document information dictionary (ISO 32000, 14.3.3).
var known = []string{"Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate", "ModDate"}

func info(r *pdf.Reader) [][2]string {
	var out [][2]string
	dict := r.Trailer().Key("Info")
	for _, name := range known {
		if v := dict.Key(name); v.Kind() == pdf.String {
			out = append(out, [2]string{name, strings.ToValidUTF8(v.Text(), "\uFFFD")})
		}
	}
	return out
}

// pageText puts the letters of a page together in the order in which they are
// drawn: a new line where they move up or down, a space where they leave a gap.
func pageText(p pdf.Page) string {
	if p.V.IsNull() {
		return ""
	}
	var b strings.Builder
	var last pdf.Text
	for i, t := range p.Content().Text {
		if i > 0 {
			b.WriteString(between(last, t, b.String()))
		}
		b.WriteString(t.S)
		last = t
	}
	return strings.TrimSpace(strings.ToValidUTF8(b.String(), "\uFFFD"))
}

// between is what stands between two letters.
func between(a, b pdf.Text, before string) string {
	size := math.Max(math.Abs(a.FontSize), 1)
	switch {
	case math.Abs(a.Y-b.Y) > size/2:
		return "\n"
	case strings.HasSuffix(before, " ") || b.S == " ":
		return ""
	case b.X-(a.X+a.W) > size/5, b.X < a.X-size:
		return " "
	}
	return ""
}
