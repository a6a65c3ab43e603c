package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakePackage is a package with one library; its checksums are right until a
// test changes them.
func fakePackage(t *testing.T) (f *fetcher, packed *int) {
	t.Helper()
	lib := []byte("a library")
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, data := range map[string][]byte{"package/README.md": []byte("other"), "package/lib.so": lib} {
		if err := errors.Join(w.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o644})); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	sum, whole := sha256.Sum256(lib), sha512.Sum512(b.Bytes())
	packed = new(int)
	return &fetcher{
		dir:           t.TempDir(),
		pins:          []pin{{platform: "linux-riscv64", member: "package/lib.so", file: "lib.so", sha256: hex.EncodeToString(sum[:])}},
		tarballSHA512: base64.StdEncoding.EncodeToString(whole[:]),
		pack: func(_ context.Context, dir string) (string, error) {
			*packed++
			path := filepath.Join(dir, "p.tgz")
			return path, os.WriteFile(path, b.Bytes(), 0o600)
		},
		out: io.Discard,
	}, packed
}

func TestFetchOnce(t *testing.T) {
	f, packed := fakePackage(t)
	for range 2 {
		if err := f.fetch(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	path := f.path(f.pins[0])
	if b, err := os.ReadFile(path); err != nil || string(b) != "a library" {
		t.Errorf("library %q, %v", b, err)
	}
	if *packed != 1 {
		t.Errorf("downloaded %d times, want once", *packed)
	}
	if err := os.WriteFile(path, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "a library" {
		t.Errorf("broken library after fetch: %q, %v", b, err)
	}
}

func TestFetchRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*fetcher)
		want   string
	}{
		"package with another checksum": {func(f *fetcher) { f.tarballSHA512 = "AAAA" }, "wrong checksum: package"},
		"library with another checksum": {func(f *fetcher) { f.pins[0].sha256 = "00" }, "wrong checksum: lib.so"},
		"package without the library":   {func(f *fetcher) { f.pins[0].member = "package/no" }, "has no package/no"},
	} {
		f, _ := fakePackage(t)
		test.change(f)
		err := f.fetch(t.Context())
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want it to say %q", name, err, test.want)
		}
		walkErr := filepath.WalkDir(f.dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				t.Errorf("%s: left %s behind", name, path)
			}
			return err
		})
		if walkErr != nil {
			t.Fatal(walkErr)
		}
	}
}

func TestRunRefusesUnknownCommands(t *testing.T) {
	for _, args := range [][]string{nil, {"build"}, {"check"}} {
		if err := run(t.Context(), args, io.Discard); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
