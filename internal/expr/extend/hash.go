package extend

import (
	"crypto/md5"  //nolint:gosec // authors choose the algorithm; nothing here relies on it
	"crypto/sha1" //nolint:gosec // the same
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/dop251/goja"
	encoding "golang.org/x/text/encoding/unicode"
)

// hash is text.hash(algorithm): md5 unless another is named.
func hash(s *Set, this goja.Value, args []goja.Value) goja.Value {
	name := "md5"
	if a := argument(args, 0); given(a) && !goja.IsNull(a) {
		text, ok := str(a)
		if !ok {
			panic(s.VM.NewTypeError("the algorithm is not text"))
		}
		name = strings.ToLower(text)
	}
	data := []byte(this.String())
	if name == "base64" {
		return s.VM.ToValue(base64.StdEncoding.EncodeToString(data))
	}
	sum := digest(name, data)
	if sum == nil {
		s.Throw("Unknown algorithm " + name + ". Available algorithms are: md5,sha1,sha224,sha256,sha384,sha512,sha3, and Base64.")
	}
	return s.VM.ToValue(hex.EncodeToString(sum))
}

func digest(name string, data []byte) []byte {
	switch name {
	case "md5":
		sum := md5.Sum(data) //nolint:gosec // see above
		return sum[:]
	case "sha1":
		sum := sha1.Sum(data) //nolint:gosec // see above
		return sum[:]
	case "sha224":
		sum := sha256.Sum224(data)
		return sum[:]
	case "sha256":
		sum := sha256.Sum256(data)
		return sum[:]
	case "sha384":
		sum := sha512.Sum384(data)
		return sum[:]
	case "sha512":
		sum := sha512.Sum512(data)
		return sum[:]
	case "sha3":
		sum := sha3.Sum512(data)
		return sum[:]
	}
	return nil
}

// validText reads UTF-8 as browsers do: each sequence that is wrong becomes one U+FFFD.
func validText(b []byte) string {
	out, err := encoding.UTF8.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	return string(out)
}

func base64Encode(v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) }

// base64Decode takes both alphabets, with or without padding, and passes over
// all other characters.
func base64Decode(v string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r == '-':
			return '+'
		case r == '_':
			return '/'
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '+' || r == '/':
			return r
		}
		return -1
	}, v)
	if len(clean)%4 == 1 {
		clean = clean[:len(clean)-1]
	}
	out, err := base64.RawStdEncoding.DecodeString(clean)
	if err != nil {
		return ""
	}
	return validText(out)
}
