package s3blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// VersionedAPI is the part of the S3 client that Versioned uses.
type VersionedAPI interface {
	API
	DeleteObject(context.Context, *s3.DeleteObjectInput, ...func(*s3.Options)) (*s3.DeleteObjectOutput, error)
}

// Versioned is one bucket whose objects are changed by conditional writes: the
// version of an object is its ETag.
type Versioned struct {
	api  VersionedAPI
	name string
}

// NewVersioned returns the bucket of that name.
func NewVersioned(api VersionedAPI, name string) *Versioned { return &Versioned{api, name} }

// Get reads an object whole. If known is its version the data is nil; without an
// object the error is fault.NotFound (which S3 says only to those who may list the
// bucket).
func (v *Versioned) Get(ctx context.Context, key, known string) (data []byte, version string, err error) {
	in := &s3.GetObjectInput{Bucket: &v.name, Key: &key}
	if known != "" {
		in.IfNoneMatch = &known
	}
	out, err := v.api.GetObject(ctx, in)
	if status(err) == http.StatusNotModified {
		return nil, known, nil
	}
	if err != nil {
		return nil, "", classify(err, key)
	}
	defer out.Body.Close()
	b, err := io.ReadAll(out.Body)
	return b, aws.ToString(out.ETag), classify(err, key)
}

// Put writes an object over the expected version, or where none is if that is "".
// Otherwise nothing is written and the error is fault.Conflict.
func (v *Versioned) Put(ctx context.Context, key string, data []byte, expected string) (version string, err error) {
	in := &s3.PutObjectInput{
		Bucket: &v.name, Key: &key, Body: bytes.NewReader(data), ContentLength: aws.Int64(int64(len(data))), IfMatch: &expected,
	}
	if expected == "" {
		in.IfMatch, in.IfNoneMatch = nil, aws.String("*")
	}
	out, err := v.api.PutObject(ctx, in)
	switch status(err) {
	case http.StatusPreconditionFailed, http.StatusConflict, http.StatusNotFound:
		// 409: another conditional write was under way; 404: the object is gone.
		return "", fault.Wrap(err, fault.Conflict, fault.CodeConflict, "The object %s was changed by another writer.", key)
	}
	if err != nil {
		return "", classify(err, key)
	}
	return aws.ToString(out.ETag), nil
}

// Delete removes an object, if there is one.
func (v *Versioned) Delete(ctx context.Context, key string) error {
	_, err := v.api.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &v.name, Key: &key})
	return classify(err, key)
}

// status is the HTTP status of a refusal, 0 for any other error.
func status(err error) int {
	var refused *awshttp.ResponseError
	if errors.As(err, &refused) {
		return refused.HTTPStatusCode()
	}
	return 0
}
