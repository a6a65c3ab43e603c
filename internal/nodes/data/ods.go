package data

import (
	"archive/zip"
	stdxml "encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/node/moment"
)

// odsContent is the part of an ODS file (OpenDocument, ISO/IEC 26300) with its sheets.
const odsContent = "content.xml"

// odsType is the media type of ODS files.
const odsType = "application/vnd.oasis.opendocument.spreadsheet"

// odsCell is one cell as it is written.
type odsCell struct {
	Type    string    `xml:"value-type,attr"`
	Value   string    `xml:"value,attr"`
	Date    string    `xml:"date-value,attr"`
	Time    string    `xml:"time-value,attr"`
	Boolean string    `xml:"boolean-value,attr"`
	String  string    `xml:"string-value,attr"`
	Repeat  int       `xml:"number-columns-repeated,attr"`
	Texts   []odsText `xml:"p"`
}

// odsText is a paragraph: its text, with what is inside of links and spans.
type odsText struct{ text string }

// UnmarshalXML implements xml.Unmarshaler.
func (t *odsText) UnmarshalXML(d *stdxml.Decoder, start stdxml.StartElement) error {
	var b strings.Builder
	for depth := 1; depth > 0; {
		tok, err := d.Token()
		if err != nil {
			return err
		}
		switch x := tok.(type) {
		case stdxml.StartElement:
			depth++
			b.WriteString(odsSpace(x))
		case stdxml.EndElement:
			depth--
		case stdxml.CharData:
			b.Write(x)
		}
	}
	t.text = b.String()
	return nil
}

// odsSpace is the white space that an element stands for.
func odsSpace(e stdxml.StartElement) string {
	switch e.Name.Local {
	case "tab":
		return "\t"
	case "line-break":
		return "\n"
	case "s":
		n := 1
		for _, a := range e.Attr {
			if count, err := strconv.Atoi(a.Value); a.Name.Local == "c" && err == nil {
				n = min(max(count, 1), 1000)
			}
		}
		return strings.Repeat(" ", n)
	}
	return ""
}

// odsSheet reads one sheet: values only, dates as the serial numbers of spreadsheets.
func odsSheet(content *zip.File, name string) (grid, error) {
	f, err := content.Open()
	if err != nil {
		return grid{}, err
	}
	defer func() { _ = f.Close() }()
	d := stdxml.NewDecoder(io.LimitReader(f, maxPart))
	var names []string
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			_, err = findSheet(names, name)
			return grid{}, err
		}
		if err != nil {
			return grid{}, err
		}
		start, ok := t.(stdxml.StartElement)
		if !ok || start.Name.Local != "table" {
			continue
		}
		own := odsAttribute(start, "name")
		if names = append(names, own); name == "" || own == name {
			return readODS(d)
		}
	}
}

func odsAttribute(e stdxml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// readODS reads the rows of a table to its end.
func readODS(d *stdxml.Decoder) (grid, error) {
	g := gridBuilder{row: -1}
	row, repeat := 0, 1
	var cells []odsCell
	for {
		t, err := d.Token()
		if err != nil {
			return grid{}, err
		}
		switch e := t.(type) {
		case stdxml.StartElement:
			switch e.Name.Local {
			case "table-row":
				cells, repeat = nil, 1
				if n, err := strconv.Atoi(odsAttribute(e, "number-rows-repeated")); err == nil {
					repeat = max(n, 1)
				}
			case "table-cell", "covered-table-cell":
				var c odsCell
				if err := d.DecodeElement(&c, &e); err != nil {
					return grid{}, err
				}
				cells = append(cells, c)
			}
		case stdxml.EndElement:
			switch e.Name.Local {
			case "table":
				return g.grid()
			case "table-row":
				if err := g.repeated(row, repeat, cells); err != nil {
					return grid{}, err
				}
				row += repeat
			}
		}
	}
}

// repeated puts a row as often as it is repeated; the rest of a sheet is often one
// empty row.
func (g *gridBuilder) repeated(row, repeat int, cells []odsCell) error {
	for i := range repeat {
		col, used := 0, false
		for _, c := range cells {
			n, v := max(c.Repeat, 1), c.content()
			for k := 0; k < n && v != nil; k++ {
				used = true
				if err := g.put(row+i, col+k, v); err != nil {
					return err
				}
			}
			col += n
		}
		if !used {
			return nil
		}
	}
	return nil
}

// content is what the cell holds, nil if it is empty.
func (c odsCell) content() any {
	switch c.Type {
	case "float", "percentage", "currency":
		if n, err := strconv.ParseFloat(c.Value, 64); err == nil {
			return n
		}
	case "boolean":
		return c.Boolean == "true"
	case "date":
		if at, ok := moment.Parse(c.Date, time.UTC); ok {
			return serialOf(at)
		}
		return c.Date
	case "time":
		if n, ok := odsTime(c.Time); ok {
			return n
		}
	}
	if c.String != "" {
		return c.String
	}
	parts := make([]string, len(c.Texts))
	for i, t := range c.Texts {
		parts[i] = t.text
	}
	if text := strings.Join(parts, "\n"); text != "" || c.Type == "string" {
		return text
	}
	return nil
}

// serialOf is a time as spreadsheets count it: days since the end of 1899.
func serialOf(t time.Time) float64 {
	days := t.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24
	return math.Round(days*1e10) / 1e10
}

// odsTime reads PT10H20M30S as a part of a day.
func odsTime(s string) (float64, bool) {
	rest, ok := strings.CutPrefix(s, "PT")
	if !ok {
		return 0, false
	}
	total := 0.0
	for _, unit := range []struct {
		sign    string
		seconds float64
	}{{"H", 3600}, {"M", 60}, {"S", 1}} {
		number, after, found := strings.Cut(rest, unit.sign)
		if !found {
			continue
		}
		n, err := strconv.ParseFloat(strings.Replace(number, ",", ".", 1), 64)
		if err != nil {
			return 0, false
		}
		total, rest = total+n*unit.seconds, after
	}
	return total / 86400, rest == ""
}
