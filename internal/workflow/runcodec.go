package workflow

import (
	"fmt"
	"strconv"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

// runFormat is the version of the checkpoint form, kept in each.
const runFormat = 1

// AppendRun appends a node run as JSON with short keys: the form of checkpoints.
// Fields that are zero are left out. StartedAt is kept to the microsecond.
func AppendRun(b []byte, r *NodeRun) []byte {
	w := runWriter{append(b, `{"v":`...)}
	w.b = strconv.AppendInt(w.b, runFormat, 10)
	w.text("n", r.Node)
	w.int("i", int64(r.Index))
	w.text("s", string(r.Status))
	if r.Outputs != nil {
		w.b = append(w.b, `,"o":[`...)
		for i, items := range r.Outputs {
			if i > 0 {
				w.b = append(w.b, ',')
			}
			w.b = AppendItems(w.b, items)
		}
		w.b = append(w.b, ']')
	}
	w.sources(r.Sources)
	if r.State != nil {
		w.b = value.Append(append(w.b, `,"st":`...), r.State)
	}
	w.failure(r.Error)
	w.int("a", int64(r.Attempts))
	if !r.StartedAt.IsZero() {
		w.int("t", r.StartedAt.UnixMicro())
	}
	w.int("d", int64(r.Duration))
	w.int("ii", int64(r.InItems))
	w.int("oi", int64(r.OutItems))
	w.int("ib", int64(r.InBytes))
	w.int("ob", int64(r.OutBytes))
	w.usage(r.Usage)
	w.int("c", r.CostMicro)
	if s := r.Sub; s != nil {
		w.b = strconv.AppendInt(append(w.b, `,"w":{"n":`...), int64(s.Count), 10)
		w.int("t", s.Tokens)
		w.int("c", s.CostMicro)
		w.b = append(w.b, '}')
	}
	if r.Logs != nil {
		logs := make([]any, len(r.Logs))
		for i, l := range r.Logs {
			logs[i] = l
		}
		w.b = value.Append(append(w.b, `,"l":`...), logs)
	}
	if r.Pinned {
		w.b = append(w.b, `,"p":true`...)
	}
	return append(w.b, '}')
}

type runWriter struct{ b []byte }

func (w *runWriter) key(k string) {
	w.b = append(append(append(w.b, `,"`...), k...), `":`...)
}

func (w *runWriter) text(k, s string) {
	if s != "" {
		w.key(k)
		w.b = value.AppendString(w.b, s)
	}
}

func (w *runWriter) int(k string, n int64) {
	if n != 0 {
		w.key(k)
		w.b = strconv.AppendInt(w.b, n, 10)
	}
}

func (w *runWriter) sources(list []Source) {
	if list == nil {
		return
	}
	w.b = append(w.b, `,"f":[`...)
	for i, s := range list {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.b = append(w.b, '[')
		w.b = value.AppendString(w.b, s.Node)
		w.b = strconv.AppendInt(append(w.b, ','), int64(s.Output), 10)
		w.b = strconv.AppendInt(append(w.b, ','), int64(s.Run), 10)
		w.b = append(w.b, ']')
	}
	w.b = append(w.b, ']')
}

func (w *runWriter) failure(e *NodeError) {
	if e == nil {
		return
	}
	w.b = append(w.b, `,"e":{"c":`...)
	w.b = value.AppendString(w.b, string(e.Code))
	w.text("m", e.Message)
	w.text("d", e.Detail)
	w.int("i", int64(e.Item))
	w.int("l", int64(e.Line))
	w.text("x", e.Child)
	w.b = append(w.b, '}')
}

func (w *runWriter) usage(u *TokenUsage) {
	if u == nil {
		return
	}
	w.b = append(w.b, `,"u":{"m":`...)
	w.b = value.AppendString(w.b, u.Model)
	w.int("p", u.Prompt)
	w.int("c", u.Completion)
	w.int("t", u.Total)
	w.int("k", u.Cached)
	w.b = append(w.b, '}')
}

// ParseRun reads what AppendRun wrote.
func ParseRun(raw []byte) (*NodeRun, error) {
	o, err := value.ParseObject(raw)
	if err != nil {
		return nil, err
	}
	if v := integer(o, "v"); v != runFormat {
		return nil, fmt.Errorf("checkpoint of form %d; this program reads form %d", v, runFormat)
	}
	r := &NodeRun{
		Node: text(o, "n"), Index: int(integer(o, "i")), Status: RunStatus(text(o, "s")),
		Attempts: int(integer(o, "a")), Duration: time.Duration(integer(o, "d")),
		InItems: int(integer(o, "ii")), OutItems: int(integer(o, "oi")),
		InBytes: int(integer(o, "ib")), OutBytes: int(integer(o, "ob")),
		CostMicro: integer(o, "c"), Pinned: flag(o, "p"),
	}
	if t := integer(o, "t"); t != 0 {
		r.StartedAt = time.UnixMicro(t).UTC()
	}
	r.State, _ = field[*value.Object](o, "st")
	if r.Outputs, err = outputsOf(o); err != nil {
		return nil, err
	}
	r.Sources = sourcesOf(o)
	if e, ok := field[*value.Object](o, "e"); ok {
		r.Error = &NodeError{
			Code: fault.Code(text(e, "c")), Message: text(e, "m"), Detail: text(e, "d"),
			Item: int(integer(e, "i")), Line: int(integer(e, "l")), Child: text(e, "x"),
		}
	}
	if u, ok := field[*value.Object](o, "u"); ok {
		r.Usage = &TokenUsage{
			Model: text(u, "m"), Prompt: integer(u, "p"), Completion: integer(u, "c"),
			Total: integer(u, "t"), Cached: integer(u, "k"),
		}
	}
	if s, ok := field[*value.Object](o, "w"); ok {
		r.Sub = &SubRuns{Count: int(integer(s, "n")), Tokens: integer(s, "t"), CostMicro: integer(s, "c")}
	}
	if logs, ok := field[[]any](o, "l"); ok {
		r.Logs = make([]string, len(logs))
		for i, l := range logs {
			r.Logs[i], _ = l.(string)
		}
	}
	return r, nil
}

func outputsOf(o *value.Object) ([][]Item, error) {
	list, ok := field[[]any](o, "o")
	if !ok {
		return nil, nil
	}
	outs := make([][]Item, len(list))
	for i, x := range list {
		items, err := ItemsOf(x)
		if err != nil {
			return nil, fmt.Errorf("output %d: %w", i, err)
		}
		outs[i] = items
	}
	return outs, nil
}

func sourcesOf(o *value.Object) []Source {
	list, ok := field[[]any](o, "f")
	if !ok {
		return nil
	}
	out := make([]Source, len(list))
	for i, x := range list {
		t, _ := x.([]any)
		if len(t) != 3 {
			continue
		}
		out[i].Node, _ = t[0].(string)
		output, _ := t[1].(float64)
		run, _ := t[2].(float64)
		out[i].Output, out[i].Run = int(output), int(run)
	}
	return out
}

func integer(o *value.Object, key string) int64 {
	n, _ := field[float64](o, key)
	return int64(n)
}
