package data

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
)

func inItem(content []byte, name string) string {
	return `[{"json": {"a": 1}, "binary": {"data": {"mimeType": "application/zip", "fileName": "` + name + `", "data": "` + base64.StdEncoding.EncodeToString(content) + `"}}}]`
}

func zipOf(t *testing.T, files ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err == nil {
			_, err = f.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestCompressionThereAndBack(t *testing.T) {
	for _, format := range []string{"zip", "gzip"} {
		packed := run(t, "compression", 1.1, `{"operation": "compress", "outputFormat": "`+format+`", "binaryPropertyOutput": "out", "fileName": "all.x"}`, inItem([]byte("hello"), "a.txt"))
		if packed.Run.Failed() {
			t.Fatal(packed.Err)
		}
		archive := packed.Run.Outputs[0][0].Binary["out"]
		if archive.FileName != "all.x" || archive.MimeType != "application/"+format {
			t.Errorf("%+v", archive)
		}
		back := run(t, "compression", 1.1, `{}`, inItem(archive.Data, "a.txt.gz"))
		if f := back.Run.Outputs[0][0].Binary["file_0"]; string(f.Data) != "hello" || f.FileName != "a.txt" || f.MimeType != "text/plain" {
			t.Errorf("%s: %+v %v", format, f, back.Err)
		}
		if v, _ := back.Run.Outputs[0][0].JSON.Get("a"); v != 1.0 {
			t.Error("the item's fields are lost")
		}
	}
}

func TestCompressionOfHostileArchives(t *testing.T) {
	out := run(t, "compression", 1, `{}`, inItem(zipOf(t, "../../etc/passwd", "x", "__MACOSX/y", "", "dir/", "", `..\..\boot.ini`, "z"), "e.zip"))
	got := out.Run.Outputs[0][0].Binary
	if len(got) != 2 || got["file_0"].FileName != "passwd" || got["file_1"].FileName != "boot.ini" {
		t.Errorf("%+v", got)
	}
	bomb := strings.Repeat("\x00", 6<<20)
	for name, content := range map[string][]byte{
		"one large":     zipOf(t, "a", bomb, "b", bomb),
		"many":          zipOf(t, strings.Split(strings.Repeat("f,,", maxEntries+1), ",")[:2*(maxEntries+1)]...),
		"damaged":       append(zipOf(t, "a", "b")[:40], 1, 2, 3),
		"no archive":    []byte("plain"),
		"damaged gzip":  {0x1f, 0x8b, 8, 0, 1},
		"empty content": {},
	} {
		out := run(t, "compression", 1, `{}`, inItem(content, "e.zip"))
		if out.Err == nil || out.Err.Code != fault.CodePayloadTooLarge && out.Err.Code != fault.CodeNodeError {
			t.Errorf("%s: %v", name, out.Err)
		}
	}
}
