package s3

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

// maxKeys is how many entries a page of a list has at most.
const maxKeys = 1000

type listEntry struct {
	Key          string
	LastModified string
	ETag         string
	Size         int64
	StorageClass string
}

type listPrefix struct{ Prefix string }

type listResult struct {
	XMLName               xml.Name `xml:"ListBucketResult"`
	XMLNS                 string   `xml:"xmlns,attr"`
	Name                  string
	Prefix                string
	Delimiter             string `xml:",omitempty"`
	MaxKeys               int
	KeyCount              int
	IsTruncated           bool
	StartAfter            string `xml:",omitempty"`
	ContinuationToken     string `xml:",omitempty"`
	NextContinuationToken string `xml:",omitempty"`
	EncodingType          string `xml:",omitempty"`
	Contents              []listEntry
	CommonPrefixes        []listPrefix
}

// listObjects answers ListObjectsV2. The token is the last key of the page before.
func (s *Service) listObjects(c *call) error {
	q := c.query
	out := &listResult{
		XMLNS: namespace, Name: c.bucket, Prefix: q.Get("prefix"), Delimiter: q.Get("delimiter"), MaxKeys: maxKeys,
		StartAfter: q.Get("start-after"), ContinuationToken: q.Get("continuation-token"), EncodingType: q.Get("encoding-type"),
	}
	if v := q.Get("max-keys"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			return fail(http.StatusBadRequest, "InvalidArgument", "max-keys must be a number")
		}
		out.MaxKeys = min(n, maxKeys)
	}
	after := out.StartAfter
	if out.ContinuationToken != "" {
		b, err := base64.RawURLEncoding.DecodeString(out.ContinuationToken)
		if err != nil {
			return fail(http.StatusBadRequest, "InvalidArgument", "The continuation token provided is incorrect")
		}
		after = string(b)
	}
	last, err := s.page(c.bucket, after, out)
	if err != nil {
		return err
	}
	if out.IsTruncated {
		out.NextContinuationToken = base64.RawURLEncoding.EncodeToString([]byte(last))
	}
	out.KeyCount = len(out.Contents) + len(out.CommonPrefixes)
	if out.EncodingType == "url" {
		out.escape()
	}
	writeXML(c.w, http.StatusOK, out)
	return nil
}

// page fills a page and returns its last key or prefix. Keys that share a prefix up
// to the delimiter are one entry, and are skipped over, not read.
func (s *Service) page(bucket, after string, out *listResult) (last string, err error) {
	base := objectKey(bucket, "")
	upper := kv.PrefixEnd(objectKey(bucket, out.Prefix))
	from := objectKey(bucket, max(out.Prefix, after+"\x00"))
	if after == "" {
		from = objectKey(bucket, out.Prefix)
	} else if out.Delimiter != "" && strings.HasSuffix(after, out.Delimiter) {
		from = kv.PrefixEnd(objectKey(bucket, after))
	}
	for {
		var skip []byte
		var bad error
		err := s.opts.Store.Scan(from, upper, false, func(k, v []byte) bool {
			key := string(k[len(base):])
			if len(out.Contents)+len(out.CommonPrefixes) >= out.MaxKeys {
				out.IsTruncated = out.MaxKeys > 0
				return false
			}
			if group, ok := commonPrefix(key, out.Prefix, out.Delimiter); ok {
				out.CommonPrefixes = append(out.CommonPrefixes, listPrefix{group})
				last, skip = group, kv.PrefixEnd(objectKey(bucket, group))
				return false
			}
			o := &object{}
			if bad = json.Unmarshal(v, o); bad != nil {
				return false
			}
			last = key
			out.Contents = append(out.Contents, listEntry{
				Key: key, LastModified: o.Modified.UTC().Format(isoTime), ETag: o.ETag, Size: o.Size, StorageClass: "STANDARD",
			})
			return true
		})
		if err := errors.Join(err, bad); err != nil || skip == nil {
			return last, err
		}
		from = skip
	}
}

func commonPrefix(key, prefix, delimiter string) (string, bool) {
	if delimiter == "" {
		return "", false
	}
	at := strings.Index(key[len(prefix):], delimiter)
	if at < 0 {
		return "", false
	}
	return key[:len(prefix)+at+len(delimiter)], true
}

func (r *listResult) escape() {
	escape := func(s *string) { *s = strings.ReplaceAll(url.QueryEscape(*s), "%2F", "/") }
	escape(&r.Prefix)
	escape(&r.Delimiter)
	escape(&r.StartAfter)
	for i := range r.Contents {
		escape(&r.Contents[i].Key)
	}
	for i := range r.CommonPrefixes {
		escape(&r.CommonPrefixes[i].Prefix)
	}
}

func (s *Service) listBuckets(c *call) error {
	type bucket struct{ Name string }
	out := struct {
		XMLName xml.Name `xml:"ListAllMyBucketsResult"`
		XMLNS   string   `xml:"xmlns,attr"`
		Buckets []bucket `xml:"Buckets>Bucket"`
	}{XMLNS: namespace}
	for _, name := range s.bucketNames() {
		out.Buckets = append(out.Buckets, bucket{name})
	}
	writeXML(c.w, http.StatusOK, out)
	return nil
}
