package searchtest

import (
	"bytes"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/search"
)

// TestBlobs is the conformance suite of search.Blobs. open gives one without any
// of the keys that begin with "conformance/".
func TestBlobs(t *testing.T, open func(t *testing.T) search.Blobs) {
	t.Run("nothing there", func(t *testing.T) {
		b := open(t)
		if _, _, err := b.Get(t.Context(), "conformance/none", ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("Get: %v, want NotFound", err)
		}
		if _, err := b.Put(t.Context(), "conformance/none", []byte("x"), "some-version"); !fault.Is(err, fault.Conflict) {
			t.Errorf("Put over a version: %v, want Conflict", err)
		}
		if err := b.Delete(t.Context(), "conformance/none"); err != nil {
			t.Errorf("Delete: %v", err)
		}
	})
	t.Run("write and read", func(t *testing.T) { writeAndRead(t, open(t)) })
	t.Run("delete", func(t *testing.T) {
		b := open(t)
		put(t, b, "conformance/d", "one", "")
		if err := b.Delete(t.Context(), "conformance/d"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.Get(t.Context(), "conformance/d", ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("Get after Delete: %v, want NotFound", err)
		}
		put(t, b, "conformance/d", "two", "")
	})
	t.Run("one writer wins", func(t *testing.T) { oneWriterWins(t, open(t)) })
	t.Run("a large blob", func(t *testing.T) {
		b := open(t)
		large := bytes.Repeat([]byte("0123456789abcdef"), 1<<19) // 8 MB
		v, err := b.Put(t.Context(), "conformance/large", large, "")
		if err != nil {
			t.Fatal(err)
		}
		if got, gotV, err := b.Get(t.Context(), "conformance/large", ""); err != nil || gotV != v || !bytes.Equal(got, large) {
			t.Errorf("%d bytes, version %q, %v; want %d, %q", len(got), gotV, err, len(large), v)
		}
	})
}

func writeAndRead(t *testing.T, b search.Blobs) {
	first := put(t, b, "conformance/a", "one", "")
	if _, err := b.Put(t.Context(), "conformance/a", []byte("two"), ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("Put of a new blob where one is: %v, want Conflict", err)
	}
	want(t, b, "conformance/a", "", "one", first)
	second := put(t, b, "conformance/a", "two", first)
	if second == first {
		t.Error("the version did not change with the data")
	}
	if _, err := b.Put(t.Context(), "conformance/a", []byte("three"), first); !fault.Is(err, fault.Conflict) {
		t.Errorf("Put over an old version: %v, want Conflict", err)
	}
	want(t, b, "conformance/a", first, "two", second)
	if data, v, err := b.Get(t.Context(), "conformance/a", second); data != nil || v != second || err != nil {
		t.Errorf("Get of what is known: %q, %q, %v; want nil and the version", data, v, err)
	}
	put(t, b, "conformance/a/b", "another", "")
	want(t, b, "conformance/a", "", "two", second)
}

func put(t *testing.T, b search.Blobs, key, data, expected string) string {
	t.Helper()
	v, err := b.Put(t.Context(), key, []byte(data), expected)
	if err != nil || v == "" {
		t.Fatalf("Put %s: version %q, %v", key, v, err)
	}
	return v
}

func want(t *testing.T, b search.Blobs, key, known, data, version string) {
	t.Helper()
	got, v, err := b.Get(t.Context(), key, known)
	if err != nil || string(got) != data || v != version {
		t.Errorf("Get %s: %q, %q, %v; want %q, %q", key, got, v, err, data, version)
	}
}

func oneWriterWins(t *testing.T, b search.Blobs) {
	v := put(t, b, "conformance/race", "start", "")
	var won, lost atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			_, err := b.Put(t.Context(), "conformance/race", []byte{byte(i)}, v)
			switch {
			case err == nil:
				won.Add(1)
			case fault.Is(err, fault.Conflict):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || lost.Load() != 7 {
		t.Errorf("%d writers won and %d lost, want 1 and 7", won.Load(), lost.Load())
	}
}
