package http

import (
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/nodes/wire"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// request is what one item asks to be sent, before it is written out; the parts
// stay apart because credentials and pagination change them.
type request struct {
	item    int
	method  string
	url     string
	query   *value.Object // nil if there is none
	arrays  string        // how lists in the query are written: indices, brackets, repeat
	headers *value.Object
	body    wire.Body
	auth    auth

	opt        node.HTTPOptions
	neverError bool
	full       bool                                       // fullResponse
	format     string                                     // autodetect, json, text, file
	field      string                                     // where text and files go
	split      bool                                       // a list becomes one item for each element
	noRepair   string                                     // what to change when the answer is not JSON
	key        string                                     // idempotency: "", honoured or off
	reads      bool                                       // it changes nothing, whatever its method
	read       func(wire.Answer) ([]workflow.Item, error) // makes the items, instead of the format's way
}

// The limits of what a workflow may ask for, in bytes, objects and time. Text of
// nothing but "{}," would take a hundred times its size in memory.
const (
	maxObjects = 500_000
	maxText    = 16 << 20
	maxTimeout = 270 * time.Second // a node's longest
)

// build reads the parameters of one item.
func build(c *node.Call, item int) (*request, error) {
	r := newReader(c, item)
	q := &request{item: item, headers: value.NewObject(8), arrays: "indices", field: "data"}
	if c.Node.TypeVersion >= 3 {
		buildV3(r, q)
	} else {
		buildV1(r, q)
	}
	q.key = r.String("options.idempotency", "")
	if proxy := r.String("options.proxy", ""); proxy != "" {
		r.fail(invalid("A proxy is not supported: remove the option 'Proxy' of the node."))
	}
	if r.Bool("provideSslCertificates", false) {
		r.fail(invalid("Client certificates are not supported: switch off 'SSL Certificates' of the node."))
	}
	q.opt.Timeout = timeout(r.Number("options.timeout", 0))
	q.opt.MaxBytes = maxText
	if q.format == "file" || q.format == "autodetect" {
		q.opt.MaxBytes = c.MaxFile() + 1 // one more shows that there is more
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return q, q.checkURL(c)
}

// timeout is the author's in milliseconds, or the default of a node, within what a node may take.
func timeout(ms float64) time.Duration {
	d := time.Duration(ms) * time.Millisecond
	if d <= 0 {
		d = time.Minute
	}
	return min(d, maxTimeout)
}

func (q *request) checkURL(c *node.Call) error {
	q.url = strings.TrimSpace(q.url)
	if q.url == "" {
		return invalid("URL parameter cannot be empty")
	}
	lower := strings.ToLower(q.url)
	if !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") {
		if c.Node.TypeVersion >= 3 {
			return invalid("Invalid URL: %s. URL must start with \"http\" or \"https\".", q.url)
		}
		return invalid("Invalid URL: %s", q.url)
	}
	return nil
}

func invalid(format string, args ...any) error { return node.Errorf(format, args...) }

// setDefault gives a header a value unless the author did, in any spelling.
func (q *request) setDefault(name, v string) {
	for k := range q.headers.All() {
		if strings.EqualFold(k, name) {
			return
		}
	}
	q.headers.Set(name, v)
}

// accept is the header that says what the answer may be, as n8n sends it.
func (q *request) accept() string {
	switch q.format {
	case "json":
		return "application/json,text/*;q=0.99"
	case "text":
		return "application/json,text/html,application/xhtml+xml,application/xml,text/*;q=0.9, */*;q=0.1"
	default:
		return "application/json,text/html,application/xhtml+xml,application/xml,text/*;q=0.9, image/*;q=0.8, */*;q=0.7"
	}
}

// acts reports whether the request may change something on the other side.
func (q *request) acts() bool { return unsafe(q.method) && !q.reads }

func unsafe(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS":
		return false
	}
	return true
}
