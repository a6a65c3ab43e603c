package s3

import (
	"bufio"
	"crypto/sha1" //nolint:gosec // S3 offers it as a checksum
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
)

const checksumHeader = "X-Amz-Checksum-"

var nvme = crc64.MakeTable(0x9a6c9329ac4bc9b5)

// newSum returns the hash of a checksum algorithm, nil for an unknown one.
func newSum(algorithm string) hash.Hash {
	switch strings.ToLower(algorithm) {
	case "crc32":
		return crc32.NewIEEE()
	case "crc32c":
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case "crc64nvme":
		return crc64.New(nvme)
	case "sha1":
		return sha1.New() //nolint:gosec // S3 offers it as a checksum
	case "sha256":
		return sha256.New()
	}
	return nil
}

// upload is the body of a request, freed from its transfer encoding, with the
// checksum that came with it.
type upload struct {
	reader  io.Reader
	chunked *chunkReader // nil for a plain body
	header  string       // of the checksum: X-Amz-Checksum-Crc32
	sum     hash.Hash    // nil if there is no checksum
	sent    string       // its value if it came as a header
	md5     string       // Content-MD5
}

func newUpload(r *http.Request) (*upload, error) {
	u := &upload{reader: r.Body, md5: r.Header.Get("Content-Md5")}
	if strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		u.chunked = &chunkReader{r: bufio.NewReader(r.Body), trailer: http.Header{}}
		u.reader = u.chunked
	}
	for name, v := range r.Header {
		algorithm, ok := strings.CutPrefix(name, checksumHeader)
		if ok && newSum(algorithm) != nil {
			u.header, u.sum, u.sent = name, newSum(algorithm), v[0]
		}
	}
	if trailer := r.Header.Get("X-Amz-Trailer"); trailer != "" {
		u.header = http.CanonicalHeaderKey(trailer)
		u.sum = newSum(strings.TrimPrefix(u.header, checksumHeader))
		if u.sum == nil {
			return nil, unsupported("the trailer " + trailer)
		}
	}
	return u, nil
}

// receive reads the upload and checks its checksums.
func (s *Service) receiveUpload(u *upload) (*incoming, error) {
	var sums []hash.Hash
	if u.sum != nil {
		sums = append(sums, u.sum)
	}
	in, err := s.receive(u.reader, sums...)
	if err != nil {
		return nil, err
	}
	if err := u.verify(in); err != nil {
		s.discard(&in.blob)
		return nil, err
	}
	return in, nil
}

func (u *upload) verify(in *incoming) error {
	if u.md5 != "" {
		if sum, err := base64.StdEncoding.DecodeString(u.md5); err != nil || etag(sum) != in.ETag {
			return errChecksum
		}
	}
	if u.sum == nil {
		return nil
	}
	if u.chunked != nil && u.sent == "" {
		u.sent = u.chunked.trailer.Get(u.header)
	}
	got := base64.StdEncoding.EncodeToString(u.sum.Sum(nil))
	if u.sent != "" && u.sent != got {
		return errChecksum
	}
	in.Checksum = map[string]string{u.header: got}
	return nil
}

// chunkReader decodes the aws-chunked encoding: each chunk is its length in
// hexadecimal, perhaps a signature, its bytes; the end is a chunk of no bytes and
// the trailer's lines. Signatures are not checked.
type chunkReader struct {
	r       *bufio.Reader
	left    int64
	started bool
	done    bool
	trailer http.Header
}

var errChunk = fail(http.StatusBadRequest, "IncompleteBody", "The request body is not well encoded.")

func (c *chunkReader) Read(p []byte) (int, error) {
	for c.left == 0 {
		if c.done {
			return 0, io.EOF
		}
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	if int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.r.Read(p)
	c.left -= int64(n)
	if errors.Is(err, io.EOF) {
		err = errChunk
	}
	return n, err
}

// next reads the head of the next chunk, or the trailer.
func (c *chunkReader) next() error {
	if c.started {
		if _, err := c.line(); err != nil { // the line end after a chunk's bytes
			return err
		}
	}
	c.started = true
	head, err := c.line()
	if err != nil {
		return err
	}
	size, _, _ := strings.Cut(head, ";")
	if c.left, err = strconv.ParseInt(size, 16, 64); err != nil || c.left < 0 {
		return errChunk
	}
	if c.left > 0 {
		return nil
	}
	c.done = true
	for {
		line, err := c.line()
		if err != nil || line == "" {
			return nil //nolint:nilerr // the trailer may end with the body
		}
		if name, v, ok := strings.Cut(line, ":"); ok {
			c.trailer.Set(textproto.TrimString(name), textproto.TrimString(v))
		}
	}
}

func (c *chunkReader) line() (string, error) {
	line, err := c.r.ReadString('\n')
	if err != nil && line == "" {
		return "", errChunk
	}
	return strings.TrimRight(line, "\r\n"), nil
}
