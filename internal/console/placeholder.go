package console

import (
	"bytes"
	"io/fs"
	"time"
)

// notBuilt is a file system of one file, the placeholder page.
type notBuilt struct{}

const placeholderName = "index.html"

func (notBuilt) Open(name string) (fs.File, error) {
	if name != placeholderName {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return page{bytes.NewReader(placeholder)}, nil
}

// page is the placeholder, opened; it is its own FileInfo too.
type page struct{ *bytes.Reader }

func (p page) Stat() (fs.FileInfo, error) { return p, nil }
func (page) Close() error                 { return nil }
func (page) Name() string                 { return placeholderName }
func (page) Mode() fs.FileMode            { return 0o444 }
func (page) ModTime() time.Time           { return time.Time{} }
func (page) IsDir() bool                  { return false }
func (page) Sys() any                     { return nil }
