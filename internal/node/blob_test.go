package node

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// shelf is a store in memory; while it reads it says how much it has seen.
type shelf struct {
	files map[string][]byte
	seen  func(n int)
}

func (s *shelf) Put(_ context.Context, key string, r io.Reader, _ int64) error {
	var all []byte
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		all = append(all, buf[:n]...)
		if s.seen != nil {
			s.seen(len(all))
		}
		if errors.Is(err, io.EOF) {
			s.files[key] = all
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *shelf) Get(_ context.Context, key string) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(s.files[key])), nil
}

func TestFilesAreStoredWhileTheyAreRead(t *testing.T) {
	s := &shelf{files: map[string][]byte{}}
	c := &Call{Node: &workflow.Node{ID: "n"}, Run: RunInfo{Tenant: "ten", ExecutionID: "exe", Attempt: 2}, Services: Services{Blobs: OwnBlobs(s, "ten")}}
	// The source goes on only when the store has what came before: whoever reads all
	// first waits for ever.
	r, w := io.Pipe()
	stored := make(chan int, 1000)
	s.seen = func(n int) { stored <- n }
	go func() {
		chunk := make([]byte, 64<<10)
		for i := 1; i <= 16; i++ {
			_, _ = w.Write(chunk)
			for n := 0; n < i*len(chunk); {
				n = <-stored
			}
		}
		_ = w.Close()
	}()
	f, err := c.SaveFile(t.Context(), 0, workflow.Binary{}, r)
	if err != nil || f.Size != 1<<20 || !strings.HasPrefix(f.Ref, "ten/exe/") || len(s.files[f.Ref]) != 1<<20 {
		t.Fatalf("%+v %v", f, err)
	}
	s.seen = nil
	again, err := c.SaveFile(t.Context(), 0, workflow.Binary{}, bytes.NewReader(make([]byte, 100<<10)))
	if err != nil || again.Ref == f.Ref {
		t.Errorf("a second file of the item takes the place of the first: %v %v", again.Ref, err)
	}
	small, err := c.SaveFile(t.Context(), 0, workflow.Binary{}, strings.NewReader("abc"))
	if err != nil || small.Ref != "" || string(small.Data) != "abc" || small.Size != 3 {
		t.Errorf("a small file does not ride with its item: %+v %v", small, err)
	}
}

func TestFilesBeyondThePlanAreRefused(t *testing.T) {
	for _, blobs := range []Blobs{nil, OwnBlobs(&shelf{files: map[string][]byte{}}, "ten")} {
		c := &Call{Node: &workflow.Node{ID: "n"}, Run: RunInfo{Tenant: "ten", ExecutionID: "exe", MaxFile: 100 << 10}, Services: Services{Blobs: blobs}}
		if _, err := c.SaveFile(t.Context(), 0, workflow.Binary{}, bytes.NewReader(make([]byte, 100<<10))); err != nil {
			t.Errorf("exactly as much as allowed: %v", err)
		}
		_, err := c.SaveFile(t.Context(), 0, workflow.Binary{}, bytes.NewReader(make([]byte, 100<<10+1)))
		if f := fault.Of(err); f == nil || f.Code != fault.CodePayloadTooLarge {
			t.Errorf("one byte more: %v", err)
		}
	}
}

func TestStoresKnowTheirTenant(t *testing.T) {
	s := &shelf{files: map[string][]byte{"other/e/f": []byte("secret")}}
	own := OwnBlobs(s, "ten")
	for _, key := range []string{"other/e/f", "ten/../other/e/f", "/other/e/f", "tenx/e/f", "", "ten"} {
		if _, err := own.Get(t.Context(), key); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%q is opened: %v", key, err)
		}
		if err := own.Put(t.Context(), key, strings.NewReader("x"), 1); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%q is written: %v", key, err)
		}
	}
	if _, err := OwnBlobs(s, "").Get(t.Context(), "/other/e/f"); !fault.Is(err, fault.Forbidden) {
		t.Error("no tenant is all tenants")
	}
}
