package sqs

import (
	"crypto/md5" //nolint:gosec // the protocol asks for it
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/order"
)

// Attribute is a message attribute: String or Number in Text, Binary in Bytes.
type Attribute struct {
	DataType string
	Text     string
	Bytes    []byte
}

// message is a message in a queue.
type message struct {
	seq      uint64 // its place in the order of sending
	id       string
	body     string
	group    string
	dedup    string
	trace    string // AWSTraceHeader
	attrs    map[string]Attribute
	sentMS   int64
	source   string // ARN of the queue from which it was moved here as a dead letter
	sender   string
	receives int
	firstMS  int64 // first received

	// Of the current process only.
	due     time.Time // when it becomes visible: end of delay or of visibility
	flight  bool      // received and not yet visible again
	counted bool      // in its group's count of messages in flight
	nonce   uint32    // of the latest receipt handle
	gone    bool      // deleted

	order.Place // among the hidden
}

// size is what counts against the message limit: body and attributes.
func (m *message) size() int {
	n := len(m.body)
	for name, a := range m.attrs {
		n += len(name) + len(a.DataType) + len(a.Text) + len(a.Bytes)
	}
	return n
}

// handle is the receipt handle of the latest receive.
func (m *message) handle() string {
	var b [12]byte
	binary.BigEndian.PutUint64(b[:8], m.seq)
	binary.BigEndian.PutUint32(b[8:], m.nonce)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func parseHandle(s string) (seq uint64, nonce uint32, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != 12 {
		return 0, 0, false
	}
	return binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint32(b[8:]), true
}

func md5Hex(s string) string {
	sum := md5.Sum([]byte(s)) //nolint:gosec // the protocol asks for it
	return hex.EncodeToString(sum[:])
}

// md5Attributes is MD5OfMessageAttributes: lengths, names, types and values in the
// order of the names (Amazon SQS developer guide, message metadata).
func md5Attributes(attrs map[string]Attribute) string {
	if len(attrs) == 0 {
		return ""
	}
	names := make([]string, 0, len(attrs))
	for name := range attrs {
		names = append(names, name)
	}
	slices.Sort(names)
	var b []byte
	put := func(s string) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	for _, name := range names {
		a := attrs[name]
		put(name)
		put(a.DataType)
		if strings.HasPrefix(a.DataType, "Binary") {
			b = append(b, 2)
			put(string(a.Bytes))
		} else {
			b = append(b, 1)
			put(a.Text)
		}
	}
	return md5Hex(string(b))
}

// encode writes what is kept of a message: texts with their lengths, then numbers.
func (m *message) encode() []byte {
	b := make([]byte, 0, 128+len(m.body))
	for _, s := range []string{m.id, m.body, m.group, m.dedup, m.trace, m.source, m.sender} {
		b = appendText(b, s)
	}
	b = binary.AppendVarint(b, m.sentMS)
	b = binary.AppendUvarint(b, uint64(len(m.attrs)))
	for name, a := range m.attrs {
		b = appendText(b, name)
		b = appendText(b, a.DataType)
		b = appendText(b, a.Text)
		b = appendText(b, string(a.Bytes))
	}
	return b
}

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

var errCorrupt = errors.New("sqs: a stored message cannot be read")

func decode(seq uint64, b []byte) (*message, error) {
	m := &message{seq: seq}
	r := decoder{b: b}
	for _, s := range []*string{&m.id, &m.body, &m.group, &m.dedup, &m.trace, &m.source, &m.sender} {
		*s = r.text()
	}
	m.sentMS = r.varint()
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		if m.attrs == nil {
			m.attrs = map[string]Attribute{}
		}
		name := r.text()
		a := Attribute{DataType: r.text(), Text: r.text()}
		if s := r.text(); s != "" {
			a.Bytes = []byte(s)
		}
		m.attrs[name] = a
	}
	if r.bad {
		return nil, errCorrupt
	}
	return m, nil
}

type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) text() string {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.bad = true
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	d.skip(n)
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	d.skip(n)
	return v
}

func (d *decoder) skip(n int) {
	if n <= 0 {
		d.bad, d.b = true, nil
		return
	}
	d.b = d.b[n:]
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
