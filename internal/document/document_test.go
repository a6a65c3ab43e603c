package document

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/value"
)

func TestStrings(t *testing.T) {
	v, _ := value.Parse([]byte(`{"a":"x","n":1,"b":{"c":"y","d":["z",{"c":"w"}]},"e":"","t":true}`))
	for pointers, want := range map[string][]string{
		"":         {"x", "y", "z", "w"},
		"/a":       {"x"},
		"/b/c":     {"y"},
		"/c":       {"y"}, // what lies below the first level that has it does not count
		"/a,/b/d":  {"x", "z", "w"},
		"/nothing": nil,
		"/b/d/1/c": {"w"},
	} {
		var list []string
		if pointers != "" {
			list = strings.Split(pointers, ",")
		}
		if got := Strings(v, list); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", pointers, got, want)
		}
	}
}

func TestCSV(t *testing.T) {
	text := "\ufeffname, age\nAnn,7\n\"Bo, B\",\n"
	got, err := CSV(text, ",", "")
	if err != nil || !slices.Equal(got, []string{"name: Ann\nage: 7", "name: Bo, B\nage: "}) {
		t.Errorf("%q %v", got, err)
	}
	if got, err = CSV(text, ",", "name"); err != nil || !slices.Equal(got, []string{"Ann", "Bo, B"}) {
		t.Errorf("%q %v", got, err)
	}
	if got, err = CSV("a;b\n1;2", ";", ""); err != nil || !slices.Equal(got, []string{"a: 1\nb: 2"}) {
		t.Errorf("%q %v", got, err)
	}
	if _, err = CSV(text, ",", "size"); err == nil || !strings.Contains(err.Error(), `no column "size"`) {
		t.Errorf("%v", err)
	}
}

func zipped(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err == nil {
			_, err = f.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDocx(t *testing.T) {
	const ns = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
	doc := zipped(t, "word/document.xml", `<w:document `+ns+`><w:body><w:p><w:r><w:t>One </w:t></w:r><w:r><w:t>two &amp; three</w:t><w:tab/><w:t>four</w:t></w:r></w:p><w:p><w:r><w:t>Next</w:t></w:r></w:p></w:body></w:document>`)
	got, err := Docx(doc)
	if err != nil || got != "One two & three\tfour\n\nNext\n\n" {
		t.Errorf("%q %v", got, err)
	}
	for _, bad := range [][]byte{nil, []byte("no zip"), zipped(t, "other.xml", ""), zipped(t, "word/document.xml", "<w:p")} {
		if _, err := Docx(bad); err == nil || !strings.Contains(err.Error(), "Word document") {
			t.Errorf("%v", err)
		}
	}
}

func TestEpub(t *testing.T) {
	book := zipped(t,
		"META-INF/container.xml", `<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>`,
		"OEBPS/book.opf", `<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a" href="one.xhtml"/><item id="b" href="sub/two.xhtml"/><item id="c" href="empty.xhtml"/></manifest><spine><itemref idref="b"/><itemref idref="c"/><itemref idref="a"/></spine></package>`,
		"OEBPS/one.xhtml", `<html><head><title>T</title></head><body><p>First</p></body></html>`,
		"OEBPS/sub/two.xhtml", `<html><body><h1>Head</h1><p>Some <b>bold</b> text</p><script>no()</script></body></html>`,
		"OEBPS/empty.xhtml", `<html><body> </body></html>`,
	)
	got, err := Epub(book)
	if err != nil || !slices.Equal(got, []string{"Head\nSome bold text", "First"}) {
		t.Errorf("%q %v", got, err)
	}
	if _, err := Epub(zipped(t, "x", "")); err == nil || !strings.Contains(err.Error(), "EPUB") {
		t.Errorf("%v", err)
	}
}

func TestPackedBombsAreRefused(t *testing.T) {
	bomb := zipped(t, "word/document.xml", strings.Repeat(" ", maxUnpacked+1))
	if _, err := Docx(bomb); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("%v", err)
	}
}

// paper makes a PDF file with a page for each text.
func paper(pages ...string) []byte {
	var b bytes.Buffer
	var at []int
	object := func(format string, args ...any) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n"+format+"\nendobj\n", append([]any{len(at)}, args...)...)
	}
	b.WriteString("%PDF-1.4\n")
	var kids []string
	for i := range pages {
		kids = append(kids, fmt.Sprintf("%d 0 R", 4+2*i))
	}
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [%s] /Count %d >>", strings.Join(kids, " "), len(pages))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	for i, text := range pages {
		content := "BT /F1 12 Tf 72 720 Td (" + text + ") Tj ET"
		object("<< /Type /Page /Parent 2 0 R /Resources << /Font << /F1 3 0 R >> >> /MediaBox [0 0 612 792] /Contents %d 0 R >>", 5+2*i)
		object("<< /Length %d >>\nstream\n%s\nendstream", len(content), content)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, x := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", x)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, table)
	return b.Bytes()
}

func TestPDF(t *testing.T) {
	got, err := PDF(t.Context(), paper("Hello world", "Second page"))
	if err != nil || !slices.Equal(got, []string{"Hello world", "Second page"}) {
		t.Errorf("%q %v", got, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := PDF(ended, nil); err == nil {
		t.Error("no error after the end")
	}
}

func FuzzPDF(f *testing.F) {
	whole := paper("Hello world", "Second page")
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("%PDF-1.7"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = pages(t.Context(), data) // no panic
	})
}
