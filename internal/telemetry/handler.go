package telemetry

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/value"
)

// NewJSONHandler returns a handler that writes one JSON object a line to w, with
// "timestamp" (RFC 3339, UTC, milliseconds) and "level" as Lambda's log filter
// wants them. Times come from c. Records below level are dropped.
func NewJSONHandler(w io.Writer, c clock.Clock, level slog.Level) slog.Handler {
	return &jsonHandler{out: &output{w: w}, clock: c, level: level}
}

// output serialises lines; it is shared by all handlers derived from one.
type output struct {
	mu sync.Mutex
	w  io.Writer
}

type jsonHandler struct {
	out   *output
	clock clock.Clock
	level slog.Level
	with  []byte // the attributes of With, already written
	group string
}

// appender writes itself as JSON.
type appender interface{ appendJSON(b []byte) []byte }

var lines = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}

// maxPooledLine keeps one huge line from holding its memory for ever.
const maxPooledLine = 64 << 10

func (h *jsonHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

func (h *jsonHandler) Handle(_ context.Context, r slog.Record) error {
	buf := lines.Get().(*[]byte)
	b := append((*buf)[:0], `{"timestamp":`...)
	b = appendTime(b, h.clock.Now())
	b = append(append(b, `,"level":"`...), r.Level.String()...)
	b = append(b, `","msg":`...)
	b = value.AppendString(b, Redact(r.Message))
	b = append(b, h.with...)
	r.Attrs(func(a slog.Attr) bool {
		b = appendAttr(b, h.group, a)
		return true
	})
	b = append(b, "}\n"...)
	h.out.mu.Lock()
	_, err := h.out.w.Write(b)
	h.out.mu.Unlock()
	if cap(b) <= maxPooledLine {
		*buf = b
		lines.Put(buf)
	}
	return err
}

func (h *jsonHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	next.with = append([]byte(nil), h.with...)
	for _, a := range attrs {
		next.with = appendAttr(next.with, h.group, a)
	}
	return &next
}

// WithGroup puts the name before the keys that follow, with a dot between.
func (h *jsonHandler) WithGroup(name string) slog.Handler {
	next := *h
	next.group = h.group + name + "."
	return &next
}

func appendAttr(b []byte, group string, a slog.Attr) []byte {
	v := a.Value.Resolve()
	if a.Key == "" && v.Kind() != slog.KindGroup {
		return b
	}
	if v.Kind() == slog.KindGroup && a.Key == "" {
		for _, m := range v.Group() {
			b = appendAttr(b, group, m)
		}
		return b
	}
	b = append(b, ',')
	b = value.AppendString(b, group+a.Key)
	b = append(b, ':')
	return appendValue(b, v)
}

func appendValue(b []byte, v slog.Value) []byte {
	switch v.Kind() {
	case slog.KindString:
		return value.AppendString(b, Redact(v.String()))
	case slog.KindInt64:
		return strconv.AppendInt(b, v.Int64(), 10)
	case slog.KindUint64:
		return strconv.AppendUint(b, v.Uint64(), 10)
	case slog.KindFloat64:
		return value.Append(b, v.Float64())
	case slog.KindBool:
		return strconv.AppendBool(b, v.Bool())
	case slog.KindDuration:
		return value.AppendString(b, v.Duration().String())
	case slog.KindTime:
		return appendTime(b, v.Time())
	case slog.KindGroup:
		b = append(b, '{')
		start := len(b)
		for _, m := range v.Group() {
			b = appendAttr(b, "", m)
		}
		if len(b) > start { // drop the comma before the first member
			b = append(b[:start], b[start+1:]...)
		}
		return append(b, '}')
	default:
		return appendAny(b, v.Any())
	}
}

func appendAny(b []byte, v any) []byte {
	switch v := v.(type) {
	case appender:
		return v.appendJSON(b)
	case error:
		return value.AppendString(b, Redact(v.Error()))
	}
	j, err := json.Marshal(v)
	if err != nil {
		return value.AppendString(b, "unprintable: "+err.Error())
	}
	if clean := Redact(string(j)); clean != string(j) {
		return value.AppendString(b, clean) // no longer JSON
	}
	return append(b, j...)
}

func appendTime(b []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(b, `"2006-01-02T15:04:05.000Z"`)
}
