package s3

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// responseOverrides are query parameters that replace headers of the answer.
var responseOverrides = []string{
	"response-content-type", "response-content-disposition", "response-cache-control",
	"response-content-encoding", "response-content-language", "response-expires",
}

// streamer is a response writer that takes the body as a reader.
type streamer interface {
	Stream(body io.ReadCloser)
}

// getObject answers GET and HEAD.
func (s *Service) getObject(c *call) error {
	o, bytes, err := s.openObject(c)
	if err != nil {
		return err
	}
	from, to, partial, err := byteRange(c.r.Header.Get("Range"), o.Size)
	if err != nil {
		return errors.Join(err, bytes.Close())
	}
	h := c.w.Header()
	o.show(h)
	for _, name := range responseOverrides {
		if v := c.query.Get(name); v != "" {
			h.Set(strings.TrimPrefix(name, "response-"), v)
		}
	}
	h.Set("Content-Length", strconv.FormatInt(to-from, 10))
	status := http.StatusOK
	if partial {
		status = http.StatusPartialContent
		h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, o.Size))
	} else if c.r.Header.Get("X-Amz-Checksum-Mode") == "ENABLED" {
		for name, v := range o.Checksum {
			h.Set(name, v)
			h.Set("X-Amz-Checksum-Type", "FULL_OBJECT")
		}
	}
	c.w.WriteHeader(status)
	if c.r.Method == http.MethodHead {
		return bytes.Close()
	}
	send(c.w, &o.blob, bytes, section(bytes, from, to))
	return nil
}

// openObject loads an object and opens its bytes. If the object is replaced in
// between, its bytes may be gone, and the new one is opened.
func (s *Service) openObject(c *call) (*object, content, error) {
	for {
		o, err := s.load(c.bucket, c.key)
		if err != nil {
			return nil, nil, err
		}
		if err := c.readCondition(o); err != nil {
			return nil, nil, err
		}
		bytes, err := s.open(&o.blob)
		if errors.Is(err, errNoKey) {
			if again, _ := s.load(c.bucket, c.key); again != nil && again.ID == o.ID {
				return nil, nil, fmt.Errorf("the bytes of the object %s are lost", c.key)
			}
			continue
		}
		return o, bytes, err
	}
}

// send writes a body; a large one is handed over as a reader where that can be done.
func send(w http.ResponseWriter, x *blob, bytes content, body io.Reader) {
	if in, ok := w.(streamer); ok && x.File {
		in.Stream(struct {
			io.Reader
			io.Closer
		}{body, bytes})
		return
	}
	defer bytes.Close()
	_, _ = io.Copy(w, body) // a client that went away is no error of ours
}

func section(r io.ReaderAt, from, to int64) io.Reader { return io.NewSectionReader(r, from, to-from) }

// readCondition judges the conditions of GET and HEAD in the order of RFC 9110.
func (c *call) readCondition(o *object) error {
	h := c.r.Header
	if v := h.Get("If-Match"); v != "" {
		if v != "*" && !sameTag(v, o.ETag) {
			return errPrecondition
		}
	} else if at, err := http.ParseTime(h.Get("If-Unmodified-Since")); err == nil && o.Modified.After(at) {
		return errPrecondition
	}
	if v := h.Get("If-None-Match"); v != "" {
		if v == "*" || sameTag(v, o.ETag) {
			return errNotModified
		}
	} else if at, err := http.ParseTime(h.Get("If-Modified-Since")); err == nil && !o.Modified.After(at) {
		return errNotModified
	}
	return nil
}

// byteRange reads one range: "bytes=0-9", "bytes=10-", "bytes=-5". to is exclusive.
// What is no such range is ignored, as S3 does; one that starts past the end is not.
func byteRange(v string, size int64) (from, to int64, partial bool, err error) {
	spec, ok := strings.CutPrefix(v, "bytes=")
	if !ok || strings.Contains(spec, ",") {
		return 0, size, false, nil
	}
	first, last, ok := strings.Cut(spec, "-")
	if !ok {
		return 0, size, false, nil
	}
	a, errA := strconv.ParseInt(first, 10, 64)
	b, errB := strconv.ParseInt(last, 10, 64)
	switch {
	case first == "" && errB == nil:
		from, to = max(0, size-b), size
	case errA == nil && last == "":
		from, to = a, size
	case errA == nil && errB == nil && a <= b:
		from, to = a, min(b+1, size)
	default:
		return 0, size, false, nil
	}
	if from >= size {
		return 0, 0, false, fail(http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable")
	}
	return from, to, true, nil
}
