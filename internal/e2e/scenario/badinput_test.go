package scenario

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestBadWorkflowsAreRefusedClearly: each says what is wrong, and loses nothing.
func TestBadWorkflowsAreRefusedClearly(t *testing.T) {
	w := setup(t, nil)
	for name, c := range map[string]struct {
		body   string
		status int
		says   string
	}{
		"invalid JSON":    {`{"nodes": [`, http.StatusUnprocessableEntity, "JSON"},
		"no workflow":     {`[1,2]`, http.StatusUnprocessableEntity, ""},
		"no nodes":        {`{"name":"x"}`, http.StatusUnprocessableEntity, "nodes"},
		"ten megabytes":   {`{"name":"` + strings.Repeat("x", 10<<20) + `"}`, http.StatusRequestEntityTooLarge, "PAYLOAD_TOO_LARGE"},
		"deep JSON":       {strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000), http.StatusUnprocessableEntity, ""},
		"doubled name":    {strings.ReplaceAll(chain("A"+noop, "B"+noop), `"name":"B"`, `"name":"A"`), http.StatusUnprocessableEntity, "A"},
		"endless cycle":   {strings.Replace(chain("A"+noop, "B"+noop), `"A":{`, `"B":{"main":[[{"node":"A","type":"main","index":0}]]},"A":{`, 1), http.StatusUnprocessableEntity, "A"},
		"endless name":    {strings.ReplaceAll(chain("A"+noop), `"name":"A"`, `"name":"`+strings.Repeat("A", 500_000)+`"`), http.StatusUnprocessableEntity, "nodes[1].name"},
		"link to nowhere": {strings.Replace(chain("A"+noop), `"node":"A"`, `"node":"Gone"`, 1), http.StatusUnprocessableEntity, "Gone"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := w.Do(w.ctx, http.MethodPost, "/api/workflows", []byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if a.Status != c.status || !bytes.Contains(a.Body, []byte(c.says)) || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/problem+json") {
				t.Errorf("%d %s %.300s; want a problem with %d that names %q", a.Status, a.Header.Get("Content-Type"), a.Body, c.status, c.says)
			}
		})
	}
}

// TestHostileNodesFailByNameAndThePlatformGoesOn: the node is named, the code
// says what kind of limit it was, and the next run is served as before.
func TestHostileNodesFailByNameAndThePlatformGoesOn(t *testing.T) {
	w := setupWith(t, nil, realTime)
	for name, c := range map[string]struct {
		node  string
		codes string
	}{
		"unknown type":       {`|n8n-nodes-base.doesNotExist|1|{}`, "NODE_TYPE_UNSUPPORTED"},
		"endless expression": {fmt.Sprintf(field, "={{ (() => { while (true) {} })() }}"), "EXPRESSION_ERROR CODE_LIMIT"},
		"huge string":        {fmt.Sprintf(field, "={{ 'x'.repeat(1e9) }}"), "EXPRESSION_ERROR CODE_LIMIT"},
		"array for ever":     {fmt.Sprintf(field, "={{ (() => { const a = []; while (true) a.push(a.length) })() }}"), "EXPRESSION_ERROR CODE_LIMIT"},
		"endless recursion":  {fmt.Sprintf(field, "={{ (function f() { return f() })() }}"), "EXPRESSION_ERROR CODE_LIMIT"},
		"endless code":       {fmt.Sprintf(js, "while (true) {}") + `,"timeout":1`, "CODE_LIMIT"},
		"endless message":    {fmt.Sprintf(js, "throw new Error('x'.repeat(5e6))"), "CODE_ERROR"},
		"private address":    {`|n8n-nodes-base.httpRequest|4.2|{"url":"http://169.254.169.254/latest/meta-data","options":{}}`, "ADDRESS_REFUSED"},
		"code that throws":   {fmt.Sprintf(js, "throw new Error('broken on purpose')"), "CODE_ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			j := w.await(t, w.start(t, chain("Culprit"+c.node)), "failed")
			if j.FailedAt != "Culprit" || j.Error == nil || !strings.Contains(c.codes, j.Error.Code) || j.Error.Message == "" {
				t.Errorf("failed at %q with %+v; want Culprit with one of %s", j.FailedAt, j.Error, c.codes)
			}
			w.await(t, w.start(t, chain("Fine"+noop)), "completed")
		})
	}
}

// TestManyParallelBranchesEnd: however many nodes are ready at once, and however
// long their names are, what is handed out fits the state machine's state.
func TestManyParallelBranchesEnd(t *testing.T) {
	w := setupWith(t, nil, realTime)
	const branches = 100 // of names that JSON makes six times as long
	var nodes, targets []string
	for i := range branches {
		name := fmt.Sprintf("%d%s", i, strings.Repeat(`\u0001`, 500))
		nodes = append(nodes, fmt.Sprintf(`{"name":"%s","type":"n8n-nodes-base.httpRequest","typeVersion":4.2,"parameters":{"url":"http://ADDR/branch","options":{}}}`, name))
		targets = append(targets, fmt.Sprintf(`{"node":"%s","type":"main","index":0}`, name))
	}
	w.await(t, w.start(t, `{"name":"wide","settings":{"executionOrder":"v1","parallelBranches":true},
		"nodes":[{"name":"Start","type":"n8n-nodes-base.manualTrigger","typeVersion":1,"parameters":{}},`+strings.Join(nodes, ",")+`],
		"connections":{"Start":{"main":[[`+strings.Join(targets, ",")+`]]}}}`), "completed")
	if n := w.counter.Calls("/branch"); n != branches {
		t.Errorf("%d calls of %d branches", n, branches)
	}
}

func TestRequestWithoutCredentialIsAProblem(t *testing.T) {
	w := setup(t, nil)
	for _, key := range []string{"", "alk_wrong"} {
		a, err := w.as(key).Do(w.ctx, http.MethodGet, "/api/workflows", nil)
		if err != nil {
			t.Fatal(err)
		}
		if a.Status != http.StatusUnauthorized || !bytes.Contains(a.Body, []byte(`"UNAUTHENTICATED"`)) {
			t.Errorf("key %q gives %d %s; want 401 UNAUTHENTICATED", key, a.Status, a.Body)
		}
	}
}

// Many clients send a whole body before they read: they too must see the answer,
// and not a broken connection.
func TestLargeBodyIsRefusedToClientsThatSendItAllFirst(t *testing.T) {
	w := setup(t, nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	body := bytes.Repeat([]byte("x"), 10<<20)
	head := fmt.Sprintf("POST /api/workflows HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", w.Key, len(body))
	if _, err := conn.Write(append([]byte(head), body...)); err != nil {
		t.Fatalf("the body could not be sent: %v", err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var p struct{ Code string }
	if err := json.NewDecoder(resp.Body).Decode(&p); err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge || p.Code != "PAYLOAD_TOO_LARGE" {
		t.Errorf("%d %+v, %v", resp.StatusCode, p, err)
	}
}
