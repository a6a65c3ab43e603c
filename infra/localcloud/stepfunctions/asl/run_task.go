package asl

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/automatelanka/automatelanka/internal/value"
)

// task begins the call of a Task's resource.
func (r *Run) task(t *thread, sc *scope) {
	s := t.state
	input := sc.input
	if s.parameters != nil {
		v, f := s.parameters.eval(sc)
		if f != nil {
			r.fail(t, f)
			return
		}
		input = v
	}
	limit, heartbeat, f := r.taskLimit(s.task, sc)
	if f != nil {
		r.fail(t, f)
		return
	}
	c, f := taskCall(s.task, input)
	if f != nil {
		r.fail(t, f)
		return
	}
	r.taskScheduled(t, c, input, limit)
	e := Effect{Kind: Invoke, Task: c}
	if limit > 0 {
		e.At = r.now.Add(time.Duration(limit) * time.Second)
	}
	t.heartbeat = heartbeat
	r.await(t, opTask, e)
}

// taskLimit returns after how many seconds the task has failed, 0 for never, and
// whether that is for want of a heartbeat: no resource supported here sends any.
func (r *Run) taskLimit(spec *taskSpec, sc *scope) (limit int64, heartbeat bool, f *Failure) {
	limit, f = spec.timeout.read("TimeoutSeconds", sc)
	if f != nil {
		return 0, false, f
	}
	beat, f := spec.heartbeat.read("HeartbeatSeconds", sc)
	if f != nil {
		return 0, false, f
	}
	if beat > 0 && (limit == 0 || beat < limit) {
		return beat, true, nil
	}
	return limit, false, nil
}

// read returns the number of seconds, 0 if the field was not given.
func (s *seconds) read(name string, sc *scope) (int64, *Failure) {
	if s == nil || s.path == nil {
		if s == nil {
			return 0, nil
		}
		return s.n, nil
	}
	v, f := s.path.eval(sc)
	if f != nil {
		return 0, f
	}
	n, ok := integer(v)
	if !ok || n <= 0 || n > maxSeconds {
		return 0, runtimeFailure("The %sPath parameter does not reference a valid number of seconds: %s == %s", name, s.path, JSON(v))
	}
	return n, nil
}

func taskCall(spec *taskSpec, input any) (*TaskCall, *Failure) {
	c := &TaskCall{Service: spec.service, Action: spec.action, Function: spec.function}
	switch {
	case spec.action == "":
		c.Action, c.Payload = "invoke", JSON(input)
	case spec.service == "lambda":
		o := input.(*value.Object) // parsing made sure of it
		name, _ := o.Get("FunctionName")
		function, ok := name.(string)
		if !ok || function == "" {
			return nil, runtimeFailure("The Parameters '%s' could not be used to start the Task: [The value for the field 'FunctionName' must be a STRING]", JSON(input))
		}
		payload, ok := o.Get("Payload")
		if !ok {
			payload = value.NewObject(0)
		}
		c.Function, c.Payload = function, JSON(payload)
	default:
		c.Payload = JSON(serviceInput(spec, input))
	}
	if len(c.Payload) > MaxPayload {
		return nil, limitExceeded(spec.label())
	}
	return c, nil
}

// serviceInput is the API's input: a message body that is no text is sent as JSON text.
func serviceInput(spec *taskSpec, input any) any {
	if spec.service != "sqs" {
		return input
	}
	o := input.(*value.Object).Shallow()
	if body, ok := o.Get("MessageBody"); ok {
		if _, isText := body.(string); !isText {
			o.Set("MessageBody", string(JSON(body)))
		}
	}
	return o
}

// label is how errors name the task.
func (spec *taskSpec) label() string {
	if spec.action == "" {
		return spec.resource
	}
	return spec.service
}

// resume goes on with t, whose outcome has come.
func (r *Run) resume(t *thread, o Outcome) {
	was := t.op
	t.op = opNone
	switch {
	case was == opWait:
		r.waited(t)
	case was == opRetry:
		t.context = nil
		r.transitions++
		r.attempt(t)
	case o.Kind == Woke:
		f := &Failure{Error: ErrTimeout}
		if t.heartbeat {
			f.Error = ErrHeartbeatTimeout
		}
		r.taskEnded(t, "TimedOut", f, nil)
		r.fail(t, f)
	case o.Kind == Broke:
		r.taskFailed(t, &Failure{Error: o.Error, Cause: cut(o.Cause, maxCause), prefixed: true})
	default:
		r.taskDone(t, o.Payload)
	}
}

func (r *Run) taskFailed(t *thread, f *Failure) {
	r.taskEnded(t, "Failed", f, nil)
	r.fail(t, f)
}

func (r *Run) taskDone(t *thread, payload []byte) {
	if len(payload) > MaxPayload {
		r.taskFailed(t, limitExceeded(t.state.task.label()))
		return
	}
	result, err := ParseJSON(payload)
	if err != nil {
		result = string(payload)
	}
	if t.state.task.action != "" {
		result = r.integrationResult(t.state.task, result, len(payload))
	}
	r.taskEnded(t, "Succeeded", nil, result)
	r.succeed(t, result)
}

// integrationResult wraps what a service gave as the optimized integrations do.
func (r *Run) integrationResult(spec *taskSpec, result any, size int) any {
	id := r.uuid()
	length := strconv.Itoa(size)
	http := value.Obj(
		"AllHttpHeaders", value.Obj("x-amzn-RequestId", []any{id}, "Content-Length", []any{length}, "Content-Type", []any{"application/json"}),
		"HttpHeaders", value.Obj("Content-Length", length, "Content-Type", "application/json", "x-amzn-RequestId", id),
		"HttpStatusCode", json.Number("200"))
	meta := value.Obj("RequestId", id)
	if spec.service == "lambda" {
		return value.Obj("ExecutedVersion", "$LATEST", "Payload", result, "SdkHttpMetadata", http, "SdkResponseMetadata", meta, "StatusCode", json.Number("200"))
	}
	o, ok := result.(*value.Object)
	if !ok {
		return result
	}
	out := o.Shallow()
	out.Set("SdkHttpMetadata", http)
	out.Set("SdkResponseMetadata", meta)
	return out
}
