package archive

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/stamp"
)

// PageBytes is about how large one page of an export is. One thing that is larger
// comes in pieces.
const PageBytes = 2 << 20

// Line is one thing of an export, or a piece of one.
type Line struct {
	Kind string
	ID   string
	// Data is the thing as JSON; of a piece it is nil, and Text is that part of the
	// JSON from Offset on, of Size bytes in all.
	Data         json.RawMessage
	Text         string
	Offset, Size int
}

// unit is one thing of a section.
type unit struct {
	id   string // what the next read goes on after
	data any    // what becomes JSON, or a long
}

// long is a thing whose JSON is made in parts.
type long interface {
	length() int
	text(ctx context.Context, from, to int) (b []byte, version string, err error)
}

// short is JSON that is made at once.
type short []byte

func (s short) length() int { return len(s) }

func (s short) text(_ context.Context, from, to int) ([]byte, string, error) {
	return s[from:to], "", nil
}

// long is the unit's JSON.
func (u unit) long() (long, error) {
	if l, ok := u.data.(long); ok {
		return l, nil
	}
	b, err := stamp.Marshal(u.data)
	return short(b), err
}

// section is one kind of things, read in the order of their ids.
type section struct {
	kind string
	read func(ctx context.Context, t ident.Tenant, after string) ([]unit, error)
}

// Exporter hands out all of a tenant's data.
type Exporter struct {
	Sources Sources
}

// mark is where a page ended: the section, the thing, how much of the next thing has
// been handed out, and of which version of it.
type mark struct {
	section string
	after   string
	offset  int
	version string
}

func (m mark) String() string {
	return m.section + "\n" + strconv.Itoa(m.offset) + "\n" + m.version + "\n" + m.after
}

func parseMark(s string) (mark, error) {
	p := strings.SplitN(s, "\n", 4)
	if len(p) != 4 {
		return mark{}, errCursor()
	}
	n, err := strconv.Atoi(p[1])
	if err != nil || n < 0 {
		return mark{}, errCursor()
	}
	return mark{section: p[0], offset: n, version: p[2], after: p[3]}, nil
}

func errCursor() error {
	return fault.New(fault.Invalid, fault.CodeValidation, "The cursor is not one of this export.")
}

// Page returns the lines after a cursor, and the next cursor, "" at the end.
func (e *Exporter) Page(ctx context.Context, t ident.Tenant, cursor string) ([]Line, string, error) {
	sections := e.sections()
	at := mark{section: sections[0].kind}
	if cursor != "" {
		var err error
		if at, err = parseMark(cursor); err != nil {
			return nil, "", err
		}
	}
	p := page{room: PageBytes}
	for i, s := range sections {
		if s.kind != at.section {
			continue
		}
		full, err := p.fill(ctx, t, s, &at)
		if err != nil {
			return nil, "", err
		}
		if full {
			return p.lines, at.String(), nil
		}
		if i+1 < len(sections) {
			at = mark{section: sections[i+1].kind}
			continue
		}
		return p.lines, "", nil
	}
	return nil, "", errCursor()
}

// page is one page that is being filled.
type page struct {
	lines []Line
	room  int
}

// fill adds a section from a mark on; true if the page is full, and the mark is
// then where the next one begins.
func (p *page) fill(ctx context.Context, t ident.Tenant, s section, at *mark) (bool, error) {
	for {
		units, err := s.read(ctx, t, at.after)
		if err != nil || len(units) == 0 {
			return false, err
		}
		for _, u := range units {
			full, err := p.add(ctx, s.kind, u, at)
			if full || err != nil {
				return full, err
			}
		}
	}
}

// add adds one thing, or a piece of it; true if the page is full.
func (p *page) add(ctx context.Context, kind string, u unit, at *mark) (bool, error) {
	if p.room <= 0 {
		return true, nil
	}
	l, err := u.long()
	if err != nil {
		return false, err
	}
	size := l.length()
	whole := size <= p.room && at.offset == 0
	if !whole && len(p.lines) > 0 && at.offset == 0 && size <= PageBytes {
		return true, nil // whole on the next page
	}
	b, version, err := l.text(ctx, min(at.offset, size), min(at.offset+p.room, size))
	switch {
	case fault.Is(err, fault.NotFound): // the file was removed meanwhile
		at.offset, at.version, at.after = 0, "", u.id
		return false, nil
	case err != nil:
		return false, err
	case at.offset > size && at.version == "":
		return false, errCursor()
	case at.offset > size, at.offset > 0 && version != "" && version != at.version:
		at.offset, at.version = 0, "" // the file was replaced: from the beginning
		return p.add(ctx, kind, u, at)
	}
	return p.put(kind, u, at, piece{b, size, version}), nil
}

// piece is a part of a thing's JSON, or all of it, of size bytes in all.
type piece struct {
	text    []byte
	size    int
	version string
}

// put adds a piece; true if the page is full.
func (p *page) put(kind string, u unit, at *mark, x piece) bool {
	if at.offset == 0 && len(x.text) == x.size {
		p.lines = append(p.lines, Line{Kind: kind, ID: u.id, Data: x.text})
		p.room -= x.size
		at.after, at.version = u.id, ""
		return false
	}
	end := len(x.text)
	if at.offset+end < x.size {
		end = wholeRunes(x.text)
	}
	p.lines = append(p.lines, Line{Kind: kind, ID: u.id, Text: string(x.text[:end]), Offset: at.offset, Size: x.size})
	p.room -= end
	if at.offset += end; at.offset < x.size {
		if x.version != "" {
			at.version = x.version
		}
		return true
	}
	at.offset, at.version, at.after = 0, "", u.id
	return false
}

// wholeRunes is the length of b without the beginning of a character at its end.
func wholeRunes(b []byte) int {
	end := len(b)
	for range utf8.UTFMax - 1 {
		if r, n := utf8.DecodeLastRune(b[:end]); r != utf8.RuneError || n != 1 {
			break
		}
		end--
	}
	return end
}
