package service

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// space is a shelf that lists its files and knows which are missing.
type space struct{ *shelf }

func (s space) List(_ context.Context, prefix string, most int) ([]node.StoredFile, error) {
	var out []node.StoredFile
	for k, v := range s.files {
		if strings.HasPrefix(k, prefix) {
			out = append(out, node.StoredFile{Key: k, Size: int64(len(v))})
		}
	}
	slices.SortFunc(out, func(a, b node.StoredFile) int { return strings.Compare(a.Key, b.Key) })
	return out[:min(len(out), most)], nil
}

func (s space) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	if _, ok := s.files[key]; !ok {
		return nil, fault.New(fault.NotFound, fault.CodeNotFound, "There is no stored object %s.", key)
	}
	return s.shelf.Get(ctx, key)
}

func fileWorld(typ string) (world, space) {
	s := space{&shelf{files: map[string]string{"other/files/secret.txt": "s", "t/e/N": "run"}}}
	return world{typ: typ, version: 1, services: node.Services{Files: s, Blobs: s}}, s
}

func withFile(t *testing.T, json, content string) []workflow.Item {
	return []workflow.Item{{JSON: object(t, json), Binary: map[string]workflow.Binary{"data": {Data: []byte(content), FileName: "a.txt", MimeType: "text/plain"}}}}
}

func TestFilesThereAndBack(t *testing.T) {
	w, s := fileWorld("readWriteFile")
	w.gives(t, `{"operation": "write", "fileName": "/data/in/a.csv"}`, withFile(t, `{"k": 1}`, "a,b"), `[{"k":1,"fileName":"/data/in/a.csv"}]`)
	w.gives(t, `{"operation": "write", "fileName": "C:\\data\\in\\b.txt"}`, withFile(t, `{}`, "one"), `[{"fileName":"C:\\data\\in\\b.txt"}]`)
	w.gives(t, `{"operation": "write", "fileName": "./data/in/b.txt", "options": {"append": true}}`, withFile(t, `{}`, "+two"), `[{"fileName":"./data/in/b.txt"}]`)
	if s.files["t/files/data/in/b.txt"] != "one+two" {
		t.Errorf("files %q", s.files)
	}
	for pattern, want := range map[string]string{
		"data/in/*": "a.csv b.txt", "/data/**/*.csv": "a.csv", "**/*.{csv,txt}": "a.csv b.txt", "data/in/?.txt": "b.txt", "data/*": "", "/data/in/b.txt": "b.txt",
		"data/in/[a-b].csv": "a.csv", "nothing.txt": "", "data/in/[!a].*": "b.txt", "**": "a.csv b.txt",
	} {
		out := w.execute(t, `{"fileSelector": "`+pattern+`"}`, items(t, `{}`))
		if out.Run.Failed() {
			t.Errorf("%s: %v", pattern, out.Err)
			continue
		}
		var names []string
		for _, it := range out.Run.Outputs[0] {
			names = append(names, node.Get(it.JSON, "fileName", ""))
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s selects %q, want %q", pattern, got, want)
		}
	}
	w.gives(t, `{"fileSelector": "/data/in/a.csv"}`, items(t, `{}`), `[{"mimeType":"text/csv; charset=utf-8","fileType":"text","fileName":"a.csv","fileExtension":"csv","fileSize":3,"directory":"/data/in"}]`)
}

func TestFilesOfOldWorkflows(t *testing.T) {
	w, s := fileWorld("writeBinaryFile")
	w.gives(t, `{"fileName": "x.json"}`, withFile(t, `{}`, "{}"), `[{"fileName":"x.json"}]`)
	w.typ = "readBinaryFile"
	out := w.execute(t, `{"filePath": "x.json", "dataPropertyName": "config"}`, items(t, `{"k": 1}`))
	if out.Run.Failed() || string(out.Run.Outputs[0][0].Binary["config"].Data) != "{}" {
		t.Errorf("%v %+v", out.Err, out.Run.Outputs)
	}
	if f := w.fails(t, `{"filePath": "y.json"}`, items(t, `{}`)); f.Kind != fault.NotFound || !strings.Contains(f.Message, "y.json") {
		t.Errorf("%v", f)
	}
	s.files["t/files/y.json"] = "y"
	w.typ = "readBinaryFiles"
	if out := w.execute(t, `{"fileSelector": "*.json"}`, items(t, `{}`)); out.Run.Failed() || len(out.Run.Outputs[0]) != 2 {
		t.Errorf("%v", out.Err)
	}
}

func TestFilesStayInTheTenantsSpace(t *testing.T) {
	for _, p := range []string{"../../other/files/secret.txt", "a/../../x", `..\\..\\other\\files\\secret.txt`, "", "/", ".", "a/", "a\u0000b", strings.Repeat("x", 800)} {
		w, s := fileWorld("readBinaryFile")
		w.fails(t, `{"filePath": "`+strings.ReplaceAll(p, "\u0000", `\u0000`)+`"}`, items(t, `{}`))
		w.typ = "writeBinaryFile"
		w.fails(t, `{"fileName": "`+strings.ReplaceAll(p, "\u0000", `\u0000`)+`"}`, withFile(t, `{}`, "x"))
		if len(s.files) != 2 {
			t.Errorf("%q wrote %q", p, s.files)
		}
	}
	w, _ := fileWorld("readWriteFile")
	w.gives(t, `{"fileSelector": "**"}`, items(t, `{}`), `[]`)
}

func TestFileSpaceHasLimits(t *testing.T) {
	w, s := fileWorld("writeBinaryFile")
	w.services.Blobs = s
	if f := w.fails(t, `{"fileName": "big"}`, withFile(t, `{}`, strings.Repeat("x", node.DefaultMaxFile+1))); f.Code != fault.CodePayloadTooLarge {
		t.Error(f)
	}
	for i := range node.SpaceOfFiles {
		s.files["t/files/"+string(rune('a'+i))] = strings.Repeat("x", node.DefaultMaxFile)
	}
	if f := w.fails(t, `{"fileName": "more"}`, withFile(t, `{}`, "x")); f.Code != fault.CodePayloadTooLarge {
		t.Error(f)
	}
	w.gives(t, `{"fileName": "a"}`, withFile(t, `{}`, "smaller"), `[{"fileName":"a"}]`)
}
