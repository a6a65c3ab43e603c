package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/s3"
	"github.com/automatelanka/automatelanka/internal/clock"
)

type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

type bench struct {
	t      *testing.T
	store  kv.Store
	dir    string
	clock  *clock.Manual
	client *sdk.Client
	ctx    context.Context
}

func newBench(t *testing.T, dir string) *bench {
	t.Helper()
	store, err := kv.OpenPebble("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	b := &bench{t: t, store: store, dir: dir, clock: clock.NewManual(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)), ctx: context.Background()}
	b.open(nil)
	return b
}

func (b *bench) open(change func(*sdk.Options)) {
	b.t.Helper()
	s, err := s3.New(s3.Options{Store: b.store, Clock: b.clock, Meter: &meter.Meter{}, Dir: b.dir, Region: "us-east-1"})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := s.AddBucket("data", 24*time.Hour); err != nil {
		b.t.Fatal(err)
	}
	o := sdk.Options{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient: &http.Client{Transport: inProcess{s}}, RetryMaxAttempts: 1,
	}
	if change != nil {
		change(&o)
	}
	b.client = sdk.New(o)
}

func (b *bench) put(key string, body []byte) {
	b.t.Helper()
	if _, err := b.client.PutObject(b.ctx, &sdk.PutObjectInput{Bucket: aws.String("data"), Key: &key, Body: bytes.NewReader(body)}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) get(key string) []byte {
	b.t.Helper()
	out, err := b.client.GetObject(b.ctx, &sdk.GetObjectInput{Bucket: aws.String("data"), Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	if err != nil {
		b.t.Fatal(err)
	}
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body) // also compares the checksum
	if err != nil {
		b.t.Fatal(err)
	}
	return body
}

func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	return fmt.Sprint(err)
}

func pattern(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(i * 7 >> 3)
	}
	return out
}

// Objects of all sizes come back as they were, in every form in which the SDK sends
// them, and after a restart.
func TestRoundTrip(t *testing.T) {
	for name, dir := range map[string]string{"memory": "", "folder": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, dir)
			forms := map[string]func(*sdk.Options){
				"virtual": nil,
				"path":    func(o *sdk.Options) { o.UsePathStyle = true },
				"plain http, so a checksum in a header": func(o *sdk.Options) {
					o.BaseEndpoint, o.UsePathStyle = aws.String("http://s3.us-east-1.amazonaws.com"), true
				},
			}
			for form, change := range forms {
				b.open(change)
				for _, n := range []int{0, 1, 1000, 256 << 10, 256<<10 + 1, 3 << 20} {
					b.put("a b/ü+"+fmt.Sprint(n), pattern(n))
				}
				if dir != "" {
					b.open(change)
				}
				for _, n := range []int{0, 1, 1000, 256 << 10, 256<<10 + 1, 3 << 20} {
					if got := b.get("a b/ü+" + fmt.Sprint(n)); !bytes.Equal(got, pattern(n)) {
						t.Errorf("%s: %d bytes came back as %d others", form, n, len(got))
					}
				}
			}
		})
	}
}

// A body that cannot be read twice is sent in chunks with its checksum at the end.
func TestStreamedBody(t *testing.T) {
	b := newBench(t, t.TempDir())
	body := pattern(1 << 20)
	_, err := b.client.PutObject(b.ctx, &sdk.PutObjectInput{
		Bucket: aws.String("data"), Key: aws.String("stream"), Body: io.MultiReader(bytes.NewReader(body)), ContentLength: aws.Int64(1 << 20),
	})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.get("stream"), body) {
		t.Error("the bytes were changed")
	}
}

func TestChecksumMismatch(t *testing.T) {
	b := newBench(t, "")
	_, err := b.client.PutObject(b.ctx, &sdk.PutObjectInput{
		Bucket: aws.String("data"), Key: aws.String("k"), Body: strings.NewReader("hello"), ChecksumCRC32: aws.String("AAAAAA=="),
	})
	if code(err) != "BadDigest" {
		t.Errorf("%v, want BadDigest", err)
	}
	if _, err := b.client.HeadObject(b.ctx, &sdk.HeadObjectInput{Bucket: aws.String("data"), Key: aws.String("k")}); err == nil {
		t.Error("the damaged object was stored")
	}
}

func TestMetadataAndConditions(t *testing.T) {
	b := newBench(t, "")
	put := func(in sdk.PutObjectInput) error {
		in.Bucket, in.Key, in.Body = aws.String("data"), aws.String("k"), strings.NewReader("one")
		_, err := b.client.PutObject(b.ctx, &in)
		return err
	}
	if err := put(sdk.PutObjectInput{IfMatch: aws.String("x")}); code(err) != "NoSuchKey" {
		t.Errorf("If-Match without an object: %v", err)
	}
	if err := put(sdk.PutObjectInput{IfNoneMatch: aws.String("*"), ContentType: aws.String("text/plain"), Metadata: map[string]string{"tenant": "ten_1"}}); err != nil {
		t.Fatal(err)
	}
	if err := put(sdk.PutObjectInput{IfNoneMatch: aws.String("*")}); code(err) != "PreconditionFailed" {
		t.Errorf("If-None-Match with an object: %v", err)
	}
	head, err := b.client.HeadObject(b.ctx, &sdk.HeadObjectInput{Bucket: aws.String("data"), Key: aws.String("k")})
	if err != nil || *head.ContentType != "text/plain" || head.Metadata["tenant"] != "ten_1" || *head.ContentLength != 3 {
		t.Fatalf("%+v %v", head, err)
	}
	if *head.ETag != `"f97c5d29941bfb1b2fdab0874906ab82"` { // MD5 of "one"
		t.Errorf("ETag %s", *head.ETag)
	}
	if err := put(sdk.PutObjectInput{IfMatch: head.ETag}); err != nil {
		t.Error(err)
	}
	if err := put(sdk.PutObjectInput{Tagging: aws.String("a=b")}); code(err) != "NotImplemented" {
		t.Errorf("tags: %v, want NotImplemented", err)
	}
	get := func(in sdk.GetObjectInput) error {
		in.Bucket, in.Key = aws.String("data"), aws.String("k")
		_, err := b.client.GetObject(b.ctx, &in)
		return err
	}
	if err := get(sdk.GetObjectInput{IfNoneMatch: head.ETag}); err == nil || !strings.Contains(err.Error(), "304") {
		t.Errorf("If-None-Match: %v, want 304", err)
	}
	if err := get(sdk.GetObjectInput{IfMatch: aws.String(`"other"`)}); code(err) != "PreconditionFailed" {
		t.Errorf("If-Match: %v", err)
	}
	var missing *types.NoSuchKey
	if _, err := b.client.GetObject(b.ctx, &sdk.GetObjectInput{Bucket: aws.String("data"), Key: aws.String("none")}); !errors.As(err, &missing) {
		t.Errorf("%v, want NoSuchKey", err)
	}
	var noBucket *types.NoSuchBucket
	if _, err := b.client.ListObjectsV2(b.ctx, &sdk.ListObjectsV2Input{Bucket: aws.String("none")}); !errors.As(err, &noBucket) {
		t.Errorf("%v, want NoSuchBucket", err)
	}
}

func TestRange(t *testing.T) {
	b := newBench(t, "")
	b.put("k", []byte("0123456789"))
	for header, want := range map[string]string{"bytes=2-4": "234", "bytes=7-": "789", "bytes=-2": "89", "bytes=0-99": "0123456789"} {
		out, err := b.client.GetObject(b.ctx, &sdk.GetObjectInput{Bucket: aws.String("data"), Key: aws.String("k"), Range: &header})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(out.Body); string(got) != want {
			t.Errorf("%s gave %q, want %q", header, got, want)
		}
	}
	_, err := b.client.GetObject(b.ctx, &sdk.GetObjectInput{Bucket: aws.String("data"), Key: aws.String("k"), Range: aws.String("bytes=10-")})
	if code(err) != "InvalidRange" {
		t.Errorf("past the end: %v", err)
	}
}

func TestList(t *testing.T) {
	b := newBench(t, "")
	for _, k := range []string{"a", "b/1", "b/2", "b/c/3", "d", "e/", "ü&<"} {
		b.put(k, []byte(k))
	}
	list := func(in sdk.ListObjectsV2Input) (keys, prefixes []string) {
		in.Bucket = aws.String("data")
		pages := sdk.NewListObjectsV2Paginator(b.client, &in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(b.ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range page.Contents {
				keys = append(keys, *o.Key)
			}
			for _, p := range page.CommonPrefixes {
				prefixes = append(prefixes, *p.Prefix)
			}
		}
		return keys, prefixes
	}
	for name, c := range map[string]struct {
		in             sdk.ListObjectsV2Input
		keys, prefixes []string
	}{
		"all":        {sdk.ListObjectsV2Input{}, []string{"a", "b/1", "b/2", "b/c/3", "d", "e/", "ü&<"}, nil},
		"in pages":   {sdk.ListObjectsV2Input{MaxKeys: aws.Int32(2)}, []string{"a", "b/1", "b/2", "b/c/3", "d", "e/", "ü&<"}, nil},
		"prefix":     {sdk.ListObjectsV2Input{Prefix: aws.String("b/")}, []string{"b/1", "b/2", "b/c/3"}, nil},
		"folders":    {sdk.ListObjectsV2Input{Delimiter: aws.String("/")}, []string{"a", "d", "ü&<"}, []string{"b/", "e/"}},
		"folders, 1": {sdk.ListObjectsV2Input{Delimiter: aws.String("/"), MaxKeys: aws.Int32(1)}, []string{"a", "d", "ü&<"}, []string{"b/", "e/"}},
		"inside":     {sdk.ListObjectsV2Input{Prefix: aws.String("b/"), Delimiter: aws.String("/")}, []string{"b/1", "b/2"}, []string{"b/c/"}},
		"start":      {sdk.ListObjectsV2Input{StartAfter: aws.String("b/2")}, []string{"b/c/3", "d", "e/", "ü&<"}, nil},
		"nothing":    {sdk.ListObjectsV2Input{Prefix: aws.String("zz")}, nil, nil},
	} {
		keys, prefixes := list(c.in)
		if diff := cmp.Diff(c.keys, keys) + cmp.Diff(c.prefixes, prefixes); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestDeleteAndCopy(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, dir)
	b.put("big", pattern(1<<20))
	b.put("small", []byte("s"))
	if _, err := b.client.CopyObject(b.ctx, &sdk.CopyObjectInput{Bucket: aws.String("data"), Key: aws.String("copy"), CopySource: aws.String("data/big")}); err != nil {
		t.Fatal(err)
	}
	out, err := b.client.DeleteObjects(b.ctx, &sdk.DeleteObjectsInput{Bucket: aws.String("data"), Delete: &types.Delete{
		Objects: []types.ObjectIdentifier{{Key: aws.String("big")}, {Key: aws.String("small")}, {Key: aws.String("never was")}},
	}})
	if err != nil || len(out.Deleted) != 3 || len(out.Errors) != 0 {
		t.Fatalf("%+v %v", out, err)
	}
	if !bytes.Equal(b.get("copy"), pattern(1<<20)) {
		t.Error("the copy shared its bytes with what was deleted")
	}
	if _, err := b.client.DeleteObject(b.ctx, &sdk.DeleteObjectInput{Bucket: aws.String("data"), Key: aws.String("copy")}); err != nil {
		t.Fatal(err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("%d files are left of deleted objects", len(files))
	}
}

func TestMultipart(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, dir)
	create := func(key string) *string {
		out, err := b.client.CreateMultipartUpload(b.ctx, &sdk.CreateMultipartUploadInput{Bucket: aws.String("data"), Key: &key, ContentType: aws.String("video/mp4")})
		if err != nil {
			t.Fatal(err)
		}
		return out.UploadId
	}
	id := create("k")
	var whole []byte
	var parts []types.CompletedPart
	for i, n := range []int{5 << 20, 5 << 20, 100} {
		body := pattern(n + i)[i:]
		whole = append(whole, body...)
		out, err := b.client.UploadPart(b.ctx, &sdk.UploadPartInput{
			Bucket: aws.String("data"), Key: aws.String("k"), UploadId: id, PartNumber: aws.Int32(int32(i + 1)), Body: bytes.NewReader(body),
		})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, types.CompletedPart{PartNumber: aws.Int32(int32(i + 1)), ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32})
	}
	b.open(nil)
	listed, err := b.client.ListParts(b.ctx, &sdk.ListPartsInput{Bucket: aws.String("data"), Key: aws.String("k"), UploadId: id})
	if err != nil || len(listed.Parts) != 3 {
		t.Fatalf("%+v %v", listed, err)
	}
	complete := func(parts []types.CompletedPart) (*sdk.CompleteMultipartUploadOutput, error) {
		return b.client.CompleteMultipartUpload(b.ctx, &sdk.CompleteMultipartUploadInput{
			Bucket: aws.String("data"), Key: aws.String("k"), UploadId: id, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
		})
	}
	if _, err := complete([]types.CompletedPart{parts[1], parts[0]}); code(err) != "InvalidPartOrder" {
		t.Errorf("out of order: %v", err)
	}
	done, err := complete(parts)
	if err != nil || !strings.HasSuffix(*done.ETag, `-3"`) {
		t.Fatalf("%+v %v", done, err)
	}
	if !bytes.Equal(b.get("k"), whole) {
		t.Error("the parts were not joined")
	}
	old := create("left open")
	b.clock.Advance(25 * time.Hour)
	b.open(nil)
	_, err = b.client.ListParts(b.ctx, &sdk.ListPartsInput{Bucket: aws.String("data"), Key: aws.String("left open"), UploadId: old})
	if code(err) != "NoSuchUpload" {
		t.Errorf("an upload older than the lifecycle allows: %v", err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("%d files, want the object's only", len(files))
	}
}

// A file that no commit knows was written by a process that died; it goes away.
func TestOrphanedFile(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, dir)
	b.put("k", pattern(1<<20))
	orphan := filepath.Join(dir, "blob_orphan")
	if err := os.WriteFile(orphan, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.open(nil)
	if _, err := os.Stat(orphan); !os.IsNotExist(err) {
		t.Error("the orphan is still there")
	}
	if len(b.get("k")) != 1<<20 {
		t.Error("the object's own file was removed")
	}
}

func TestUnsupportedIsRefused(t *testing.T) {
	b := newBench(t, "")
	_, err := b.client.GetObjectTagging(b.ctx, &sdk.GetObjectTaggingInput{Bucket: aws.String("data"), Key: aws.String("k")})
	if code(err) != "NotImplemented" {
		t.Errorf("%v, want NotImplemented", err)
	}
}
