package node

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// DefaultMaxFile is how large a file may be where nothing else is said.
const DefaultMaxFile = 10 << 20

// MaxFile is how many bytes a file may have that the node stores.
func (c *Call) MaxFile() int64 {
	if c.Run.MaxFile > 0 {
		return c.Run.MaxFile
	}
	return DefaultMaxFile
}

// OpenFile opens a file of an item, in the item or in the file store; name is for
// messages. The caller closes it.
func (c *Call) OpenFile(ctx context.Context, f workflow.Binary, name string) (io.ReadCloser, error) {
	if f.Ref == "" {
		return io.NopCloser(bytes.NewReader(f.Data)), nil
	}
	if c.Services.Blobs == nil {
		return nil, fault.New(fault.Internal, fault.CodeInternal, "The file '%s' is in the file store, which this node cannot reach.", name)
	}
	return c.Services.Blobs.Get(ctx, f.Ref)
}

// SaveFile completes f with the content of r, for one item: a small file rides
// with the item, a large one goes to the store while it is read and is never in
// memory whole. More than the plan allows is refused.
func (c *Call) SaveFile(ctx context.Context, item int, f workflow.Binary, r io.Reader) (workflow.Binary, error) {
	most := c.MaxFile()
	counted := &limited{r: r, left: most, max: most}
	head, err := io.ReadAll(io.LimitReader(counted, InlineFile+1))
	if err != nil {
		return f, err
	}
	if len(head) <= InlineFile || c.Services.Blobs == nil {
		rest, err := io.ReadAll(counted)
		f.Data = append(head, rest...)
		f.Size = int64(len(f.Data))
		return f, err
	}
	f.Ref = c.fileRef(item)
	err = c.Services.Blobs.Put(ctx, f.Ref, io.MultiReader(bytes.NewReader(head), counted), -1)
	f.Size = most - counted.left
	return f, err
}

// fileRef is the key of one more file of the node run: <tenant>/<execution>/….
// Retention removes the files of an execution by that prefix. The attempt is in
// it, so that one that was given up cannot overwrite what a later one stored.
func (c *Call) fileRef(item int) string {
	return c.Run.Tenant + "/" + c.Run.ExecutionID + "/" + c.Key(item) + "-" + strconv.Itoa(c.Run.Attempt) + "-" + strconv.Itoa(int(c.stored.Add(1)))
}

// limited is a reader of at most so many bytes; more is a fault.
type limited struct {
	r         io.Reader
	left, max int64
}

func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if int64(n) > l.left {
		f := fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The file is larger than the %d MB that your plan allows for one file.", l.max>>20)
		f.Outcome = fault.Refused
		return int(l.left), f
	}
	l.left -= int64(n)
	return n, err
}

// OwnBlobs is the part of a store that belongs to a tenant: a reference that
// names anything else, whoever put it into an item, is refused.
func OwnBlobs(all Blobs, tenant string) Blobs { return ownBlobs{all, tenant + "/"} }

type ownBlobs struct {
	all    Blobs
	prefix string
}

var errForeign = errors.New("a key of the file store that is not the tenant's")

func (b ownBlobs) check(key string) error {
	if b.prefix != "/" && strings.HasPrefix(key, b.prefix) && !strings.Contains(key, "/../") {
		return nil
	}
	return fault.Wrap(errForeign, fault.Forbidden, fault.CodeForbidden, "The item refers to a stored file that does not belong to this workflow's tenant.")
}

func (b ownBlobs) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	if err := b.check(key); err != nil {
		return err
	}
	return b.all.Put(ctx, key, r, size)
}

func (b ownBlobs) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	if err := b.check(key); err != nil {
		return nil, err
	}
	return b.all.Get(ctx, key)
}
