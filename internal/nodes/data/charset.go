package data

import (
	"bytes"
	"strings"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/automatelanka/automatelanka/internal/node"
)

var utf8BOM = []byte("\xef\xbb\xbf")

// names are those of character sets that differ from the standard's.
var names = map[string]string{
	"utf8": "utf-8", "": "utf-8", "ucs2": "utf-16le", "utf16": "utf-16le", "utf16le": "utf-16le", "utf16be": "utf-16be", "ascii": "us-ascii",
	"latin1": "iso-8859-1", "binary": "iso-8859-1", "win1252": "windows-1252",
}

func charset(name string) string {
	if n, ok := names[strings.ToLower(name)]; ok {
		return n
	}
	return name
}

// decode reads text in a character set.
func decode(data []byte, name string, stripBOM bool) (string, error) {
	if name = charset(name); name == "utf-8" {
		if stripBOM {
			data = bytes.TrimPrefix(data, utf8BOM)
		}
		return strings.ToValidUTF8(string(data), "\ufffd"), nil
	}
	e, err := htmlindex.Get(name)
	if err != nil {
		return "", node.Errorf("The encoding %q is not known.", name)
	}
	out, err := e.NewDecoder().Bytes(data)
	if err != nil {
		return "", node.Errorf("The file is not text in the encoding %q.", name)
	}
	return strings.TrimPrefix(string(out), "\ufeff"), nil
}

// encode writes text in a character set; what it cannot say becomes "?".
func encode(text, name string, bom bool) ([]byte, error) {
	if name = charset(name); name == "utf-8" {
		if bom {
			return append(append([]byte{}, utf8BOM...), text...), nil
		}
		return []byte(text), nil
	}
	e, err := htmlindex.Get(name)
	if err != nil {
		return nil, node.Errorf("The encoding %q is not known.", name)
	}
	var out []byte
	enc := e.NewEncoder()
	for _, r := range text {
		b, err := enc.Bytes([]byte(string(r)))
		if err != nil {
			b = []byte("?")
		}
		out = append(out, b...)
	}
	return out, nil
}
