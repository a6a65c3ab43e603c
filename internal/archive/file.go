package archive

import (
	"context"
	"encoding/base64"
	"encoding/json"
)

// exportedFile is a file in an export, as the JSON {"base64":…,"key":…}, of which any
// part can be made without the rest: it may be larger than the memory.
type exportedFile struct {
	files FileReader
	key   string
	size  int64
}

const fileHead = `{"base64":"`

func (f *exportedFile) tail() string {
	key, _ := json.Marshal(f.key) // a text: it cannot fail
	return `","key":` + string(key) + `}`
}

// encoded is the size of the file in base64.
func (f *exportedFile) encoded() int { return int(f.size+2) / 3 * 4 }

func (f *exportedFile) length() int { return len(fileHead) + f.encoded() + len(f.tail()) }

// text gives the JSON from a position to another, which is not included, and the
// version of the file that it is of; "" if it has nothing of the file.
func (f *exportedFile) text(ctx context.Context, from, to int) (b []byte, version string, err error) {
	head, encoded := len(fileHead), f.encoded()
	b = append(b, part(fileHead, from, to)...)
	if lo, hi := max(from-head, 0), min(to-head, encoded); lo < hi {
		// Four characters are three bytes.
		first, last := int64(lo/4)*3, min(int64((hi+3)/4)*3, f.size)
		var raw []byte
		if raw, version, err = f.files.Part(ctx, f.key, first, last); err != nil {
			return nil, "", err
		}
		text := base64.StdEncoding.EncodeToString(raw)
		b = append(b, part(text, lo-lo/4*4, hi-lo/4*4)...)
	}
	return append(b, part(f.tail(), from-head-encoded, to-head-encoded)...), version, nil
}

// part is what of a text lies between two positions, which may be outside.
func part(s string, from, to int) string {
	from, to = max(from, 0), min(to, len(s))
	if from >= to {
		return ""
	}
	return s[from:to]
}
