// Package s3blob keeps what is too large for a DynamoDB item in one S3 bucket.
package s3blob

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// API is the part of the S3 client that is used.
type API interface {
	ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
	DeleteObjects(context.Context, *s3.DeleteObjectsInput, ...func(*s3.Options)) (*s3.DeleteObjectsOutput, error)
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	CreateMultipartUpload(context.Context, *s3.CreateMultipartUploadInput, ...func(*s3.Options)) (*s3.CreateMultipartUploadOutput, error)
	UploadPart(context.Context, *s3.UploadPartInput, ...func(*s3.Options)) (*s3.UploadPartOutput, error)
	CompleteMultipartUpload(context.Context, *s3.CompleteMultipartUploadInput, ...func(*s3.Options)) (*s3.CompleteMultipartUploadOutput, error)
}

// Store is one bucket. Keys begin with the tenant that the object belongs to;
// whoever makes a key sees to that.
type Store struct {
	api  API
	name string
}

// New returns the bucket of that name.
func New(api API, name string) *Store { return &Store{api, name} }

// Put stores b under key; an object that is there already is replaced.
func (s *Store) Put(ctx context.Context, key string, b []byte) error {
	return s.PutStream(ctx, key, bytes.NewReader(b), int64(len(b)))
}

// PutStream stores size bytes of r under key.
func (s *Store) PutStream(ctx context.Context, key string, r io.Reader, size int64) error {
	_, err := s.api.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &s.name, Key: &key, Body: r, ContentLength: aws.Int64(size),
	})
	return classify(err, key)
}

// Get reads the object under key whole; fault.NotFound if there is none.
func (s *Store) Get(ctx context.Context, key string) ([]byte, error) {
	r, err := s.GetStream(ctx, key)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return b, classify(err, key)
}

// GetStream opens the object under key; the caller closes it.
func (s *Store) GetStream(ctx context.Context, key string) (io.ReadCloser, error) {
	out, err := s.api.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.name, Key: &key})
	if err != nil {
		return nil, classify(err, key)
	}
	return out.Body, nil
}

// classify turns an SDK error into a fault; all but a missing object may be
// tried again.
func classify(err error, key string) error {
	var missing *types.NoSuchKey
	switch {
	case err == nil:
		return nil
	case errors.As(err, &missing):
		return fault.Wrap(err, fault.NotFound, fault.CodeNotFound, "There is no stored object %s.", key)
	}
	return fault.Wrap(err, fault.Unavailable, fault.CodeUnavailable, "The object store did not answer; try again.")
}
