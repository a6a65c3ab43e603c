package document

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/ledongthuc/pdf"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// The limits of a PDF file.
const (
	maxPDF   = 20 << 20 // bytes
	maxPages = 5000
)

// PDF gives the text of each page of a PDF file. Pages that are pictures have none.
// Reading goes on in the background if the context ends before it.
func PDF(ctx context.Context, data []byte) ([]string, error) {
	if len(data) > maxPDF {
		return nil, fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The PDF file has %d MB; at most %d MB are read.", len(data)>>20, maxPDF>>20)
	}
	type result struct {
		pages []string
		err   error
	}
	done := make(chan result, 1)
	go func() {
		pages, err := pages(ctx, data)
		done <- result{pages, err}
	}()
	select {
	case r := <-done:
		return r.pages, r.err
	case <-ctx.Done():
		return nil, fault.Wrap(ctx.Err(), fault.Timeout, fault.CodeNodeTimeout, "The PDF file could not be read in time.")
	}
}

// pages reads the file; what the reader does not expect in it makes it panic.
func pages(ctx context.Context, data []byte) (out []string, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, fault.Wrap(fmt.Errorf("panic: %v", p), fault.Invalid, fault.CodeNodeError, "The PDF file is damaged or uses what is not supported.")
		}
	}()
	r, err := pdf.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, unreadable("PDF", "%s", err)
	}
	n := r.NumPage()
	if n > maxPages {
		return nil, unreadable("PDF", "it has %d pages, at most %d are read", n, maxPages)
	}
	for i := 1; i <= n && ctx.Err() == nil; i++ {
		page := r.Page(i)
		if page.V.IsNull() {
			out = append(out, "")
			continue
		}
		text, err := page.GetPlainText(nil)
		if err != nil {
			return nil, unreadable("PDF", "page %d: %s", i, err)
		}
		out = append(out, strings.TrimSpace(text))
	}
	return out, nil
}
