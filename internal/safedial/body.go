package safedial

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// acceptEncoding is what decode can undo. It replaces the author's own header:
// workflows copied from a browser ask for encodings that n8n's client decodes too.
const acceptEncoding = "gzip, deflate"

// limitedBody is a response body with the request's limits on bytes and time.
type limitedBody struct {
	ctx    context.Context
	host   string
	raw    io.ReadCloser
	src    io.Reader // decoded
	left   int64
	limit  int64
	finish func()
}

// bound replaces resp's body by one that is decoded and limited. finish is
// called when the body is closed.
func bound(ctx context.Context, resp *http.Response, limit int64, finish func()) {
	b := &limitedBody{
		ctx: ctx, host: resp.Request.URL.Hostname(), raw: resp.Body,
		left: limit, limit: limit, finish: finish,
	}
	b.src = decode(resp, resp.Body)
	resp.Body = b
}

// decode undoes the content encoding, lazily: an empty body of a HEAD or 204 has none.
func decode(resp *http.Response, body io.Reader) io.Reader {
	encoding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding")))
	var open func(io.Reader) (io.Reader, error)
	switch encoding {
	case "gzip", "x-gzip":
		open = func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }
	case "deflate":
		open = inflate
	default:
		return body
	}
	resp.Uncompressed = true
	resp.ContentLength = -1
	return &lazyReader{src: body, open: open}
}

// inflate reads "deflate", which the standard means with a zlib header and some
// servers send without.
func inflate(r io.Reader) (io.Reader, error) {
	br := bufio.NewReader(r)
	head, err := br.Peek(2)
	if err != nil {
		return nil, err
	}
	if head[0]&0x0f == 8 && (uint16(head[0])<<8|uint16(head[1]))%31 == 0 {
		return zlib.NewReader(br)
	}
	return flate.NewReader(br), nil
}

// lazyReader opens the decoder at the first read.
type lazyReader struct {
	src  io.Reader
	open func(io.Reader) (io.Reader, error)
	r    io.Reader
}

func (l *lazyReader) Read(p []byte) (int, error) {
	if l.r == nil {
		r, err := l.open(l.src)
		if err != nil {
			return 0, err
		}
		l.r = r
	}
	return l.r.Read(p)
}

// Read returns a fault with Outcome Unknown when the body breaks off, is too
// long or too slow: the request was answered, so it did reach the other side.
func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, b.tooLong()
	}
	// One byte more than allowed shows that there is more.
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.src.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, b.tooLong()
	}
	if err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return n, err
	}
	return n, b.broken(err)
}

func (b *limitedBody) tooLong() error {
	f := fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The response of %q is larger than %d bytes.", b.host, b.limit)
	f.Outcome = fault.Unknown
	return f
}

func (b *limitedBody) broken(err error) error {
	if ended := endedFault(b.ctx, fault.Unknown); ended != nil {
		return ended
	}
	f := fault.Wrap(err, fault.Unavailable, fault.CodeUpstream, "The response of %q broke off.", b.host)
	f.Outcome = fault.Unknown
	return f
}

func (b *limitedBody) Close() error {
	err := b.raw.Close()
	b.finish()
	return err
}
