package mcp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/value"
)

var emptyResult = value.NewObject(0)

// stream is the transport of the revision 2024-11-05: messages are posted to an
// address that the stream names first, answers come on the stream.
type stream struct {
	o       Options
	target  string
	got     chan *Message
	ended   chan struct{} // closed when the stream is read no longer
	err     error         // why; to be read after ended
	cancel  context.CancelFunc
	version string
}

// openStream opens the stream and waits for the address.
func openStream(ctx context.Context, o Options, target string) (*stream, error) {
	inner, cancel := context.WithCancel(ctx)
	req, err := http.NewRequestWithContext(inner, http.MethodGet, target, nil)
	if err != nil {
		cancel()
		return nil, fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "The provided URL is invalid.")
	}
	req.Header.Set("Accept", "text/event-stream")
	resp, err := o.accepted(req, o.Life, MaxStream)
	if err != nil {
		cancel()
		return nil, err
	}
	s := &stream{o: o, got: make(chan *Message), ended: make(chan struct{}), cancel: cancel}
	named := make(chan string, 1)
	go s.read(inner, resp, named)
	limited, stop := context.WithTimeout(ctx, o.Timeout)
	defer stop()
	select {
	case s.target = <-named:
		return s, nil
	case <-s.ended:
		err = s.err
	case <-limited.Done():
		err = timedOut("to name its address for messages")
	}
	cancel()
	return nil, err
}

// read reads the stream until it ends or nobody listens any more.
func (s *stream) read(ctx context.Context, resp *http.Response, named chan<- string) {
	defer close(s.ended)
	defer resp.Body.Close()
	from := newEvents(resp.Body)
	for first := true; ; first = false {
		ev, err := from.next()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = brokenOff()
		}
		if err == nil && first {
			var at string
			if at, err = endpoint(resp.Request.URL, ev); err == nil {
				named <- at
				continue
			}
		}
		if err != nil {
			s.err = err
			return
		}
		m, err := Parse([]byte(ev.data))
		if err != nil {
			s.err = senseless()
			return
		}
		select {
		case s.got <- m:
		case <-ctx.Done():
			s.err = ctx.Err()
			return
		}
	}
}

// endpoint is the address for messages. It must be of the stream's own origin: a
// credential goes there.
func endpoint(at *url.URL, ev event) (string, error) {
	u, err := at.Parse(ev.data)
	if ev.name != "endpoint" || err != nil {
		return "", senseless()
	}
	if u.Scheme != at.Scheme || u.Host != at.Host {
		return "", fault.New(fault.Invalid, fault.CodeUpstream, "The MCP server names an address of another origin for messages (%s).", fault.Shorten(u.Host, 100))
	}
	return u.String(), nil
}

func (s *stream) agreed(version string) { s.version = version }

func (s *stream) tell(ctx context.Context, m *Message, limit time.Duration) error {
	req, err := post(ctx, s.target, m)
	if err != nil {
		return err
	}
	if s.version != "" {
		req.Header.Set(HeaderVersion, s.version)
	}
	resp, err := s.o.accepted(req, limit, MaxAnswer)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// ask posts a request and waits for its answer on the stream. A server may answer
// before it has closed the post.
func (s *stream) ask(ctx context.Context, m *Message, limit time.Duration) (*Message, error) {
	limited, stop := context.WithTimeout(ctx, limit)
	defer stop()
	posted := make(chan error, 1)
	go func() { posted <- s.tell(limited, m, limit) }()
	for {
		select {
		case err := <-posted:
			if err != nil {
				return nil, err
			}
			posted = nil // accepted
		case got := <-s.got:
			if got.answers(m.ID) {
				return got, nil
			}
			if reply := replyTo(got); reply != nil {
				if err := s.tell(limited, reply, limit); err != nil {
					return nil, err
				}
			}
		case <-s.ended:
			return nil, s.err
		case <-limited.Done():
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, timedOut("to answer")
		}
	}
}

// close ends the stream, and with it the session.
func (s *stream) close(context.Context) {
	s.cancel()
	<-s.ended
}

// timedOut is the fault of a server that was asked and did not answer in time.
func timedOut(what string) error {
	f := fault.New(fault.Timeout, fault.CodeNodeTimeout, "The MCP server took too long %s.", what)
	f.Outcome = fault.Unknown
	return f
}
