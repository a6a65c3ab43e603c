package hook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

func TestItemHasN8nsShape(t *testing.T) {
	f := setup(t, "2", `{"path":"user/:id","httpMethod":"PUT"}`)
	w := f.call("PUT", "/hooks/ten_a/user/a%20b?x=1&y=2&y=3&f[a]=4", "application/json; charset=utf-8", []byte(`{"b":1,"a":[2]}`), "X-Thing", "yes")
	if w.Code != 200 || w.Body.String() != `{"message":"Workflow was started"}` {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	got := f.item(t).JSON
	if h, _ := value.Path(got, "headers", "x-thing"); h != "yes" {
		t.Errorf("headers: %s", value.JSON(got))
	}
	got.Delete("headers")
	want := `{"params":{"id":"a b"},"query":{"x":"1","y":["2","3"],"f":{"a":"4"}},"body":{"b":1,"a":[2]},` +
		`"webhookUrl":"https://al.example/hooks/ten_a/user/:id","executionMode":"production"}`
	if s := string(value.JSON(got)); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	l := f.desk.launches[0]
	if l.Tenant != "ten_a" || l.WorkflowID != "wf_1" || l.Version != 1 || l.Start.Node != "Hook" || l.Start.Mode != "webhook" || l.Trigger != "webhook" {
		t.Errorf("%+v", l)
	}
}

// The declared type alone decides: nothing in a body of one type is ever taken for
// another (CVE-2026-21858 read files that a JSON body named).
func TestContentTypesAreNeverConfused(t *testing.T) {
	form := &bytes.Buffer{}
	mw := multipart.NewWriter(form)
	_ = mw.WriteField("a", "1")
	part, _ := mw.CreateFormFile("up", "../../etc/passwd")
	_, _ = io.WriteString(part, "hello")
	_ = mw.Close()
	evil := `{"files":{"up":{"filepath":"/etc/passwd","originalFilename":"x","mimetype":"text/plain"}},"data":1}`
	for _, c := range []struct {
		name, typ, body string
		want            string   // the body in the item
		files           []string // properties with files
	}{
		{"JSON", "application/json", `[1,{"a":2}]`, `[1,{"a":2}]`, nil},
		{"JSON with what looks like files", "application/json", evil, evil, nil},
		{"other JSON", "application/vnd.x+json", `{"a":1}`, `{"a":1}`, nil},
		{"form", "application/x-www-form-urlencoded", "a=1&b=2+3&a=%C3%A9", `{"a":["1","é"],"b":"2 3"}`, nil},
		{"form with JSON", "application/x-www-form-urlencoded", evil, `{` + string(value.JSON(evil)) + `:""}`, nil},
		{"text", "text/plain; charset=utf-8", `{"a":1}`, `"{\"a\":1}"`, nil},
		{"XML", "application/xml", `<R v="1"><a>x</a><a>y</a><b> z  w </b></R>`, `{"r":{"$":{"v":"1"},"a":["x","y"],"b":"z w"}}`, nil},
		{"multipart", mw.FormDataContentType(), form.String(), `{"a":"1"}`, []string{"up"}},
		{"multipart sent as JSON", "text/plain", form.String(), string(value.JSON(form.String())), nil},
		{"image", "image/png", "\x89PNG", `{}`, []string{"data"}},
		{"no type", "", "abc", `{}`, []string{"data"}},
		{"damaged type", "application/json;;;=", `{"a":1}`, `{}`, []string{"data"}},
		{"multipart in name only", "multipart/mixed; boundary=x", form.String(), `{}`, []string{"data"}},
		{"nothing", "application/json", "", `{}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := setup(t, "2", post)
			if w := f.call("POST", "/hooks/ten_a/in", c.typ, []byte(c.body)); w.Code != 200 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			it := f.item(t)
			body, _ := it.JSON.Get("body")
			if got := string(value.JSON(body)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			var files []string
			for name := range it.Binary {
				files = append(files, name)
			}
			if d := cmp.Diff(c.files, files); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestFilesStayInMemoryUnderTheirFields(t *testing.T) {
	f := setup(t, "2", post)
	form := &bytes.Buffer{}
	mw := multipart.NewWriter(form)
	for i, name := range []string{`C:\x\a.txt`, "../b.txt"} {
		part, _ := mw.CreateFormFile("docs[]", name)
		_, _ = fmt.Fprint(part, "file ", i)
	}
	_ = mw.Close()
	f.call("POST", "/hooks/ten_a/in", mw.FormDataContentType(), form.Bytes())
	it := f.item(t)
	got := map[string]string{}
	for name, b := range it.Binary {
		got[name] = b.FileName + " " + b.Extension + " " + string(b.Data)
		if b.Ref != "" {
			t.Errorf("%s refers to something outside: %q", name, b.Ref)
		}
	}
	if d := cmp.Diff(map[string]string{"docs0": "a.txt txt file 0", "docs1": "b.txt txt file 1"}, got); d != "" {
		t.Error(d)
	}
}

func TestRawBodyAndVersionOne(t *testing.T) {
	f := setup(t, "2", `{"path":"in","httpMethod":"POST","options":{"rawBody":true}}`)
	f.call("POST", "/hooks/ten_a/in", "application/json", []byte(`{ "a" : 1 }`))
	if it := f.item(t); string(it.Binary["data"].Data) != `{ "a" : 1 }` || it.Binary["data"].MimeType != "application/json" {
		t.Errorf("%+v", it.Binary)
	}
	f = setup(t, "1", post)
	f.call("POST", "/hooks/ten_a/in", "image/png", []byte("x"))
	if it := f.item(t); it.Binary != nil {
		t.Errorf("version 1 keeps no file unasked: %+v", it.Binary)
	}
	f = setup(t, "1", `{"path":"in","httpMethod":"POST","options":{"binaryData":true,"binaryPropertyName":"pic"}}`)
	f.call("POST", "/hooks/ten_a/in", "image/png", []byte("x"))
	if it := f.item(t); it.Binary["pic"].FileType != "image" {
		t.Errorf("%+v", it.Binary)
	}
}

func TestCallsThatAreRefused(t *testing.T) {
	big := bytes.Repeat([]byte("x"), 4<<20+1)
	deep := strings.Repeat("<a>", 200) + strings.Repeat("</a>", 200)
	for _, c := range []struct {
		name, method, target, typ string
		body                      []byte
		status                    int
		code                      string
	}{
		{"another tenant", "POST", "/hooks/ten_b/in", "", nil, 404, "NOT_FOUND"},
		{"another path", "POST", "/hooks/ten_a/out", "", nil, 404, "NOT_FOUND"},
		{"another method", "GET", "/hooks/ten_a/in", "", nil, 404, "NOT_FOUND"},
		{"no path", "POST", "/hooks/ten_a/", "", nil, 404, "NOT_FOUND"},
		{"no tenant", "POST", "/hooks//in", "", nil, 404, "NOT_FOUND"},
		{"a tenant that reaches into keys", "POST", "/hooks/ten_a%23AUDIT/in", "", nil, 404, "NOT_FOUND"},
		{"a path that reaches into keys", "POST", "/hooks/ten_a/in%23x", "", nil, 404, "NOT_FOUND"},
		{"too large", "POST", "/hooks/ten_a/in", "text/plain", big, 413, "PAYLOAD_TOO_LARGE"},
		{"no JSON", "POST", "/hooks/ten_a/in", "application/json", []byte(`{"a":`), 422, "VALIDATION"},
		{"no XML", "POST", "/hooks/ten_a/in", "text/xml", []byte(`<a><b></a>`), 422, "VALIDATION"},
		{"XML with entities", "POST", "/hooks/ten_a/in", "text/xml", []byte(`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`), 422, "VALIDATION"},
		{"deep XML", "POST", "/hooks/ten_a/in", "text/xml", []byte(deep), 422, "VALIDATION"},
		{"no multipart", "POST", "/hooks/ten_a/in", "multipart/form-data", []byte(`x`), 422, "VALIDATION"},
		{"broken multipart", "POST", "/hooks/ten_a/in", "multipart/form-data; boundary=b", []byte("--b\r\n\r\nx"), 422, "VALIDATION"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := setup(t, "2", post)
			w := f.call(c.method, c.target, c.typ, c.body)
			var p struct{ Code string }
			_ = json.Unmarshal(w.Body.Bytes(), &p)
			if w.Code != c.status || p.Code != c.code || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if len(f.desk.launches) != 0 {
				t.Error("a run was started")
			}
		})
	}
}

func FuzzReadBody(f *testing.F) {
	f.Add("application/json", []byte(`{"a":[1,null]}`))
	f.Add("application/x-www-form-urlencoded", []byte(`a[b][]=1&a=2&&=`))
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"x\"; filename=\"../y\"\r\n\r\nz\r\n--b--"))
	f.Add("text/xml", []byte(`<a x="1"><b/>t<![CDATA[c]]></a>`))
	f.Add("", []byte{0xff})
	f.Fuzz(func(t *testing.T, typ string, raw []byte) {
		_, b, err := readBody(typ, raw)
		if err != nil {
			if fault.Of(err).Kind != fault.Invalid {
				t.Errorf("%v", err)
			}
			return
		}
		if _, err := value.Parse(value.JSON(b.value)); err != nil {
			t.Errorf("the body is no JSON value: %v", err)
		}
		for _, file := range b.files {
			if strings.ContainsAny(file.name, `/\`) && file.name != "/" {
				t.Errorf("a file's name is a path: %q", file.name)
			}
		}
		_ = queryOf(string(raw))
	})
}
