package document

import (
	"context"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/pdftext"
)

// The limits of a PDF file.
const (
	maxPDF   = 20 << 20 // bytes
	maxPages = 5000
)

// PDF gives the text of each page of a PDF file. Pages that are pictures have none.
func PDF(ctx context.Context, data []byte) ([]string, error) {
	if len(data) > maxPDF {
		return nil, fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The PDF file has %d MB; at most %d MB are read.", len(data)>>20, maxPDF>>20)
	}
	return pages(ctx, data)
}

func pages(ctx context.Context, data []byte) ([]string, error) {
	doc, err := pdftext.Reader{}.Read(ctx, data, "", maxPages)
	if f := fault.Of(err); err != nil && f.Code == fault.CodeNodeError {
		return nil, unreadable("PDF", "%s", strings.TrimSuffix(f.Message, "."))
	}
	if err != nil {
		return nil, err
	}
	if doc.Pages > maxPages {
		return nil, unreadable("PDF", "it has %d pages, at most %d are read", doc.Pages, maxPages)
	}
	return doc.Texts, nil
}
