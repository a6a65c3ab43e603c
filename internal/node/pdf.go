package node

import "context"

// PDFReader reads the text of PDF files.
type PDFReader interface {
	// Read gives the text of each page; of the first maxPages alone if that is not 0.
	Read(ctx context.Context, file []byte, password string, maxPages int) (PDF, error)
}

// PDF is what a file says.
type PDF struct {
	Version string // of the format: "1.7"
	Pages   int    // that the file has
	Texts   []string
	Info    [][2]string // of the document information dictionary: Title, Author, …
}
