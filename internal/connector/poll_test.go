package connector

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/nodetest"
	"github.com/automatelanka/automatelanka/internal/value"
)

// sheet is a Google sheet of many rows.
type sheet struct {
	rows  int
	cell  func(row int) string
	added int
}

func (s sheet) Do(req *http.Request, _ node.HTTPOptions) (*http.Response, error) {
	body := `{"sheets":[{"properties":{"sheetId":0,"title":"S"}}]}`
	if strings.Contains(req.URL.Path, "/values/") {
		var b strings.Builder
		b.WriteString(`{"values":[["A","B"]`)
		for i := range s.rows + s.added {
			fmt.Fprintf(&b, `,["row %d",%q]`, i, s.cell(i))
		}
		b.WriteString("]}")
		body = b.String()
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: req, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// polls polls the sheet twice; a row comes in between.
func (s sheet) polls(t *testing.T, output string) (node.Polled, error) {
	t.Helper()
	tc := &testCase{Version: 1, Parameters: value.Obj("documentId", "d", "sheetName", "S", "includeInOutput", output)}
	of, err := load(embedded, "googleSheetsTrigger")
	if err != nil {
		t.Fatal(err)
	}
	var found node.Polled
	for i := range 2 {
		env, step := tc.env(t, node.NewRegistry(Types()), of, map[string]map[string]string{"googleSheetsTriggerOAuth2Api": {"accessToken": "ya29.secret-1"}}, nil)
		s.added = i
		env.Services.HTTP, env.Run.Mode, env.Run.Now = s, "trigger", nodetest.Now.Add(time.Duration(i)*time.Minute)
		if found, err = node.Poll(t.Context(), env, step.Node, found.Cursor); err != nil {
			return found, err
		}
	}
	return found, nil
}

// What must be kept of a large sheet fits; what does not is said, before anything
// is lost.
func TestLargeSheets(t *testing.T) {
	plain := func(row int) string { return fmt.Sprint("some text ", row) }
	found, err := sheet{rows: 4000, cell: plain}.polls(t, "old")
	if err != nil || len(found.Items) != 1 {
		t.Errorf("%d items, %v", len(found.Items), err)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	noise := func(int) string {
		b := make([]byte, 400)
		for i := range b {
			b[i] = byte('a' + rnd.IntN(26))
		}
		return string(b)
	}
	if _, err := (sheet{rows: 4000, cell: noise}).polls(t, "both"); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("what cannot be kept: %v", err)
	}
	found, err = sheet{rows: 500, cell: noise}.polls(t, "new") // every row is another one: only hashes are kept
	if err != nil || len(found.Items) != 501 {
		t.Errorf("%d items, %v", len(found.Items), err)
	}
}

// feedOf is a feed of undated entries.
type feedOf []int

func (f feedOf) Do(req *http.Request, _ node.HTTPOptions) (*http.Response, error) {
	var b strings.Builder
	for _, n := range f {
		fmt.Fprintf(&b, "<item><guid>%d</guid></item>", n)
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: req, Body: io.NopCloser(strings.NewReader("<rss><channel>" + b.String() + "</channel></rss>"))}, nil
}

// More than one run may begin with is given by several polls, each thing once.
func TestManyNewThingsComeInSeveralPolls(t *testing.T) {
	tc := &testCase{Version: 1, Parameters: value.Obj("feedUrl", "https://feed.example/")}
	of, err := load(embedded, "rssFeedReadTrigger")
	if err != nil {
		t.Fatal(err)
	}
	var all feedOf
	for i := range 2*maxNew + 1 {
		all = append(all, i)
	}
	seen, sizes := map[string]int{}, []int{}
	var cursor []byte
	for i, f := range []feedOf{nil, all, all, all, all} {
		env, step := tc.env(t, node.NewRegistry(Types()), of, nil, nil)
		env.Services.HTTP, env.Run.Mode, env.Run.Now = f, "trigger", nodetest.Now.Add(time.Duration(i)*time.Minute)
		found, err := node.Poll(t.Context(), env, step.Node, cursor)
		if err != nil {
			t.Fatal(err)
		}
		cursor = found.Cursor
		sizes = append(sizes, len(found.Items))
		for _, it := range found.Items {
			guid, _ := it.JSON.Get("guid")
			seen[fmt.Sprint(guid)]++
		}
	}
	if fmt.Sprint(sizes) != fmt.Sprint([]int{0, maxNew, maxNew, 1, 0}) || len(seen) != len(all) {
		t.Errorf("the polls give %v things, %d different ones", sizes, len(seen))
	}
}

// A node type that does not poll, and a cursor that is none, are refused.
func TestPollsThatCannotBe(t *testing.T) {
	tc := &testCase{Version: 1, Parameters: value.Obj("feedUrl", "https://feed.example/")}
	of, err := load(embedded, "rssFeedReadTrigger")
	if err != nil {
		t.Fatal(err)
	}
	env, step := tc.env(t, node.NewRegistry(Types()), of, nil, nil)
	env.Services.HTTP = feedOf{1}
	if _, err := node.Poll(t.Context(), env, step.Node, []byte(`{"sinse":1}`)); !fault.Is(err, fault.Internal) {
		t.Errorf("a cursor that is none: %v", err)
	}
	other := *step.Node
	for typ, want := range map[string]string{"n8n-nodes-base.github": "does not poll", "n8n-nodes-base.nothing": "not supported"} {
		if other.Type = typ; typ == "n8n-nodes-base.github" {
			other.TypeVersion = 1
		}
		if _, err := node.Poll(t.Context(), env, &other, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", typ, err)
		}
	}
	env.Services.HTTP = nil
	if _, err := node.Poll(t.Context(), env, step.Node, nil); err == nil || !strings.Contains(err.Error(), "cannot run in this function") {
		t.Errorf("without a way out: %v", err)
	}
}
