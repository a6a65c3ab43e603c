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
	"fmt"
	"hash"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// fetcher brings the pinned libraries into dir, and nothing that does not have
// its checksum.
type fetcher struct {
	dir           string
	pins          []pin
	tarballSHA512 string // base64
	// pack downloads the package into a folder and returns the tarball's path.
	pack func(ctx context.Context, dir string) (string, error)
	out  io.Writer
}

// fetch does nothing where every library is there and has its checksum.
func (f *fetcher) fetch(ctx context.Context) error {
	missing := map[string]pin{}
	for _, p := range f.pins {
		if sum, err := fileSum(f.path(p), sha256.New()); err != nil || hex.EncodeToString(sum) != p.sha256 {
			missing[p.member] = p
		}
	}
	if len(missing) == 0 {
		return nil
	}
	fmt.Fprintf(f.out, "fetching ONNX Runtime %s (a package of 100 MB, once)\n", release)
	tmp, err := os.MkdirTemp("", "onnxruntime-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	file, err := f.pack(ctx, tmp)
	if err != nil {
		return err
	}
	sum, err := fileSum(file, sha512.New())
	if err != nil {
		return err
	}
	if got := base64.StdEncoding.EncodeToString(sum); got != f.tarballSHA512 {
		return fmt.Errorf("wrong checksum: package %s has sha512 %s, pinned is %s; nothing was installed", tarball, got, f.tarballSHA512)
	}
	return f.extract(file, missing)
}

func (f *fetcher) path(p pin) string { return filepath.Join(f.dir, p.platform, p.file) }

// extract takes the wanted members out of the package.
func (f *fetcher) extract(file string, wanted map[string]pin) error {
	r, err := os.Open(file)
	if err != nil {
		return err
	}
	defer r.Close()
	z, err := gzip.NewReader(r)
	if err != nil {
		return fmt.Errorf("package %s: %w", tarball, err)
	}
	t := tar.NewReader(z)
	for len(wanted) > 0 {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			for member := range wanted {
				return fmt.Errorf("package %s has no %s", tarball, member)
			}
		}
		if err != nil {
			return fmt.Errorf("package %s: %w", tarball, err)
		}
		p, ok := wanted[h.Name]
		if !ok {
			continue
		}
		if err := f.install(p, t); err != nil {
			return err
		}
		delete(wanted, h.Name)
	}
	return nil
}

// install writes the library beside its place and moves it there when its
// checksum is right, so that no half-written library is ever loaded.
func (f *fetcher) install(p pin, r io.Reader) error {
	path := f.path(p)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	w, err := os.CreateTemp(filepath.Dir(path), ".part-")
	if err != nil {
		return err
	}
	defer os.Remove(w.Name())
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(w, sum), r)
	if err = errors.Join(err, w.Chmod(0o755), w.Close()); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != p.sha256 {
		return fmt.Errorf("wrong checksum: %s for %s has sha256 %s, pinned is %s", p.file, p.platform, got, p.sha256)
	}
	if err := os.Rename(w.Name(), path); err != nil {
		return err
	}
	fmt.Fprintf(f.out, "%s\n", path)
	return nil
}

func fileSum(path string, h hash.Hash) ([]byte, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if _, err := io.Copy(h, r); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

// npmPack downloads by npm, so that the user's registry, proxy and cache apply.
// It runs none of the package's scripts.
func npmPack(ctx context.Context, dir string) (string, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", errors.New("npm is missing: install Node, then run `make build` again")
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, npm, "pack", tarball, "--silent", "--ignore-scripts", "--pack-destination", dir)
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("npm pack %s: %w: %s", tarball, err, strings.TrimSpace(stderr.String()))
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("npm pack %s left %d packages instead of one", tarball, len(found))
	}
	return found[0], nil
}
