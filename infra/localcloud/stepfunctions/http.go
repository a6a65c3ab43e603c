package stepfunctions

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/stepfunctions/asl"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
	"github.com/automatelanka/automatelanka/internal/value"
)

// operations of the API by name; each takes the request's body and gives the answer's.
var operations = map[string]func(s *Service, r *http.Request, in *request) (*value.Object, error){
	"CreateStateMachine":             (*Service).opCreate,
	"UpdateStateMachine":             (*Service).opUpdate,
	"DescribeStateMachine":           (*Service).opDescribe,
	"ListStateMachines":              (*Service).opList,
	"DeleteStateMachine":             (*Service).opDelete,
	"ValidateStateMachineDefinition": (*Service).opValidate,
	"StartExecution":                 (*Service).opStart,
	"StartSyncExecution":             (*Service).opStartSync,
	"StopExecution":                  (*Service).opStop,
	"DescribeExecution":              (*Service).opDescribeExecution,
	"ListExecutions":                 (*Service).opListExecutions,
	"GetExecutionHistory":            (*Service).opHistory,
}

// ServeHTTP serves the AWS JSON 1.0 protocol of Step Functions (X-Amz-Target:
// AWSStepFunctions.*). An operation or parameter that is not supported is an error.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := wire.Operation(r)
	op := operations[name]
	if op == nil || !strings.HasPrefix(r.Header.Get("X-Amz-Target"), "AWSStepFunctions.") {
		wire.WriteError(w, wire.Unsupported("the operation "+r.Header.Get("X-Amz-Target")))
		return
	}
	body, err := wire.Body(r)
	if err != nil {
		wire.WriteError(w, err)
		return
	}
	in, err := readRequest(name, body)
	if err != nil {
		wire.WriteError(w, err)
		return
	}
	out, err := op(s, r, in)
	if err == nil {
		err = in.unread()
	}
	if err != nil {
		wire.WriteError(w, err)
		return
	}
	wire.WriteJSON(w, http.StatusOK, asl.JSON(out))
}

// request reads the members of a request; the first complaint is kept in err.
type request struct {
	operation string
	o         *value.Object
	read      int
	err       error
}

func readRequest(operation string, body []byte) (*request, error) {
	v, err := asl.ParseJSON(body)
	o, ok := v.(*value.Object)
	if err != nil || !ok {
		return nil, wire.Errorf("SerializationException", "the request's body is no JSON object")
	}
	return &request{operation: operation, o: o}, nil
}

func (q *request) get(name string) (any, bool) {
	v, ok := q.o.Get(name)
	if ok {
		q.read++
	}
	return v, ok && v != nil
}

func (q *request) fail(err error) {
	if q.err == nil {
		q.err = err
	}
}

// text reads a string; a missing one is refused if it is required.
func (q *request) text(name string, required bool) string {
	v, ok := q.get(name)
	if !ok {
		if required {
			q.fail(wire.Errorf("ValidationException", "1 validation error detected: Value at '%s' failed to satisfy constraint: Member must not be null", name))
		}
		return ""
	}
	s, isText := v.(string)
	if !isText {
		q.fail(wire.Errorf("SerializationException", "the member %s must be a string", name))
	}
	return s
}

func (q *request) flag(name string, otherwise bool) bool {
	v, ok := q.get(name)
	if !ok {
		return otherwise
	}
	b, isBool := v.(bool)
	if !isBool {
		q.fail(wire.Errorf("SerializationException", "the member %s must be true or false", name))
	}
	return b
}

// limit reads maxResults: 0 and nothing mean the greatest page.
func (q *request) limit(most int) int {
	v, ok := q.get("maxResults")
	if !ok {
		return most
	}
	n, isNumber := v.(json.Number)
	i, err := strconv.Atoi(string(n))
	if !isNumber || err != nil || i < 0 || i > 1000 {
		q.fail(wire.Errorf("ValidationException", "1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member must have value between 0 and 1000"))
	}
	if i == 0 {
		return most
	}
	return i
}

// raw reads a member that is kept as it is.
func (q *request) raw(name string) json.RawMessage {
	v, ok := q.get(name)
	if !ok {
		return nil
	}
	return asl.JSON(v)
}

// check returns the first complaint, or one about members that were not read: call
// it after the last member was read and before anything is done.
func (q *request) check() error {
	if q.err != nil {
		return q.err
	}
	return q.unread()
}

func (q *request) unread() error {
	if q.err == nil && q.read < q.o.Len() {
		return wire.Unsupported("some parameter of Step Functions' " + q.operation + " in " + cutText(string(asl.JSON(q.o)), 300))
	}
	return q.err
}

func cutText(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// seconds writes a time as the protocol does: in seconds with a fraction.
func seconds(t time.Time) json.Number {
	return json.Number(strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64))
}
