package httpapi_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"net/http"
	"strconv"
	"testing"
)

// pattern is n bytes that differ everywhere.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7919 >> 5)
	}
	return b
}

// A file larger than any answer is downloaded into the store, uploaded from
// there to another service, and read over the API piece by piece.
func TestFilesAreStreamedStoredAndReadInPieces(t *testing.T) {
	content := pattern(9 << 20) // more than one part, less than the plan's limit
	var uploaded [32]byte
	var length, kind string
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			h := sha256.New()
			_, _ = io.Copy(h, r.Body)
			uploaded, length, kind = [32]byte(h.Sum(nil)), r.Header.Get("Content-Length"), r.Header.Get("Content-Type")
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"ok": true}`))
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Disposition", "attachment; filename=\"../../etc/passwd\"")
		_, _ = w.Write(content)
	})
	c := newTenant(t, "FREE")
	id := c.create(line("Files", manual(),
		node("Get a/b", "n8n-nodes-base.httpRequest", 4.2, `{"url": "`+url+`", "options": {"response": {"response": {"responseFormat": "file", "outputPropertyName": "doc"}}}}`),
		node("Put", "n8n-nodes-base.httpRequest", 4.2, `{"method": "POST", "url": "`+url+`", "sendBody": true, "contentType": "binaryData", "inputDataFieldName": "doc", "options": {}}`),
	))
	job := c.run(id, `{}`)
	if job["status"] != "completed" {
		t.Fatalf("%v", job)
	}
	if uploaded != sha256.Sum256(content) || length != strconv.Itoa(len(content)) || kind != "text/html" {
		t.Errorf("uploaded something else: %s bytes of %s", length, kind)
	}
	run := job["jobId"].(string)
	path := "/api/executions/" + run + "/nodes/Get%20a%2Fb/files/doc"
	c.do("GET", path, nil).refused(413, "PAYLOAD_TOO_LARGE")
	var got []byte
	const piece = 4_000_000
	for len(got) < len(content) {
		a := c.do("GET", path, nil, "Range", "bytes="+strconv.Itoa(len(got))+"-"+strconv.Itoa(len(got)+piece-1))
		if a.status != 206 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if h := a.header; h.Get("Content-Disposition") != "attachment; filename=passwd" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "sandbox; default-src 'none'" {
			t.Fatalf("a stranger's page could run as ours: %v", h)
		}
		got = append(got, a.body...)
	}
	if !bytes.Equal(got, content) {
		t.Error("the pieces are not the file")
	}
	if a := c.do("GET", path, nil, "Range", "bytes=-5"); a.status != 206 || !bytes.Equal(a.body, content[len(content)-5:]) || a.header.Get("Content-Range") != "bytes 9437179-9437183/9437184" {
		t.Errorf("the last bytes: %d %v", a.status, a.header)
	}
	c.do("GET", path, nil, "Range", "bytes=99999999-").refused(422, "VALIDATION")
	c.do("GET", path+"?item=1", nil).refused(404, "NOT_FOUND")
	c.do("GET", "/api/executions/"+run+"/nodes/Get%20a%2Fb/files/other", nil).refused(404, "NOT_FOUND")
	newTenant(t, "FREE").do("GET", path, nil, "Range", "bytes=0-9").refused(404, "NOT_FOUND")
}

func TestFilesLargerThanThePlanAllowsAreRefused(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/zip")
		_, _ = w.Write(make([]byte, 10<<20+1))
	})
	workflow := line("Large", manual(),
		node("Get", "n8n-nodes-base.httpRequest", 4.2, `{"url": "`+url+`", "options": {}}`),
	)
	free, pro := newTenant(t, "FREE"), newTenant(t, "PRO")
	if job := free.run(free.create(workflow), `{}`); job["status"] != "failed" || job["error"].(map[string]any)["code"] != "PAYLOAD_TOO_LARGE" {
		t.Errorf("FREE: %v", job)
	}
	if job := pro.run(pro.create(workflow), `{}`); job["status"] != "completed" {
		t.Errorf("PRO: %v", job)
	}
}

// An item may say that its file is anywhere; only the tenant's own are opened.
func TestForgedReferencesToFilesAreRefused(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(pattern(100 << 10)) })
	victim, thief := newTenant(t, "FREE"), newTenant(t, "FREE")
	const options = `"options": {"response": {"response": {"responseFormat": "file"}}}`
	id := victim.create(line("Files", manual(), node("Get", "n8n-nodes-base.httpRequest", 4.2, `{"url": "`+url+`", `+options+`}`)))
	job := victim.run(id, `{}`)
	page := victim.do("GET", "/api/executions/"+job["jobId"].(string)+"/nodes/Get/output", nil).want(200)
	file := page["items"].([]any)[0].(map[string]any)["binary"].(map[string]any)["data"].(map[string]any)
	ref, _ := file["id"].(string)
	if ref == "" {
		t.Fatalf("the file is not in the store: %v", file)
	}
	upload := node("Put", "n8n-nodes-base.httpRequest", 4.2, `{"method": "POST", "url": "`+url+`", "sendBody": true, "contentType": "binaryData", "options": {}}`)
	for _, forged := range []string{ref, "../" + ref, thief.id + "/../" + ref} {
		pinned := `{"Start": [{"json": {}, "binary": {"data": {"mimeType": "text/plain", "fileName": "x", "bytes": 102400, "id": "` + forged + `"}}}]}`
		id := thief.create(line("Files", manual(), upload))
		job := thief.run(id, `{"test": {"pinData": `+pinned+`}}`)
		if e, _ := job["error"].(map[string]any); e["code"] != "FORBIDDEN" {
			t.Errorf("%s was opened: %v", forged, job)
		}
	}
}
