package expr

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // authors choose the algorithm; nothing here relies on it
	"crypto/sha1" //nolint:gosec // the same
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"net/url"
	"strings"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/ident"
)

func formDecode(text string) string {
	if out, err := url.QueryUnescape(text); err == nil {
		return strings.ToValidUTF8(out, "\ufffd")
	}
	return text
}

// parseURL reads an address for the class URL; undefined if it is none.
func (m *machine) parseURL(call goja.FunctionCall) goja.Value {
	u, err := url.Parse(strings.TrimSpace(call.Argument(0).String()))
	if base := call.Argument(1).String(); err == nil && base != "" && u.Scheme == "" {
		var b *url.URL
		if b, err = url.Parse(base); err == nil {
			u = b.ResolveReference(u)
		}
	}
	if err != nil || u.Scheme == "" || (u.Host == "" && special[u.Scheme] != "") {
		return goja.Undefined()
	}
	o := m.vm.NewObject()
	password, _ := u.User.Password()
	port := u.Port()
	if port == special[u.Scheme] {
		port = ""
	}
	pathname := u.EscapedPath()
	if u.Opaque != "" {
		pathname = u.Opaque
	} else if pathname == "" && special[u.Scheme] != "" {
		pathname = "/"
	}
	for k, v := range map[string]string{
		"protocol": u.Scheme + ":", "username": u.User.Username(), "password": password, "hostname": strings.ToLower(u.Hostname()),
		"port": port, "pathname": pathname, "search": prefixed("?", u.RawQuery), "hash": prefixed("#", u.EscapedFragment()),
	} {
		m.put(o, k, m.vm.ToValue(v))
	}
	m.put(o, "slashes", m.vm.ToValue(u.Opaque == ""))
	return o
}

// special are the schemes with a host, and their ports.
var special = map[string]string{"http": "80", "https": "443", "ftp": "21", "ws": "80", "wss": "443"}

func prefixed(mark, s string) string {
	if s == "" {
		return ""
	}
	return mark + s
}

var hashes = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
}

func (m *machine) digest(call goja.FunctionCall) goja.Value {
	newHash := hashes[strings.ReplaceAll(call.Argument(0).String(), "-", "")]
	h := newHash()
	if key := call.Argument(2); !goja.IsUndefined(key) {
		h = hmac.New(newHash, bytesOf(key))
	}
	h.Write(bytesOf(call.Argument(1)))
	return m.buffer(h.Sum(nil))
}

// maxRandom bounds one request for random bytes.
const maxRandom = 1 << 20

func (m *machine) random(call goja.FunctionCall) goja.Value {
	n := call.Argument(0).ToInteger()
	if n < 0 || n > maxRandom {
		panic(m.vm.NewTypeError("at most %d random bytes are given at once", maxRandom))
	}
	return m.buffer(chance(int(n)))
}

// chance returns n random bytes.
func chance(n int) []byte {
	b := make([]byte, 0, n+32)
	for len(b) < n {
		more, err := base64.RawURLEncoding.DecodeString(ident.Secret())
		if err != nil {
			panic(err) // it is made so
		}
		b = append(b, more...)
	}
	return b[:n]
}

func uuid() string {
	b := chance(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
