package pdftext

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// file makes a PDF file with a page for each content stream.
func file(contents ...string) []byte {
	var b bytes.Buffer
	var at []int
	object := func(text string) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), text)
	}
	b.WriteString("%PDF-1.4\n")
	var kids []string
	for i := range contents {
		kids = append(kids, fmt.Sprintf("%d 0 R", 5+2*i))
	}
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object(fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", strings.Join(kids, " "), len(contents)))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /FirstChar 32 /LastChar 126 /Widths [" + strings.Repeat("500 ", 95) + "] >>")
	object("<< /Title (A bill) /Author (Ada) >>")
	for i, c := range contents {
		object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents %d 0 R /Resources << /Font << /F 3 0 R >> >> >>", 6+2*i))
		object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(c), c))
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.Bytes()
}

const (
	first  = "BT /F 10 Tf 50 700 Td (Invoice 42) Tj 0 -20 Td (Total:) Tj 100 0 Td (9.50) Tj ET"
	second = "BT /F 10 Tf 50 700 Td [(Ker) -10 (ning) -900 (gap)] TJ ET"
)

func TestTextOfPages(t *testing.T) {
	doc, err := Reader{}.Read(t.Context(), file(first, second), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Invoice 42\nTotal: 9.50", "Kerning gap"}, doc.Texts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][2]string{{"Title", "A bill"}, {"Author", "Ada"}}, doc.Info); diff != "" || doc.Version != "1.4" || doc.Pages != 2 {
		t.Errorf("%s, version %s, %d pages", diff, doc.Version, doc.Pages)
	}
	if doc, err := (Reader{}).Read(t.Context(), file(first, second), "", 1); err != nil || len(doc.Texts) != 1 || doc.Pages != 2 {
		t.Errorf("%+v, %v", doc, err)
	}
}

func TestFilesThatAreNone(t *testing.T) {
	whole := file(first)
	cycle := bytes.Replace(whole, []byte("/Kids [5 0 R] /Count 1"), []byte("/Kids [2 0 R] /Count 9"), 1)
	for name, b := range map[string][]byte{
		"empty": nil, "text": []byte("hello"), "a head alone": []byte("%PDF-1.4\n"), "cut off": whole[:len(whole)/2], "zeros": make([]byte, 5000),
		"a cycle of pages": cycle, "no end": bytes.Replace(whole, []byte("startxref"), []byte("startnone"), 1),
	} {
		if _, err := (Reader{}).Read(t.Context(), b, "", 0); err == nil && name != "a cycle of pages" {
			t.Errorf("%s was read", name)
		} else if f := fault.Of(err); err != nil && (f.Kind != fault.Invalid || f.Transient()) {
			t.Errorf("%s: %v (%v)", name, err, f.Kind)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Reader{}).Read(ended, whole, "", 0); fault.Of(err) == nil || fault.Of(err).Kind != fault.Timeout {
		t.Errorf("%v", err)
	}
}
