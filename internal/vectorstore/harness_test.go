package vectorstore

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
)

// exchange is one request that a store must get, and its answer.
type exchange struct {
	want   string // method, path and body
	status int    // 0: 200
	answer string
}

// script is a server that wants its exchanges in their order.
type script struct {
	t    *testing.T
	list []exchange
	url  string
	last http.Header
}

func play(t *testing.T, list ...exchange) *script {
	t.Helper()
	s := &script{t: t, list: list}
	web := httptest.NewServer(s)
	s.url = web.URL
	t.Cleanup(func() {
		web.Close()
		if len(s.list) > 0 {
			t.Errorf("never asked: %s", s.list[0].want)
		}
	})
	return s
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	got := r.Method + " " + r.URL.RequestURI()
	if len(body) > 0 {
		got += " " + string(body)
	}
	s.last = r.Header
	if len(s.list) == 0 || s.list[0].want != got {
		want := "nothing"
		if len(s.list) > 0 {
			want = s.list[0].want
		}
		s.t.Errorf("asked\n%s\nwant\n%s", got, want)
		w.WriteHeader(http.StatusTeapot)
		return
	}
	x := s.list[0]
	s.list = s.list[1:]
	if x.status == 0 {
		x.status = http.StatusOK
	}
	w.WriteHeader(x.status)
	_, _ = io.WriteString(w, x.answer)
}

// Send implements Sender.
func (s *script) Send(req *http.Request, _ node.HTTPOptions) (*http.Response, error) {
	return http.DefaultClient.Do(req)
}

func (s *script) api() API { return API{Sender: s, Base: s.url + "/"} }

func object(t *testing.T, text string) *value.Object {
	t.Helper()
	o, err := value.ParseObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// two are points to insert.
func two(t *testing.T) []Point {
	return []Point{
		{ID: "id-1", Vector: []float32{1, 0.5}, Document: Document{"one", object(t, `{"a":{"b":[1,"x"]},"n":null}`)}},
		{ID: "id-2", Vector: []float32{0, 2}, Document: Document{"two", object(t, `{}`)}},
	}
}

func shown(list []Match) string {
	out := []any{}
	for _, m := range list {
		out = append(out, value.Obj("content", m.Content, "metadata", m.Metadata, "score", m.Score))
	}
	return string(value.JSON(out))
}
