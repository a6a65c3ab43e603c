package mcp

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
)

// Version is the revision of the protocol that the client asks for and the server
// prefers.
const Version = "2025-06-18"

// known are the revisions whose tools are the same.
var known = []string{"2025-11-25", Version, "2025-03-26", "2024-11-05", "2024-10-07"}

// Known reports whether a revision is spoken.
func Known(version string) bool { return slices.Contains(known, version) }

// The codes of JSON-RPC 2.0 (section 5.1).
const (
	CodeParse          = -32700
	CodeInvalidRequest = -32600
	CodeMethodNotFound = -32601
	CodeInvalidParams  = -32602
	CodeInternal       = -32603
)

// Error is the error of a JSON-RPC answer.
type Error struct {
	Code    int
	Message string
}

// Error reads as that of the official SDK, which models know.
func (e *Error) Error() string { return fmt.Sprintf("MCP error %d: %s", e.Code, e.Message) }

// Message is one JSON-RPC message.
type Message struct {
	ID     any // nil: a notification; text or a number otherwise
	Method string
	Params *value.Object
	Result any
	Err    *Error
}

// Parse reads one message.
func Parse(b []byte) (*Message, error) {
	v, err := value.Parse(b)
	if err != nil {
		return nil, &Error{CodeParse, "Parse error: the body is not JSON."}
	}
	o, ok := v.(*value.Object)
	if !ok {
		return nil, &Error{CodeInvalidRequest, "Invalid request: send one JSON-RPC message, an object."}
	}
	m := &Message{}
	if version, _ := o.Get("jsonrpc"); version != "2.0" {
		return nil, &Error{CodeInvalidRequest, `Invalid request: the member jsonrpc must be "2.0".`}
	}
	m.ID, _ = o.Get("id")
	switch id := m.ID.(type) {
	case nil, string:
	case float64:
		if id != math.Trunc(id) {
			return nil, &Error{CodeInvalidRequest, "Invalid request: an id must be text or a whole number."}
		}
	default:
		return nil, &Error{CodeInvalidRequest, "Invalid request: an id must be text or a whole number."}
	}
	method, _ := o.Get("method")
	m.Method, _ = method.(string)
	params, _ := o.Get("params")
	m.Params, _ = params.(*value.Object)
	m.Result, _ = o.Get("result")
	if e, has := o.Get("error"); has && e != nil {
		m.Err = errorOf(e)
	}
	return m, nil
}

func errorOf(v any) *Error {
	o, _ := v.(*value.Object)
	e := &Error{Code: CodeInternal, Message: "the server gave no message"}
	if code, ok := o.Get("code"); ok {
		if n, isNumber := code.(float64); isNumber {
			e.Code = int(n)
		}
	}
	if text, _ := o.Get("message"); text != nil {
		e.Message = strings.TrimSpace(fmt.Sprint(text))
	}
	return e
}

// JSON is the message as it is sent.
func (m *Message) JSON() []byte {
	o := value.Obj("jsonrpc", "2.0")
	if m.ID != nil {
		o.Set("id", m.ID)
	}
	switch {
	case m.Method != "":
		o.Set("method", m.Method)
		if m.Params != nil {
			o.Set("params", m.Params)
		}
	case m.Err != nil:
		if m.ID == nil { // an error of a message whose id could not be read
			o.Set("id", nil)
		}
		o.Set("error", value.Obj("code", float64(m.Err.Code), "message", m.Err.Message))
	default:
		o.Set("result", m.Result)
	}
	return value.JSON(o)
}

// answers reports whether m is the answer to the request with that id.
func (m *Message) answers(id any) bool { return m.Method == "" && m.ID == id }

// Tool is one tool of a server.
type Tool struct {
	Name, Description string
	Schema            *value.Object // of the arguments
	ReadOnly          bool          // the server says that it changes nothing
}

func toolOf(o *value.Object) (Tool, bool) {
	t := Tool{}
	name, _ := o.Get("name")
	t.Name, _ = name.(string)
	about, _ := o.Get("description")
	t.Description, _ = about.(string)
	schema, _ := o.Get("inputSchema")
	t.Schema, _ = schema.(*value.Object)
	hint, _ := value.Path(o, "annotations", "readOnlyHint")
	t.ReadOnly = hint == true
	return t, t.Name != ""
}

// Result is what a call of a tool gave.
type Result struct {
	Content    []any
	Structured *value.Object // nil: none
	IsError    bool
	Raw        *value.Object
}

func resultOf(v any) Result {
	o, ok := v.(*value.Object)
	if !ok {
		o = value.NewObject(0)
	}
	r := Result{Raw: o}
	content, _ := o.Get("content")
	r.Content, _ = content.([]any)
	structured, _ := o.Get("structuredContent")
	r.Structured, _ = structured.(*value.Object)
	failed, _ := o.Get("isError")
	r.IsError = failed == true
	return r
}

// Text is the first text of the content; "" if there is none.
func (r Result) Text() string {
	for _, x := range r.Content {
		if text, ok := value.Path(x, "text"); ok {
			if s, isText := text.(string); isText {
				return s
			}
		}
	}
	return ""
}
