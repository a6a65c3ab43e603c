package mcp

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// The headers of Streamable HTTP.
const (
	HeaderSession = "Mcp-Session-Id"
	HeaderVersion = "MCP-Protocol-Version"
)

// maxSession is the longest name of a session that is kept, in bytes.
const maxSession = 1024

// streamable is the transport of the revisions since 2025-03-26.
type streamable struct {
	o                Options
	url              string
	session, version string
}

func (s *streamable) agreed(version string) { s.version = version }

// send posts a message.
func (s *streamable) send(ctx context.Context, m *Message, limit time.Duration) (*http.Response, error) {
	req, err := post(ctx, s.url, m)
	if err != nil {
		return nil, err
	}
	s.mark(req)
	resp, err := s.o.Send(req, limit, MaxAnswer)
	if err != nil {
		return nil, err
	}
	if id := resp.Header.Get(HeaderSession); id != "" && len(id) <= maxSession {
		s.session = id
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, refusedBy(resp)
	}
	return resp, nil
}

func (s *streamable) mark(req *http.Request) {
	if s.session != "" {
		req.Header.Set(HeaderSession, s.session)
	}
	if s.version != "" {
		req.Header.Set(HeaderVersion, s.version)
	}
}

func (s *streamable) ask(ctx context.Context, m *Message, limit time.Duration) (*Message, error) {
	resp, err := s.send(ctx, m, limit)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind == "text/event-stream" {
		return s.listen(ctx, newEvents(resp.Body), m.ID)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	got, err := Parse(b)
	if err != nil || !got.answers(m.ID) {
		return nil, senseless()
	}
	return got, nil
}

// listen reads a stream to the answer; what the server asks meanwhile is answered.
func (s *streamable) listen(ctx context.Context, from *events, id any) (*Message, error) {
	for {
		ev, err := from.next()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, brokenOff()
		}
		if err != nil {
			return nil, err
		}
		m, err := Parse([]byte(ev.data))
		if err != nil {
			return nil, senseless()
		}
		if m.answers(id) {
			return m, nil
		}
		if reply := replyTo(m); reply != nil {
			if err := s.tell(ctx, reply, s.o.Timeout); err != nil {
				return nil, err
			}
		}
	}
}

func (s *streamable) tell(ctx context.Context, m *Message, limit time.Duration) error {
	resp, err := s.send(ctx, m, limit)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// closing is how long the end of a session may take: the server forgets it by itself too.
const closing = 2 * time.Second

func (s *streamable) close(ctx context.Context) {
	if s.session == "" {
		return
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, s.url, nil)
	if err != nil {
		return
	}
	s.mark(req)
	if resp, err := s.o.Send(req, closing, MaxAnswer); err == nil {
		_ = resp.Body.Close()
	}
}

// replyTo answers what a server asks of its client; nil where nothing is to be said.
func replyTo(m *Message) *Message {
	switch {
	case m.ID == nil || m.Method == "":
		return nil
	case m.Method == "ping":
		return &Message{ID: m.ID, Result: emptyResult}
	}
	return &Message{ID: m.ID, Err: &Error{CodeMethodNotFound, "Method not found: this client offers tools to a model and nothing else."}}
}

// senseless is the fault of an answer that is no message of the protocol: the call
// may have had its effect.
func senseless() error {
	f := fault.New(fault.Invalid, fault.CodeUpstream, "The server's answer is no message of the Model Context Protocol. Check the endpoint and the transport.")
	f.Outcome = fault.Unknown
	return f
}

func brokenOff() error {
	f := fault.New(fault.Unavailable, fault.CodeUpstream, "The server's stream ended before its answer.")
	f.Outcome = fault.Unknown
	return f
}
