package data

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"

	"github.com/richardlehane/mscfb"
	"golang.org/x/text/encoding/charmap"

	"github.com/automatelanka/automatelanka/internal/node"
)

// The records of XLS files (BIFF5 and BIFF8) that hold sheets and values.
// Source: [MS-XLS], section 2.3.
const (
	biffFormula    = 0x0006
	biffEOF        = 0x000a
	biffFilePass   = 0x002f
	biffContinue   = 0x003c
	biffBoundSheet = 0x0085
	biffMulRK      = 0x00bd
	biffRString    = 0x00d6
	biffSST        = 0x00fc
	biffLabelSST   = 0x00fd
	biffNumber     = 0x0203
	biffLabel      = 0x0204
	biffBoolErr    = 0x0205
	biffString     = 0x0207
	biffRK         = 0x027e
	biffBOF        = 0x0809

	biff8 = 0x0600
)

// xls reads XLS files: values only, formulas by their last result, dates as the
// serial numbers that they are.
type xls struct {
	stream  []byte
	wide    bool // BIFF8: texts are Unicode
	strings []string
	names   []string
	places  []int // of the sheets in the stream
}

// record is one record with those that continue it.
type record struct {
	id   uint16
	data []byte
	more [][]byte // of CONTINUE records
	next int      // where the next record begins
}

var errXLS = errors.New("it is no XLS file")

func xlsSheet(data []byte, name string) (grid, error) {
	stream, err := workbookStream(data)
	if err != nil {
		return grid{}, err
	}
	x := &xls{stream: stream}
	if err := x.readGlobals(); err != nil {
		return grid{}, err
	}
	i, err := findSheet(x.names, name)
	if err != nil {
		return grid{}, err
	}
	return x.read(x.places[i])
}

// workbookStream is the part of the compound file with the workbook.
func workbookStream(data []byte) ([]byte, error) {
	file, err := mscfb.New(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	for e, err := file.Next(); err == nil; e, err = file.Next() {
		switch e.Name {
		case "Workbook", "Book":
			if e.Size > maxPart {
				return nil, node.Errorf("The spreadsheet is larger than %d MB.", maxPart>>20)
			}
			return io.ReadAll(io.LimitReader(e, maxPart))
		case "EncryptedPackage":
			return nil, errEncrypted()
		}
	}
	return nil, errXLS
}

func errEncrypted() error {
	return node.Errorf("The spreadsheet is protected by a password; save it without one.")
}

// at reads the record at a place, with what continues it.
func (x *xls) at(place int) (record, bool) {
	part := func(place int) (uint16, []byte, int, bool) {
		if place < 0 || place+4 > len(x.stream) {
			return 0, nil, 0, false
		}
		id, n := binary.LittleEndian.Uint16(x.stream[place:]), int(binary.LittleEndian.Uint16(x.stream[place+2:]))
		if place+4+n > len(x.stream) {
			return 0, nil, 0, false
		}
		return id, x.stream[place+4 : place+4+n], place + 4 + n, true
	}
	id, data, next, ok := part(place)
	r := record{id: id, data: data, next: next}
	for ok && id != biffContinue {
		id, more, after, goesOn := part(r.next)
		if !goesOn || id != biffContinue {
			break
		}
		r.more, r.next = append(r.more, more), after
	}
	return r, ok
}

// readGlobals reads the sheets' names and the texts that they share.
func (x *xls) readGlobals() error {
	for place := 0; ; {
		r, ok := x.at(place)
		if !ok {
			return errXLS
		}
		place = r.next
		switch f := (fields{r.data}); r.id {
		case biffBOF:
			x.wide = f.u16(0) == biff8
		case biffFilePass:
			return errEncrypted()
		case biffBoundSheet:
			if len(r.data) > 6 && r.data[5] == 0 { // a worksheet, no chart or macro
				x.names = append(x.names, x.text(r.data[7:], int(r.data[6])))
				x.places = append(x.places, int(f.u32(0)))
			}
		case biffSST:
			x.strings = sharedTexts(r)
		case biffEOF:
			return nil
		}
	}
}

// text reads characters: BIFF8 says by a flag how wide they are.
func (x *xls) text(b []byte, n int) string {
	if !x.wide {
		s, err := charmap.Windows1252.NewDecoder().Bytes(b[:min(n, len(b))])
		if err != nil {
			return ""
		}
		return string(s)
	}
	c := &continued{parts: [][]byte{b}}
	return c.chars(n, c.byte()&1 == 1)
}

// fields reads numbers of a record; what is beyond its end is 0.
type fields struct{ b []byte }

func (f fields) u16(at int) int {
	if at+2 > len(f.b) {
		return 0
	}
	return int(binary.LittleEndian.Uint16(f.b[at:]))
}

func (f fields) u32(at int) uint32 {
	if at+4 > len(f.b) {
		return 0
	}
	return binary.LittleEndian.Uint32(f.b[at:])
}

func (f fields) float(at int) float64 {
	return math.Float64frombits(uint64(f.u32(at)) | uint64(f.u32(at+4))<<32)
}

// rk reads a number in its short form: [MS-XLS], section 2.5.217.
func (f fields) rk(at int) float64 {
	v := f.u32(at)
	n := math.Float64frombits(uint64(v&^3) << 32)
	if v&2 != 0 {
		n = float64(int32(v) >> 2)
	}
	if v&1 != 0 {
		n /= 100
	}
	return n
}

// read reads one sheet.
func (x *xls) read(place int) (grid, error) {
	g := gridBuilder{row: -1}
	row, col := 0, 0 // of a formula whose text follows
	for {
		r, ok := x.at(place)
		if !ok || r.id == biffEOF {
			return g.grid()
		}
		place = r.next
		f := fields{r.data}
		var err error
		if r.id == biffString {
			err = g.put(row, col, x.label(r.data, 0))
		} else {
			row, col = f.u16(0), f.u16(2)
			err = x.cell(&g, r, row, col)
		}
		if err != nil {
			return grid{}, err
		}
	}
}

// label reads a text with its length in front.
func (x *xls) label(b []byte, at int) any {
	if at+2 > len(b) {
		return nil
	}
	return x.text(b[at+2:], fields{b}.u16(at))
}

// cell puts the values of one record.
func (x *xls) cell(g *gridBuilder, r record, row, col int) error {
	f := fields{r.data}
	switch r.id {
	case biffNumber:
		return g.put(row, col, f.float(6))
	case biffRK:
		return g.put(row, col, f.rk(6))
	case biffMulRK:
		for i := 0; 4+6*(i+1)+2 <= len(r.data); i++ {
			if err := g.put(row, col+i, f.rk(4+6*i+2)); err != nil {
				return err
			}
		}
	case biffLabelSST:
		if i := int(f.u32(6)); i < len(x.strings) {
			return g.put(row, col, x.strings[i])
		}
	case biffLabel, biffRString:
		return g.put(row, col, x.label(r.data, 6))
	case biffBoolErr:
		if len(r.data) > 7 && r.data[7] == 0 {
			return g.put(row, col, r.data[6] == 1)
		}
	case biffFormula:
		return g.put(row, col, formulaResult(f))
	}
	return nil
}

// formulaResult is the last result of a formula: a text follows in a record of its own.
func formulaResult(f fields) any {
	if f.u16(12) != 0xffff {
		return f.float(6)
	}
	if kind := f.u16(6) & 0xff; kind == 1 {
		return f.u16(8)&0xff == 1
	}
	return nil
}
