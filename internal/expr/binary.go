package expr

import (
	"encoding/base64"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/dop251/goja"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// binary is $binary: the current item's files without their contents.
func (f frame) binary() goja.Value {
	it, err := f.m.e.scope.current(f.item)
	if err != nil {
		f.m.throw(err)
	}
	return f.m.toJS(binaryView(it.Binary, false))
}

func binaryView(files map[string]workflow.Binary, contents bool) *value.Object {
	out := value.NewObject(len(files))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		out.Set(name, fileView(files[name], contents))
	}
	return out
}

// fileView is a file as n8n describes one.
func fileView(b workflow.Binary, contents bool) *value.Object {
	o := value.NewObject(8)
	for _, f := range []struct{ key, v string }{
		{"mimeType", b.MimeType}, {"fileType", b.FileType}, {"fileExtension", b.Extension},
	} {
		if f.v != "" {
			o.Set(f.key, f.v)
		}
	}
	if contents && b.Data != nil {
		o.Set("data", base64.StdEncoding.EncodeToString(b.Data))
	}
	if b.FileName != "" {
		o.Set("fileName", b.FileName)
	}
	if b.Ref != "" {
		o.Set("id", b.Ref)
	}
	size := b.Size
	if size == 0 {
		size = int64(len(b.Data))
	}
	o.Set("fileSize", prettySize(size))
	o.Set("bytes", float64(size))
	return o
}

// prettySize writes a number of bytes as n8n does: 512 B, 1.34 kB.
func prettySize(n int64) string {
	const units = "kMGTP"
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	e := min(int(math.Log10(float64(n))/3), len(units))
	v, err := strconv.ParseFloat(strconv.FormatFloat(float64(n)/math.Pow(1000, float64(e)), 'g', 3, 64), 64)
	if err != nil {
		return ""
	}
	return value.FormatNumber(v) + " " + units[e-1:e] + "B"
}
