package corpus

import (
	"bufio"
	"compress/gzip"
	"embed"
	"fmt"
	"io"

	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

//go:embed testdata/n8n-workflows-dev.jsonl.gz testdata/golden-dev.jsonl.gz
var files embed.FS

// maxLine is the longest line of the files, in bytes.
const maxLine = 64 << 20

// Entry is one workflow as it was published.
type Entry struct {
	File     string
	Workflow *value.Object
}

// Golden is one run in n8n.
type Golden struct {
	File      string
	Start     string // name of the start node
	Status    string // success or error
	ErrorNode string // the node that failed
	Order     []string
	PinData   map[string][]workflow.Item
	Nodes     map[string][]Run
	Checkable []string
}

// Run is one run of one node in n8n. A nil output fed nothing.
type Run struct {
	Outputs [][]*value.Object
	Error   bool
}

// Entries reads all workflows.
func Entries() ([]Entry, error) {
	var out []Entry
	err := lines("testdata/n8n-workflows-dev.jsonl.gz", func(o *value.Object) error {
		w, _ := o.Get("workflow")
		wf, ok := w.(*value.Object)
		if !ok {
			return fmt.Errorf("%s: no workflow", str(o, "file"))
		}
		out = append(out, Entry{File: str(o, "file"), Workflow: wf})
		return nil
	})
	return out, err
}

// Goldens reads all recorded runs.
func Goldens() ([]Golden, error) {
	var out []Golden
	err := lines("testdata/golden-dev.jsonl.gz", func(o *value.Object) error {
		g, err := golden(o)
		out = append(out, g)
		return err
	})
	return out, err
}

func lines(name string, each func(*value.Object) error) error {
	f, err := files.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	return scan(z, each)
}

func scan(r io.Reader, each func(*value.Object) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 1<<20), maxLine)
	for s.Scan() {
		o, err := value.ParseObject(s.Bytes())
		if err != nil {
			return err
		}
		if err := each(o); err != nil {
			return err
		}
	}
	return s.Err()
}

func golden(o *value.Object) (Golden, error) {
	g := Golden{
		File: str(o, "file"), Start: str(o, "startNode"), Status: str(o, "status"),
		Order: texts(o, "order"), Checkable: texts(o, "checkable"),
		PinData: map[string][]workflow.Item{}, Nodes: map[string][]Run{},
	}
	if e, ok := get[*value.Object](o, "error"); ok {
		g.ErrorNode = str(e, "node")
	}
	pins, _ := get[*value.Object](o, "pinData")
	for name, v := range pins.All() {
		items, err := workflow.ItemsOf(v)
		if err != nil {
			return g, fmt.Errorf("%s: %s: %w", g.File, name, err)
		}
		g.PinData[name] = items
	}
	nodes, _ := get[*value.Object](o, "nodes")
	for name, v := range nodes.All() {
		runs, _ := v.([]any)
		for _, r := range runs {
			g.Nodes[name] = append(g.Nodes[name], run(r))
		}
	}
	return g, nil
}

func run(v any) Run {
	o, _ := v.(*value.Object)
	_, failed := o.Get("error")
	r := Run{Error: failed}
	outs, _ := get[[]any](o, "main")
	for _, x := range outs {
		items, ok := x.([]any)
		if !ok {
			r.Outputs = append(r.Outputs, nil)
			continue
		}
		list := make([]*value.Object, len(items))
		for i, it := range items {
			list[i], _ = it.(*value.Object)
		}
		r.Outputs = append(r.Outputs, list)
	}
	return r
}

func get[T any](o *value.Object, key string) (T, bool) {
	v, _ := o.Get(key)
	t, ok := v.(T)
	return t, ok
}

func str(o *value.Object, key string) string {
	s, _ := get[string](o, key)
	return s
}

func texts(o *value.Object, key string) []string {
	list, _ := get[[]any](o, key)
	out := make([]string, len(list))
	for i, v := range list {
		out[i], _ = v.(string)
	}
	return out
}
