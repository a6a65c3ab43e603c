package s3

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

// Keys in the store.
const (
	objectPrefix = "s3/o/" // bucket \0 key -> object
	bytesPrefix  = "s3/b/" // blob id -> bytes of a small object
	filePrefix   = "s3/f/" // blob id -> nothing: the files that belong to something
	uploadPrefix = "s3/u/" // upload id -> upload
	partPrefix   = "s3/p/" // upload id \0 number -> part
	bucketPrefix = "s3/n/" // name -> nothing: buckets made by CreateBucket
)

// blob is where the bytes of an object or part are.
type blob struct {
	ID   string
	Size int64
	File bool
	ETag string // with its quotes
	// Checksum is the value that the client sent or asked for, by its header name.
	Checksum map[string]string `json:",omitempty"`
}

// object is the description of an object.
type object struct {
	blob
	Key      string            `json:"-"`
	Modified time.Time         // to the second, as S3 keeps it
	Headers  map[string]string // Content-Type, x-amz-meta-… and others that are given back
}

func objectKey(bucket, key string) []byte {
	return append(append(append([]byte(objectPrefix), bucket...), 0), key...)
}

func (s *Service) load(bucket, key string) (*object, error) {
	v, ok, err := s.opts.Store.Get(objectKey(bucket, key))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errNoKey
	}
	o := &object{Key: key}
	return o, json.Unmarshal(v, o)
}

// replace makes o the object of a key, if check agrees to what was there (nil if
// nothing was). What it replaces is removed, and so is o's blob if it fails.
func (s *Service) replace(bucket, key string, o *object, also *kv.Batch, check func(old *object) error) error {
	lock := s.lock(bucket, key)
	lock.Lock()
	defer lock.Unlock()
	old, err := s.load(bucket, key)
	if err == errNoKey { //nolint:errorlint // load returns it as it is
		old, err = nil, nil
	}
	if err == nil {
		err = check(old)
	}
	if err != nil {
		s.discard(&o.blob)
		return err
	}
	v, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if also == nil {
		also = &kv.Batch{}
	}
	also.Set(objectKey(bucket, key), v)
	o.keep(also)
	if old != nil {
		old.drop(also)
	}
	if err := s.opts.Store.Commit(also); err != nil {
		return err
	}
	if old != nil {
		s.discard(&old.blob)
	}
	return nil
}

// stored headers are kept with an object and given back by GET and HEAD.
var storedHeaders = []string{
	"Content-Type", "Cache-Control", "Content-Disposition", "Content-Language", "Expires",
}

func headersOf(h http.Header) map[string]string {
	out := map[string]string{}
	for _, name := range storedHeaders {
		if v := h.Get(name); v != "" {
			out[name] = v
		}
	}
	if encoding := contentEncoding(h.Get("Content-Encoding")); encoding != "" {
		out["Content-Encoding"] = encoding
	}
	for name, v := range h {
		if strings.HasPrefix(name, "X-Amz-Meta-") {
			out[name] = strings.Join(v, ",")
		}
	}
	if out["Content-Type"] == "" {
		out["Content-Type"] = "binary/octet-stream"
	}
	return out
}

// contentEncoding is the object's own encoding, without that of the transfer.
func contentEncoding(v string) string {
	var out []string
	for _, part := range strings.Split(v, ",") {
		if part = strings.TrimSpace(part); part != "" && part != "aws-chunked" {
			out = append(out, part)
		}
	}
	return strings.Join(out, ",")
}

func (o *object) show(h http.Header) {
	for name, v := range o.Headers {
		h.Set(name, v)
	}
	h.Set("Etag", o.ETag)
	h.Set("Last-Modified", o.Modified.UTC().Format(http.TimeFormat))
	h.Set("Accept-Ranges", "bytes")
}
