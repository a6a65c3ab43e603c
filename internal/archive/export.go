package archive

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
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
	data any
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

// mark is where a page ended: the section, the thing, and how much of the next
// thing has been handed out.
type mark struct {
	section string
	after   string
	offset  int
}

func (m mark) String() string {
	return m.section + "\n" + strconv.Itoa(m.offset) + "\n" + m.after
}

func parseMark(s string) (mark, error) {
	p := strings.SplitN(s, "\n", 3)
	if len(p) != 3 {
		return mark{}, errCursor()
	}
	n, err := strconv.Atoi(p[1])
	if err != nil || n < 0 {
		return mark{}, errCursor()
	}
	return mark{section: p[0], offset: n, after: p[2]}, nil
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
			full, err := p.add(s.kind, u, at)
			if full || err != nil {
				return full, err
			}
		}
	}
}

// add adds one thing, or a piece of it; true if the page is full.
func (p *page) add(kind string, u unit, at *mark) (bool, error) {
	if p.room <= 0 {
		return true, nil
	}
	b, err := json.Marshal(u.data)
	if err != nil {
		return false, err
	}
	if at.offset > len(b) {
		return false, errCursor()
	}
	if len(b) <= p.room && at.offset == 0 {
		p.lines = append(p.lines, Line{Kind: kind, ID: u.id, Data: b})
		p.room -= len(b)
		at.after = u.id
		return false, nil
	}
	if len(p.lines) > 0 && at.offset == 0 && len(b) <= PageBytes {
		return true, nil // whole on the next page
	}
	end := min(at.offset+p.room, len(b))
	for end < len(b) && b[end]&0xC0 == 0x80 { // not within a character
		end--
	}
	p.lines = append(p.lines, Line{Kind: kind, ID: u.id, Text: string(b[at.offset:end]), Offset: at.offset, Size: len(b)})
	p.room -= end - at.offset
	if end < len(b) {
		at.offset = end
		return true, nil
	}
	at.offset, at.after = 0, u.id
	return false, nil
}
