package s3

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// S3's limits of multipart uploads.
const (
	maxParts = 10000
	minPart  = 5 << 20 // bytes, of all but the last
)

// openUpload is a multipart upload that is not complete.
type openUpload struct {
	Bucket, Key string
	Headers     map[string]string
	Created     time.Time
}

type part struct {
	blob
	Number   int
	Modified time.Time
}

func partKey(id string, number int) []byte {
	return fmt.Appendf(nil, "%s%s\x00%05d", partPrefix, id, number)
}

func (s *Service) createUpload(c *call) error {
	u := openUpload{Bucket: c.bucket, Key: c.key, Headers: headersOf(c.r.Header), Created: s.now()}
	v, err := json.Marshal(u)
	if err != nil {
		return err
	}
	id := ident.New("upload", s.opts.Clock.Now())
	b := &kv.Batch{}
	b.Set([]byte(uploadPrefix+id), v)
	if err := s.opts.Store.Commit(b); err != nil {
		return err
	}
	writeXML(c.w, http.StatusOK, struct {
		XMLName  xml.Name `xml:"InitiateMultipartUploadResult"`
		Bucket   string
		Key      string
		UploadId string //nolint:revive // the protocol's name
	}{Bucket: c.bucket, Key: c.key, UploadId: id})
	return nil
}

func (s *Service) findUpload(c *call) (string, *openUpload, error) {
	id := c.query.Get("uploadId")
	v, ok, err := s.opts.Store.Get([]byte(uploadPrefix + id))
	if err != nil {
		return "", nil, err
	}
	u := &openUpload{}
	if !ok || json.Unmarshal(v, u) != nil || u.Bucket != c.bucket || u.Key != c.key {
		return "", nil, errNoUpload
	}
	return id, u, nil
}

func (s *Service) putPart(c *call) error {
	if c.r.Header.Get("X-Amz-Copy-Source") != "" {
		return unsupported("UploadPartCopy")
	}
	number, err := strconv.Atoi(c.query.Get("partNumber"))
	if err != nil || number < 1 || number > maxParts {
		return fail(http.StatusBadRequest, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
	}
	id, _, err := s.findUpload(c)
	if err != nil {
		return err
	}
	u, err := newUpload(c.r)
	if err != nil {
		return err
	}
	in, err := s.receiveUpload(u)
	if err != nil {
		return err
	}
	v, err := json.Marshal(part{blob: in.blob, Number: number, Modified: s.now()})
	if err != nil {
		return err
	}
	b := &kv.Batch{}
	in.commit(b)
	in.keep(b)
	old, had, err := s.opts.Store.Get(partKey(id, number))
	if err != nil {
		return err
	}
	before := &part{}
	if had && json.Unmarshal(old, before) == nil {
		before.drop(b)
	}
	b.Set(partKey(id, number), v)
	if err := s.opts.Store.Commit(b); err != nil {
		return err
	}
	if had {
		s.discard(&before.blob)
	}
	c.w.Header().Set("Etag", in.ETag)
	for name, v := range in.Checksum {
		c.w.Header().Set(name, v)
	}
	c.w.WriteHeader(http.StatusOK)
	return nil
}

func (s *Service) parts(id string) ([]part, error) {
	var out []part
	lower := []byte(partPrefix + id + "\x00")
	var bad error
	err := s.opts.Store.Scan(lower, kv.PrefixEnd(lower), false, func(_, v []byte) bool {
		var p part
		bad = json.Unmarshal(v, &p)
		out = append(out, p)
		return bad == nil
	})
	return out, errors.Join(err, bad)
}

func (s *Service) dropUpload(b *kv.Batch, id string, parts []part) {
	b.Delete([]byte(uploadPrefix + id))
	for _, p := range parts {
		b.Delete(partKey(id, p.Number))
		p.drop(b)
	}
}

func (s *Service) abort(id string) error {
	parts, err := s.parts(id)
	if err != nil {
		return err
	}
	b := &kv.Batch{}
	s.dropUpload(b, id, parts)
	if err := s.opts.Store.Commit(b); err != nil {
		return err
	}
	for i := range parts {
		s.discard(&parts[i].blob)
	}
	return nil
}

func (s *Service) abortUpload(c *call) error {
	id, _, err := s.findUpload(c)
	if err != nil {
		return err
	}
	if err := s.abort(id); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// abortOld aborts the uploads of a bucket that were begun too long ago.
func (s *Service) abortOld(bucket string, after time.Duration) error {
	if after == 0 {
		return nil
	}
	oldest := s.now().Add(-after)
	var old []string
	prefix := []byte(uploadPrefix)
	err := s.opts.Store.Scan(prefix, kv.PrefixEnd(prefix), false, func(k, v []byte) bool {
		var u openUpload
		if json.Unmarshal(v, &u) == nil && u.Bucket == bucket && u.Created.Before(oldest) {
			old = append(old, string(k[len(prefix):]))
		}
		return true
	})
	for _, id := range old {
		err = errors.Join(err, s.abort(id))
	}
	return err
}

func (s *Service) listParts(c *call) error {
	id, _, err := s.findUpload(c)
	if err != nil {
		return err
	}
	all, err := s.parts(id)
	if err != nil {
		return err
	}
	type entry struct {
		PartNumber   int
		ETag         string
		Size         int64
		LastModified string
	}
	out := struct {
		XMLName  xml.Name `xml:"ListPartsResult"`
		Bucket   string
		Key      string
		UploadId string //nolint:revive // the protocol's name
		Part     []entry
	}{Bucket: c.bucket, Key: c.key, UploadId: id}
	for _, p := range all {
		out.Part = append(out.Part, entry{p.Number, p.ETag, p.Size, p.Modified.Format(isoTime)})
	}
	writeXML(c.w, http.StatusOK, out)
	return nil
}
