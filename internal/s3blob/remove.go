package s3blob

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// Keys calls fn for each key that begins with prefix and comes after another, in
// order, until it returns false.
func (s *Store) Keys(ctx context.Context, prefix, after string, fn func(key string, size int64) bool) error {
	in := &s3.ListObjectsV2Input{Bucket: &s.name, Prefix: &prefix}
	if after != "" {
		in.StartAfter = &after
	}
	pages := s3.NewListObjectsV2Paginator(s.api, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return classify(err, prefix)
		}
		for _, o := range page.Contents {
			if !fn(aws.ToString(o.Key), aws.ToInt64(o.Size)) {
				return nil
			}
		}
	}
	return nil
}

// maxDelete is how many keys one DeleteObjects takes.
// Source: Amazon S3 API reference, DeleteObjects.
const maxDelete = 1000

// Delete deletes objects; those that are gone are none to delete, and no error.
func (s *Store) Delete(ctx context.Context, keys ...string) error {
	for batch := range slices.Chunk(keys, maxDelete) {
		ids := make([]types.ObjectIdentifier, len(batch))
		for i, k := range batch {
			ids[i] = types.ObjectIdentifier{Key: &k}
		}
		out, err := s.api.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &s.name, Delete: &types.Delete{Objects: ids, Quiet: aws.Bool(true)}})
		if err != nil {
			return classify(err, "")
		}
		if len(out.Errors) > 0 {
			e := out.Errors[0]
			return fault.New(fault.Unavailable, fault.CodeUnavailable, "%d stored objects could not be deleted; try again. The first says %s.", len(out.Errors), aws.ToString(e.Code))
		}
	}
	return nil
}
