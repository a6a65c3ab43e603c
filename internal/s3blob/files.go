package s3blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/automatelanka/automatelanka/internal/node"
)

// partSize is how much of a file is in memory while it is stored; every part but
// the last must have 5 MB at least (Amazon S3 multipart upload limits).
const partSize = 8 << 20

// Files is the bucket as nodes see it: files that travel with items, under
// <tenant>/<execution>/, which retention removes with the execution.
type Files struct{ *Store }

// Put stores all of r under key, part by part: size may be unknown (-1). An error
// of r is returned as it is, and nothing is stored then; what was uploaded of it
// is dropped by the bucket's lifecycle rule.
func (f Files) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	buf := new(bytes.Buffer)
	if size >= 0 && size < partSize {
		buf.Grow(int(size))
	}
	last, err := fill(buf, r)
	if err != nil {
		return err
	}
	if last {
		return f.Store.Put(ctx, key, buf.Bytes())
	}
	return f.multipart(ctx, key, r, buf)
}

// fill reads one part; last reports that r has ended.
func fill(buf *bytes.Buffer, r io.Reader) (last bool, err error) {
	buf.Reset()
	n, err := io.CopyN(buf, r, partSize)
	if errors.Is(err, io.EOF) {
		return n < partSize, nil
	}
	return false, err
}

// multipart stores buf and what follows it in r.
func (f Files) multipart(ctx context.Context, key string, r io.Reader, buf *bytes.Buffer) error {
	up, err := f.api.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &f.name, Key: &key})
	if err != nil {
		return classify(err, key)
	}
	var parts []types.CompletedPart
	for last := false; buf.Len() > 0; {
		number := aws.Int32(int32(len(parts) + 1))
		out, err := f.api.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: &f.name, Key: &key, UploadId: up.UploadId, PartNumber: number, Body: bytes.NewReader(buf.Bytes()), ContentLength: aws.Int64(int64(buf.Len())),
		})
		if err != nil {
			return classify(err, key)
		}
		parts = append(parts, types.CompletedPart{ETag: out.ETag, PartNumber: number})
		if last {
			break
		}
		if last, err = fill(buf, r); err != nil {
			return err
		}
	}
	_, err = f.api.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &f.name, Key: &key, UploadId: up.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	return classify(err, key)
}

// Get opens the object under key; the caller closes it.
func (f Files) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	return f.GetStream(ctx, key)
}

// List gives the objects under a prefix, in order, at most so many.
func (f Files) List(ctx context.Context, prefix string, most int) ([]node.StoredFile, error) {
	var out []node.StoredFile
	err := f.Keys(ctx, prefix, "", func(key string, size int64) bool {
		out = append(out, node.StoredFile{Key: key, Size: size})
		return len(out) < most
	})
	return out, err
}

var _ node.FileSpace = Files{}

// Part reads the bytes from a position to another, which is not included, and the
// version of the object that they are of.
func (s *Store) Part(ctx context.Context, key string, from, to int64) ([]byte, string, error) {
	out, err := s.api.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.name, Key: &key, Range: aws.String(fmt.Sprintf("bytes=%d-%d", from, to-1))})
	if err != nil {
		return nil, "", classify(err, key)
	}
	defer func() { _ = out.Body.Close() }()
	b, err := io.ReadAll(out.Body)
	return b, aws.ToString(out.ETag), classify(err, key)
}

// Range reads the bytes from a position to another, which is not included.
func (f Files) Range(ctx context.Context, key string, from, to int64) ([]byte, error) {
	b, _, err := f.Part(ctx, key, from, to)
	return b, err
}
