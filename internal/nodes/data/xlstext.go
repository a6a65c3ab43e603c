package data

import (
	"encoding/binary"
	"unicode/utf16"
)

// continued reads through a record and those that continue it.
type continued struct {
	parts [][]byte
	ended bool // all is read; what is read beyond is 0
}

func (c *continued) byte() byte {
	for len(c.parts) > 0 && len(c.parts[0]) == 0 {
		c.parts = c.parts[1:]
	}
	if len(c.parts) == 0 {
		c.ended = true
		return 0
	}
	b := c.parts[0][0]
	c.parts[0] = c.parts[0][1:]
	return b
}

func (c *continued) u16() int {
	b := [2]byte{c.byte(), c.byte()}
	return int(binary.LittleEndian.Uint16(b[:]))
}

func (c *continued) u32() int { return c.u16() | c.u16()<<16 }

func (c *continued) skip(n int) {
	for ; n > 0 && !c.ended; n-- {
		c.byte()
	}
}

// chars reads n characters of one or two bytes. Where another record continues them,
// it says anew how wide they are.
func (c *continued) chars(n int, wide bool) string {
	var units []uint16
	for ; n > 0 && !c.ended; n-- {
		if len(c.parts) > 1 && len(c.parts[0]) == 0 {
			c.parts = c.parts[1:]
			wide = c.byte()&1 == 1
		}
		if wide {
			units = append(units, uint16(c.u16()))
		} else {
			units = append(units, uint16(c.byte()))
		}
	}
	return string(utf16.Decode(units))
}

// sharedTexts reads the table of texts: [MS-XLS], sections 2.4.265 and 2.5.293.
func sharedTexts(r record) []string {
	c := &continued{parts: append([][]byte{r.data}, r.more...)}
	c.skip(4)
	var out []string
	for count := c.u32(); count > 0 && !c.ended; count-- {
		n, flags := c.u16(), c.byte()
		runs, extra := 0, 0
		if flags&8 != 0 {
			runs = c.u16()
		}
		if flags&4 != 0 {
			extra = c.u32()
		}
		out = append(out, c.chars(n, flags&1 != 0))
		c.skip(4*runs + extra) // how it looks
	}
	return out
}
