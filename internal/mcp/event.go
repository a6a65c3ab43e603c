package mcp

import (
	"bufio"
	"io"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// event is one event of a stream (WHATWG HTML, "server-sent events").
type event struct{ name, data string }

// events reads a stream event by event; the last one that is not closed by an empty
// line does not count.
type events struct{ r *bufio.Reader }

func newEvents(r io.Reader) *events { return &events{bufio.NewReader(r)} }

// next is the next event with data. io.EOF says that the stream ended.
func (e *events) next() (event, error) {
	var ev event
	var data []string
	size := 0
	for {
		line, err := e.line(MaxAnswer - size)
		if err != nil {
			return event{}, err
		}
		size += len(line)
		if line == "" {
			if data == nil {
				ev, size = event{}, 0
				continue
			}
			ev.data = strings.Join(data, "\n")
			return ev, nil
		}
		name, v, _ := strings.Cut(line, ":")
		v = strings.TrimPrefix(v, " ")
		switch name {
		case "event":
			ev.name = v
		case "data":
			data = append(data, v)
		}
	}
}

// line reads a line of at most so many bytes, without its end.
func (e *events) line(most int) (string, error) {
	var b []byte
	for {
		part, err := e.r.ReadSlice('\n')
		if len(b)+len(part) > most {
			return "", tooLong()
		}
		b = append(b, part...)
		switch err {
		case nil:
			return strings.TrimRight(string(b), "\r\n"), nil
		case bufio.ErrBufferFull:
		default:
			return "", err
		}
	}
}

func tooLong() error {
	f := fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The answer of the MCP server is larger than %d bytes.", MaxAnswer)
	f.Outcome = fault.Unknown
	return f
}
