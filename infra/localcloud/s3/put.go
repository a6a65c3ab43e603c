package s3

import (
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

// maxKey is how long an object's key may be, in bytes of UTF-8.
const maxKey = 1024

func etag(sum []byte) string { return `"` + hex.EncodeToString(sum) + `"` }

// now is the present as S3 keeps it, to the second.
func (s *Service) now() time.Time { return s.opts.Clock.Now().UTC().Truncate(time.Second) }

func (s *Service) putObject(c *call) error {
	if len(c.key) > maxKey {
		return fail(http.StatusBadRequest, "KeyTooLongError", "Your key is too long")
	}
	u, err := newUpload(c.r)
	if err != nil {
		return err
	}
	in, err := s.receiveUpload(u)
	if err != nil {
		return err
	}
	o := &object{blob: in.blob, Key: c.key, Modified: s.now(), Headers: headersOf(c.r.Header)}
	b := &kv.Batch{}
	in.commit(b)
	if err := s.replace(c.bucket, c.key, o, b, c.writeCondition); err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Etag", o.ETag)
	for name, v := range o.Checksum {
		h.Set(name, v)
		h.Set("X-Amz-Checksum-Type", "FULL_OBJECT")
	}
	c.w.WriteHeader(http.StatusOK)
	return nil
}

// writeCondition judges If-None-Match: * and If-Match of a write.
func (c *call) writeCondition(old *object) error {
	if v := c.r.Header.Get("If-None-Match"); v != "" {
		if v != "*" {
			return unsupported("If-None-Match with anything but * when writing")
		}
		if old != nil {
			return errPrecondition
		}
	}
	if v := c.r.Header.Get("If-Match"); v != "" {
		if old == nil {
			return errNoKey
		}
		if v != "*" && !sameTag(v, old.ETag) {
			return errPrecondition
		}
	}
	return nil
}

func sameTag(given, tag string) bool { return strings.Trim(given, `"`) == strings.Trim(tag, `"`) }

func (s *Service) createBucket(c *call) error {
	if s.hasBucket(c.bucket) {
		return fail(http.StatusConflict, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.")
	}
	b := &kv.Batch{}
	b.Set([]byte(bucketPrefix+c.bucket), []byte{1})
	if err := s.opts.Store.Commit(b); err != nil {
		return err
	}
	c.w.Header().Set("Location", "/"+c.bucket)
	return s.AddBucket(c.bucket, 0)
}

// copyObject copies within the store; the bytes are copied, not shared.
func (s *Service) copyObject(c *call) error {
	source, err := url.PathUnescape(c.r.Header.Get("X-Amz-Copy-Source"))
	if err != nil {
		return fail(http.StatusBadRequest, "InvalidArgument", "The copy source is not valid")
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(source, "/"), "/")
	if strings.Contains(key, "?versionId=") {
		return unsupported("versions of objects")
	}
	if !s.hasBucket(bucket) {
		return errNoBucket
	}
	from, err := s.load(bucket, key)
	if err != nil {
		return err
	}
	if v := c.r.Header.Get("X-Amz-Copy-Source-If-Match"); v != "" && !sameTag(v, from.ETag) {
		return errPrecondition
	}
	if v := c.r.Header.Get("X-Amz-Copy-Source-If-None-Match"); v != "" && sameTag(v, from.ETag) {
		return errPrecondition
	}
	bytes, err := s.open(&from.blob)
	if err != nil {
		return err
	}
	defer bytes.Close()
	in, err := s.receive(section(bytes, 0, from.Size))
	if err != nil {
		return err
	}
	in.Checksum = from.Checksum
	o := &object{blob: in.blob, Key: c.key, Modified: s.now(), Headers: from.Headers}
	if c.r.Header.Get("X-Amz-Metadata-Directive") == "REPLACE" {
		o.Headers = headersOf(c.r.Header)
	}
	b := &kv.Batch{}
	in.commit(b)
	if err := s.replace(c.bucket, c.key, o, b, c.writeCondition); err != nil {
		return err
	}
	writeXML(c.w, http.StatusOK, struct {
		XMLName      xml.Name `xml:"CopyObjectResult"`
		ETag         string
		LastModified string
	}{ETag: o.ETag, LastModified: o.Modified.Format(isoTime)})
	return nil
}

const isoTime = "2006-01-02T15:04:05.000Z"
