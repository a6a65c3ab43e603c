package imap

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/charset"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// The limits of one message.
const (
	maxMessage = 50 << 20 // bytes; what large providers accept at most
	maxText    = 4 << 20  // bytes of one text, decoded, or of a raw body
	maxParts   = 500
	maxDepth   = 20 // of parts within parts
)

// words decodes encoded words (RFC 2047) in every character set there is.
var words = &mime.WordDecoder{CharsetReader: charset.Reader}

func tooLarge(what string, most int64) string {
	return fmt.Sprintf("%s is larger than %d MB and was left out.", what, most>>20)
}

// parse takes the message in r apart while it is read.
func parse(r io.Reader, want node.MailParts) (*node.MailMessage, error) {
	src := &source{r: r}
	p := &parser{want: want, msg: &node.MailMessage{}}
	var err error
	if want.Raw {
		err = p.raw(bufio.NewReader(src))
	} else {
		err = p.entity(src)
	}
	switch {
	case err == nil:
		return p.msg, nil
	case src.failed != nil: // the connection's failure, not the message's
		return nil, src.failed
	case p.failed != nil: // the store's
		return nil, p.failed
	}
	p.problem("The message is not well formed: " + err.Error())
	return p.msg, nil
}

// source remembers the failure of what it reads.
type source struct {
	r      io.Reader
	failed error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		s.failed = err
	}
	return n, err
}

type parser struct {
	want   node.MailParts
	msg    *node.MailMessage
	parts  int
	failed error
}

func (p *parser) problem(text string) { p.msg.Problems = append(p.msg.Problems, text) }

// raw skips the header and keeps the body as it is.
func (p *parser) raw(r *bufio.Reader) error {
	for {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(strings.TrimRight(string(line), "\r\n")) == 0 {
			break
		}
	}
	text, err := p.text(r, "The body")
	p.msg.Raw = text
	return err
}

func (p *parser) text(r io.Reader, what string) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if len(b) > maxText {
		p.problem(tooLarge(what, maxText))
		return "", err
	}
	return strings.ToValidUTF8(string(b), "\uFFFD"), err
}

func (p *parser) entity(r io.Reader) error {
	e, err := message.Read(r)
	if e == nil {
		return err
	}
	p.header(&e.Header)
	return p.walk(e, 0)
}

// header keeps the message's own header.
func (p *parser) header(h *message.Header) {
	for f := h.Fields(); f.Next(); {
		value, err := words.DecodeHeader(f.Value())
		if err != nil {
			value = f.Value()
		}
		p.msg.Header = append(p.msg.Header, node.MailHeader{
			Name: strings.ToLower(f.Key()), Value: strings.ToValidUTF8(value, "\uFFFD"),
			Line: strings.ToValidUTF8(f.Key()+": "+f.Value(), "\uFFFD"),
		})
	}
}

// walk visits the parts of an entity. A part in an unknown character set or
// encoding is taken as it is.
func (p *parser) walk(e *message.Entity, depth int) error {
	parts := e.MultipartReader()
	if parts == nil {
		return p.leaf(e)
	}
	if depth >= maxDepth {
		p.problem(fmt.Sprintf("Parts more than %d deep were left out.", maxDepth))
		return nil
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if part == nil {
			return err
		}
		if p.parts++; p.parts > maxParts {
			p.problem(fmt.Sprintf("Parts behind the first %d were left out.", maxParts))
			return io.EOF
		}
		if err := p.walk(part, depth+1); err != nil {
			return err
		}
	}
}

// leaf takes a text, or a file, or passes it over.
func (p *parser) leaf(e *message.Entity) error {
	typ, params, _ := e.Header.ContentType()
	disposition, dparams, _ := e.Header.ContentDisposition()
	if typ == "" {
		typ = "text/plain"
	}
	text := strings.HasPrefix(typ, "text/") && disposition != "attachment"
	switch {
	case text && typ == "text/html":
		return p.append(&p.msg.HTML, e.Body)
	case text && typ == "text/plain":
		return p.append(&p.msg.Text, e.Body)
	case p.want.File == nil, disposition != "attachment" && !p.want.Inline:
		return nil
	}
	name := fileName(dparams["filename"], params["name"])
	id := strings.Trim(e.Header.Get("Content-Id"), "<>")
	err := p.want.File(node.MailFile{Name: name, MimeType: typ, ContentID: id}, e.Body)
	if f := new(fault.Error); errors.As(err, &f) && f.Kind == fault.Invalid {
		p.problem(fmt.Sprintf("The attachment %q was left out. %s", name, f.Message))
		return nil
	}
	p.failed = err
	return err
}

// append adds a text part; what has several has them one after another.
func (p *parser) append(to *string, r io.Reader) error {
	text, err := p.text(r, "A text part")
	switch {
	case *to == "":
		*to = text
	case text != "" && len(*to)+len(text) < maxText:
		*to += "\n" + text
	}
	return err
}

// fileName is the decoded name of an attachment, without folders.
func fileName(names ...string) string {
	for _, n := range names {
		if decoded, err := words.DecodeHeader(n); err == nil {
			n = decoded
		}
		n = n[strings.LastIndexAny(n, `/\`)+1:]
		if n = strings.TrimSpace(strings.ToValidUTF8(n, "")); n != "" {
			return n
		}
	}
	return ""
}
