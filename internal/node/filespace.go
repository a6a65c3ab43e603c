package node

import (
	"context"
	"io"
	"path"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// FileSpace is where the files are that nodes name by a path: n8n's disk. Each
// tenant has one of its own, which stays until the tenant is erased.
type FileSpace interface {
	Blobs
	// List gives the files whose keys begin with prefix, in order, at most so many.
	List(ctx context.Context, prefix string, most int) ([]StoredFile, error)
}

// StoredFile is one file of a FileSpace.
type StoredFile struct {
	Key  string
	Size int64 // bytes
}

// The limits of a tenant's file space.
const (
	MaxSpaceFiles = 1000
	// SpaceOfFiles is how many files of the largest size the space has room for.
	SpaceOfFiles = 20
)

// TenantFiles is a tenant's part of all file spaces, with paths instead of keys.
type TenantFiles struct {
	all    FileSpace
	prefix string
}

// FilesOf gives a tenant's part.
func FilesOf(all FileSpace, tenant string) TenantFiles {
	return TenantFiles{all: all, prefix: tenant + "/files/"}
}

// FilePath brings a path to the form that it has in the file space: relative,
// with slashes. "/home/x.csv", "./home/x.csv" and `C:\home\x.csv` are one file;
// what leads out of the space is refused.
func FilePath(text string) (string, error) {
	p := strings.ReplaceAll(strings.TrimSpace(text), `\`, "/")
	p = strings.TrimPrefix(p, "file://")
	if len(p) > 1 && p[1] == ':' && (p[0]|0x20 >= 'a' && p[0]|0x20 <= 'z') {
		p = p[2:]
	}
	p = strings.TrimPrefix(p, "~/")
	for part := range strings.SplitSeq(p, "/") {
		if part == ".." {
			return "", Errorf("The path %q leads out of the folder. Paths have no \"..\" here.", clip(text))
		}
	}
	p = strings.TrimPrefix(path.Clean("/"+p), "/")
	if p == "" || strings.HasSuffix(text, "/") {
		return "", Errorf("The path %q names no file.", clip(text))
	}
	if len(p) > 700 || strings.ContainsFunc(p, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) {
		return "", Errorf("The path %q is too long, or has signs that no file name has.", clip(text))
	}
	return p, nil
}

// Open opens a file; a fault with NOT_FOUND if there is none.
func (f TenantFiles) Open(ctx context.Context, text string) (io.ReadCloser, string, error) {
	p, err := FilePath(text)
	if err != nil {
		return nil, "", err
	}
	r, err := f.all.Get(ctx, f.prefix+p)
	if fault.Is(err, fault.NotFound) {
		err = fault.Wrap(err, fault.NotFound, fault.CodeNotFound,
			"There is no file %q. The file space of your workflows has what they wrote by Read/Write Files; it is no disk of a server.", p)
	}
	return r, p, err
}

// Write stores a file, in the place of one that is there.
func (f TenantFiles) Write(ctx context.Context, text string, r io.Reader, maxFile int64) error {
	p, err := FilePath(text)
	if err != nil {
		return err
	}
	there, err := f.all.List(ctx, f.prefix, MaxSpaceFiles)
	if err != nil {
		return err
	}
	total, known := int64(0), false
	for _, s := range there {
		if known = known || s.Key == f.prefix+p; s.Key != f.prefix+p {
			total += s.Size
		}
	}
	if !known && len(there) >= MaxSpaceFiles {
		return fault.New(fault.LimitExceeded, fault.CodePayloadTooLarge, "The file space has %d files, and no room for more.", MaxSpaceFiles)
	}
	room := SpaceOfFiles*maxFile - total
	if room <= 0 {
		return fault.New(fault.LimitExceeded, fault.CodePayloadTooLarge, "The file space holds the %d MB that your plan allows.", SpaceOfFiles*maxFile>>20)
	}
	most := min(maxFile, room)
	return f.all.Put(ctx, f.prefix+p, &limited{r: r, left: most, max: most}, -1)
}

// Find gives the paths that a pattern selects, in order. Patterns have *, **, ?,
// [a-z] and {a,b}.
func (f TenantFiles) Find(ctx context.Context, pattern string) ([]string, error) {
	p, err := FilePath(pattern)
	if err != nil {
		return nil, err
	}
	matches, literal, err := globPattern(p)
	if err != nil {
		return nil, err
	}
	there, err := f.all.List(ctx, f.prefix+literal, MaxSpaceFiles)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, s := range there {
		if name := strings.TrimPrefix(s.Key, f.prefix); matches(name) {
			out = append(out, name)
		}
	}
	return out, nil
}
