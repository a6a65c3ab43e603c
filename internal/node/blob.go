package node

import (
	"bytes"
	"context"
	"io"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

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
