package s3

import (
	"bytes"
	"crypto/md5" //nolint:gosec // ETags are MD5
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/internal/ident"
)

const (
	// inlineMost is the size up to which bytes are in the store, not in a file.
	inlineMost = 256 << 10
	// maxObject is S3's limit for one PutObject.
	maxObject = 5 << 30
)

// incoming is a blob whose bytes were read but not yet committed.
type incoming struct {
	blob
	small []byte
}

// receive reads bytes to their end. Few stay in memory until the commit, many go
// to a file at once. sums take part in the reading.
func (s *Service) receive(body io.Reader, sums ...hash.Hash) (*incoming, error) {
	digest := md5.New() //nolint:gosec // ETags are MD5
	in := &incoming{blob: blob{ID: ident.New("blob", s.opts.Clock.Now())}}
	writers := []io.Writer{digest}
	for _, sum := range sums {
		writers = append(writers, sum)
	}
	body = io.TeeReader(io.LimitReader(body, maxObject+1), io.MultiWriter(writers...))
	small := &bytes.Buffer{}
	n, err := io.CopyN(small, body, inlineMost+1)
	switch {
	case errors.Is(err, io.EOF):
		in.small, in.Size = small.Bytes(), n
	case err != nil:
		return nil, err
	default:
		if in.Size, err = s.spill(in, io.MultiReader(small, body)); err != nil {
			return nil, err
		}
	}
	if in.Size > maxObject {
		s.discard(&in.blob)
		return nil, fail(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size.")
	}
	in.ETag = `"` + hex.EncodeToString(digest.Sum(nil)) + `"`
	return in, nil
}

// spill writes the bytes of a large blob to its file.
func (s *Service) spill(in *incoming, body io.Reader) (int64, error) {
	in.File = true
	if s.opts.Dir == "" {
		data, err := io.ReadAll(body)
		if err != nil {
			return 0, err
		}
		s.memory.Store(in.ID, data)
		return int64(len(data)), nil
	}
	f, err := os.Create(s.path(in.ID))
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(f, body)
	if s.opts.Fsync {
		err = errors.Join(err, f.Sync())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, errors.Join(err, os.Remove(f.Name()))
	}
	return n, nil
}

func (s *Service) path(id string) string { return filepath.Join(s.opts.Dir, id) }

// commit adds a small blob's bytes to the batch.
func (in *incoming) commit(b *kv.Batch) {
	if !in.File {
		b.Set([]byte(bytesPrefix+in.ID), in.small)
	}
}

// keep and drop note that a file belongs to something, or no longer does.
func (x *blob) keep(b *kv.Batch) {
	if x.File {
		b.Set([]byte(filePrefix+x.ID), []byte{1})
	}
}

func (x *blob) drop(b *kv.Batch) {
	if x.File {
		b.Delete([]byte(filePrefix + x.ID))
	} else {
		b.Delete([]byte(bytesPrefix + x.ID))
	}
}

// discard removes the file of a blob that nothing refers to any more. A reader
// that has it open reads on.
func (s *Service) discard(x *blob) {
	if !x.File {
		return
	}
	if s.opts.Dir == "" {
		s.memory.Delete(x.ID)
		return
	}
	_ = os.Remove(s.path(x.ID)) // what stays is removed at the next start
}

// content is the bytes of a blob, open for reading.
type content interface {
	io.ReaderAt
	io.Closer
}

type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error { return nil }

func (s *Service) open(x *blob) (content, error) {
	if !x.File {
		v, ok, err := s.opts.Store.Get([]byte(bytesPrefix + x.ID))
		if err == nil && !ok {
			err = errNoKey // it was replaced since its description was read
		}
		return inMemory{bytes.NewReader(v)}, err
	}
	if s.opts.Dir == "" {
		v, ok := s.memory.Load(x.ID)
		if !ok {
			return nil, errNoKey
		}
		return inMemory{bytes.NewReader(v.([]byte))}, nil
	}
	f, err := os.Open(s.path(x.ID))
	if errors.Is(err, os.ErrNotExist) {
		return nil, errNoKey
	}
	return f, err
}

// sweep removes files that belong to nothing: the process died before the commit.
func (s *Service) sweep() error {
	if s.opts.Dir == "" {
		return nil
	}
	if err := os.MkdirAll(s.opts.Dir, 0o700); err != nil {
		return err
	}
	files, err := os.ReadDir(s.opts.Dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		_, known, err := s.opts.Store.Get([]byte(filePrefix + f.Name()))
		if err != nil {
			return err
		}
		if !known {
			if err := os.Remove(s.path(f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// stripes are locks that keys share by their hash.
type stripes [64]sync.Mutex
