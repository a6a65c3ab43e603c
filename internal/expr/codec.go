package expr

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"net/url"
	"strings"
	"unicode/utf16"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/expr/library"
)

// nodeModule is what Code nodes know from Node.js.
func (m *machine) nodeModule() *goja.Object {
	if o := m.library["node"]; o != nil {
		return o
	}
	codec := m.vm.NewObject()
	for name, f := range map[string]native{
		"decode": func(call goja.FunctionCall) goja.Value {
			return m.buffer(m.decode(call.Argument(0).String(), call.Argument(1).String()))
		},
		"encode": func(call goja.FunctionCall) goja.Value {
			b := bytesOf(call.Argument(0))
			from := int(call.Argument(1).ToInteger())
			return m.encode(b[from:from+int(call.Argument(2).ToInteger())], call.Argument(3).String())
		},
		"encodeBytes": func(call goja.FunctionCall) goja.Value {
			return m.encode(bytesOf(call.Argument(0)), call.Argument(1).String())
		},
		"formEncode": func(call goja.FunctionCall) goja.Value {
			return m.vm.ToValue(strings.NewReplacer("~", "%7E", "%2A", "*").Replace(url.QueryEscape(call.Argument(0).String())))
		},
		"formDecode": func(call goja.FunctionCall) goja.Value { return m.vm.ToValue(formDecode(call.Argument(0).String())) },
		"parseURL":   m.parseURL,
		"knowsHash": func(call goja.FunctionCall) goja.Value {
			return m.vm.ToValue(hashes[strings.ReplaceAll(call.Argument(0).String(), "-", "")] != nil)
		},
		"digest": m.digest,
		"random": m.random,
		"uuid":   func(goja.FunctionCall) goja.Value { return m.vm.ToValue(uuid()) },
	} {
		m.method(codec, name, f)
	}
	return m.module("node", library.Node(), codec)
}

func (m *machine) buffer(b []byte) goja.Value {
	m.box.Spend(int64(len(b)))
	return m.vm.ToValue(m.vm.NewArrayBuffer(b))
}

func bytesOf(v goja.Value) []byte {
	if b, ok := v.Export().(goja.ArrayBuffer); ok {
		return b.Bytes()
	}
	return nil
}

// decode turns text into bytes by one of Node's encodings.
func (m *machine) decode(text, encoding string) []byte {
	m.box.Spend(int64(len(text)))
	switch strings.ToLower(encoding) {
	case "utf8", "utf-8":
		return []byte(text)
	case "base64", "base64url":
		return lenientBase64(text)
	case "base64strict":
		b, err := base64.StdEncoding.DecodeString(text + strings.Repeat("=", (4-len(text)%4)%4))
		if err != nil {
			panic(m.newError("InvalidCharacterError", "The string to be decoded is not correctly encoded."))
		}
		return b
	case "hex":
		n := 0
		for n+1 < len(text) && isHex(text[n]) && isHex(text[n+1]) {
			n += 2
		}
		b, err := hex.DecodeString(text[:n])
		if err != nil {
			return nil
		}
		return b
	case "latin1", "binary", "ascii":
		var b []byte
		for _, u := range utf16.Encode([]rune(text)) {
			b = append(b, byte(u))
		}
		return b
	case "utf16le", "utf-16le", "ucs2", "ucs-2":
		var b []byte
		for _, u := range utf16.Encode([]rune(text)) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
		return b
	}
	panic(m.vm.NewTypeError("Unknown encoding: %s", encoding))
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

// lenientBase64 decodes as Node does: both alphabets, all else is passed over,
// padding ends the text.
func lenientBase64(text string) []byte {
	text, _, _ = strings.Cut(text, "=")
	clean := strings.Map(func(r rune) rune {
		switch {
		case r == '-':
			return '+'
		case r == '_':
			return '/'
		case r < 0x80 && (isHex(byte(r)) || r|0x20 >= 'a' && r|0x20 <= 'z' || r == '+' || r == '/'):
			return r
		}
		return -1
	}, text)
	if len(clean)%4 == 1 {
		clean = clean[:len(clean)-1]
	}
	b, err := base64.RawStdEncoding.DecodeString(clean)
	if err != nil {
		return nil
	}
	return b
}

// encode turns bytes into text by one of Node's encodings.
func (m *machine) encode(b []byte, encoding string) goja.Value {
	m.box.Spend(2 * int64(len(b)))
	switch strings.ToLower(encoding) {
	case "utf8", "utf-8":
		return m.vm.ToValue(strings.ToValidUTF8(string(b), "\ufffd"))
	case "base64":
		return m.vm.ToValue(base64.StdEncoding.EncodeToString(b))
	case "base64url":
		return m.vm.ToValue(base64.RawURLEncoding.EncodeToString(b))
	case "hex":
		return m.vm.ToValue(hex.EncodeToString(b))
	case "latin1", "binary", "ascii":
		mask := byte(0xff)
		if strings.EqualFold(encoding, "ascii") {
			mask = 0x7f
		}
		runes := make([]rune, len(b))
		for i, c := range b {
			runes[i] = rune(c & mask)
		}
		return m.vm.ToValue(string(runes))
	case "utf16le", "utf-16le", "ucs2", "ucs-2":
		units := make([]uint16, len(b)/2)
		for i := range units {
			units[i] = binary.LittleEndian.Uint16(b[2*i:])
		}
		return goja.StringFromUTF16(units)
	}
	panic(m.vm.NewTypeError("Unknown encoding: %s", encoding))
}
