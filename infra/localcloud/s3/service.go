package s3

import (
	"hash/fnv"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// Options are what the service needs.
type Options struct {
	Store kv.Store
	Clock clock.Clock
	Meter *meter.Meter
	// Dir is the folder of large objects; "" keeps them in memory.
	Dir string
	// Fsync makes large objects survive power loss before they are acknowledged.
	Fsync  bool
	Region string
}

// Service is S3; it is an http.Handler. All methods are safe for concurrent use.
type Service struct {
	opts   Options
	memory sync.Map // blob id -> bytes, of large objects without a folder
	locks  stripes

	mu      sync.RWMutex
	buckets map[string]time.Duration // name -> after which uploads left open are aborted
}

// New opens the service, and the buckets that were made by CreateBucket.
func New(o Options) (*Service, error) {
	s := &Service{opts: o, buckets: map[string]time.Duration{}}
	prefix := []byte(bucketPrefix)
	err := o.Store.Scan(prefix, kv.PrefixEnd(prefix), false, func(k, _ []byte) bool {
		s.buckets[string(k[len(prefix):])] = 0
		return true
	})
	if err != nil {
		return nil, err
	}
	return s, s.sweep()
}

// AddBucket makes a bucket. Multipart uploads that have been open for longer than
// abortAfter are aborted; 0 keeps them.
func (s *Service) AddBucket(name string, abortAfter time.Duration) error {
	s.mu.Lock()
	s.buckets[name] = abortAfter
	s.mu.Unlock()
	return s.abortOld(name, abortAfter)
}

func (s *Service) hasBucket(name string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.buckets[name]
	return ok
}

func (s *Service) bucketNames() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Sorted(maps.Keys(s.buckets))
}

func (s *Service) lock(bucket, key string) *sync.Mutex {
	h := fnv.New32a()
	_, _ = h.Write([]byte(bucket + "\x00" + key))
	return &s.locks[h.Sum32()%uint32(len(s.locks))]
}

// call is one request: its bucket, key and query.
type call struct {
	w      http.ResponseWriter
	r      *http.Request
	bucket string
	key    string
	query  url.Values
}

// ServeHTTP serves the REST protocol, with the bucket in the host or in the path.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	c := &call{w: w, r: r, query: r.URL.Query()}
	c.bucket, c.key = locate(r)
	op, price, err := c.operation()
	if err == nil {
		err = c.checkHeaders()
	}
	if err != nil {
		writeError(w, r, err)
		return
	}
	s.opts.Meter.Add(price, 1)
	if c.bucket != "" && op.needsBucket && !s.hasBucket(c.bucket) {
		writeError(w, r, errNoBucket)
		return
	}
	if err := op.do(s, c); err != nil {
		writeError(w, r, err)
	}
}

// locate takes bucket and key out of a request.
func locate(r *http.Request) (bucket, key string) {
	host, path := r.Host, strings.TrimPrefix(r.URL.Path, "/")
	if host == "" {
		host = r.URL.Host
	}
	if at := strings.Index(host, ".s3."); at > 0 {
		return host[:at], path
	}
	bucket, key, _ = strings.Cut(path, "/")
	return bucket, key
}

type operation struct {
	do          func(*Service, *call) error
	needsBucket bool
}

// The kinds of requests that S3 bills at different prices.
const (
	putPrice = "s3.put_requests" // PUT, COPY, POST, LIST
	getPrice = "s3.get_requests" // GET and all others
)

// operation finds what a request asks for. A query parameter that it does not know
// is refused, because it would be another operation.
func (c *call) operation() (operation, string, error) {
	var found operation
	price, allowed := getPrice, []string{"x-id"}
	has := c.query.Has
	switch m := c.r.Method; {
	case c.bucket == "" && m == http.MethodGet:
		found, price = operation{do: (*Service).listBuckets}, putPrice
	case c.key == "":
		found, price, allowed = c.bucketOperation()
	case m == http.MethodPut && has("uploadId"):
		found, price, allowed = operation{(*Service).putPart, true}, putPrice, append(allowed, "uploadId", "partNumber")
	case m == http.MethodPut && c.r.Header.Get("X-Amz-Copy-Source") != "":
		found, price = operation{(*Service).copyObject, true}, putPrice
	case m == http.MethodPut:
		found, price = operation{(*Service).putObject, true}, putPrice
	case m == http.MethodGet && has("uploadId"):
		found, allowed = operation{(*Service).listParts, true}, append(allowed, "uploadId", "max-parts", "part-number-marker")
	case m == http.MethodGet || m == http.MethodHead:
		found, allowed = operation{(*Service).getObject, true}, append(allowed, responseOverrides...)
	case m == http.MethodDelete && has("uploadId"):
		found, allowed = operation{(*Service).abortUpload, true}, append(allowed, "uploadId")
	case m == http.MethodDelete:
		found = operation{(*Service).deleteObject, true}
	case m == http.MethodPost && has("uploads"):
		found, price, allowed = operation{(*Service).createUpload, true}, putPrice, append(allowed, "uploads")
	case m == http.MethodPost && has("uploadId"):
		found, price, allowed = operation{(*Service).completeUpload, true}, putPrice, append(allowed, "uploadId")
	}
	if found.do == nil {
		return found, price, unsupported(c.r.Method + " " + c.r.URL.RequestURI())
	}
	for name := range c.query {
		if !slices.Contains(allowed, name) {
			return found, price, unsupported("the query parameter " + name)
		}
	}
	return found, price, nil
}

func (c *call) bucketOperation() (operation, string, []string) {
	switch m := c.r.Method; {
	case m == http.MethodGet && c.query.Get("list-type") == "2":
		return operation{(*Service).listObjects, true}, putPrice, []string{
			"x-id", "list-type", "prefix", "delimiter", "max-keys", "continuation-token", "start-after", "encoding-type", "fetch-owner",
		}
	case m == http.MethodPost && c.query.Has("delete"):
		return operation{(*Service).deleteObjects, true}, putPrice, []string{"x-id", "delete"}
	case m == http.MethodHead:
		return operation{func(*Service, *call) error { return nil }, true}, getPrice, []string{"x-id"}
	case m == http.MethodPut:
		return operation{(*Service).createBucket, false}, putPrice, []string{"x-id"}
	}
	return operation{}, getPrice, nil
}
