package workflow

import (
	"math"
	"strconv"

	"github.com/automatelanka/automatelanka/internal/value"
)

// SizeOf is how many bytes the items' json and files take as JSON, near enough
// for limits and statistics (escapes are not counted). Nothing is allocated.
func SizeOf(items []Item) int {
	n := 0
	for i := range items {
		n += sizeOfValue(items[i].JSON) + 1
		for name, f := range items[i].Binary {
			n += len(name) + len(f.FileName) + len(f.MimeType) + (len(f.Data)+2)/3*4
		}
	}
	return n
}

func sizeOfValue(v any) int {
	switch v := v.(type) {
	case bool, nil:
		return 4
	case string:
		return len(v) + 2
	case float64:
		return sizeOfNumber(v)
	case []any:
		n := 2
		for _, x := range v {
			n += sizeOfValue(x) + 1
		}
		return n
	case *value.Object:
		n := 2
		for i := range v.Len() {
			k, x := v.At(i)
			n += len(k) + 4 + sizeOfValue(x)
		}
		return n
	}
	return 8
}

func sizeOfNumber(f float64) int {
	if f != math.Trunc(f) || math.Abs(f) >= 1e15 {
		var b [32]byte
		return len(strconv.AppendFloat(b[:0], f, 'g', -1, 64))
	}
	n := 1
	if f < 0 {
		f, n = -f, 2
	}
	for ; f >= 10; f /= 10 {
		n++
	}
	return n
}
