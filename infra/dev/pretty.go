package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// pretty is a log for people: time, event, and what matters of it on one line.
type pretty struct {
	out   *sync.Mutex
	w     io.Writer
	clock clock.Clock
	level slog.Level
	color bool
	with  []slog.Attr
}

func newPretty(w *os.File, c clock.Clock, level slog.Level) slog.Handler {
	st, err := w.Stat()
	return &pretty{out: &sync.Mutex{}, w: w, clock: c, level: level, color: err == nil && st.Mode()&os.ModeCharDevice != 0}
}

func (p *pretty) Enabled(_ context.Context, l slog.Level) bool { return l >= p.level }

func (p *pretty) WithGroup(string) slog.Handler { return p }

func (p *pretty) WithAttrs(a []slog.Attr) slog.Handler {
	q := *p
	q.with = append(append([]slog.Attr{}, p.with...), a...)
	return &q
}

// hidden are fields that only machines read.
var hidden = map[string]bool{"_aws": true, "tenantId": true, "workflowId": true, "nodeId": true, "tokenUsage": true, "event": true, "success": true}

func (p *pretty) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(p.clock.Now().Format("15:04:05.000 "))
	b.WriteString(p.paint(r))
	add := func(a slog.Attr) bool {
		text := a.Value.String()
		if hidden[a.Key] || a.Key == "" || text == "" || text == "0" || strings.HasPrefix(a.Key, "_") {
			return true
		}
		if strings.ContainsAny(text, " \n\t\"") {
			text = fmt.Sprintf("%q", text)
		}
		fmt.Fprintf(&b, " %s=%s", a.Key, text)
		return true
	}
	for _, a := range p.with {
		add(a)
	}
	r.Attrs(add)
	b.WriteByte('\n')
	p.out.Lock()
	defer p.out.Unlock()
	_, err := io.WriteString(p.w, b.String())
	return err
}

// paint colours the event by its level, on a terminal.
func (p *pretty) paint(r slog.Record) string {
	text := fmt.Sprintf("%-28s", strings.TrimPrefix(r.Message, "workflow."))
	if !p.color {
		return text
	}
	switch {
	case r.Level >= slog.LevelError || strings.HasSuffix(r.Message, ".failed"):
		return "\x1b[31m" + text + "\x1b[0m"
	case r.Level >= slog.LevelWarn:
		return "\x1b[33m" + text + "\x1b[0m"
	}
	return "\x1b[36m" + text + "\x1b[0m"
}
