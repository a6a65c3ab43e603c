package asl

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/value"
)

// Event is one entry of an execution's history.
type Event struct {
	ID, Previous int64
	Type         string
	Time         time.Time
	// DetailName and Details are the event's own member of the answer, for example
	// stateEnteredEventDetails; empty for events that have none.
	DetailName string
	Details    *value.Object
}

// Events returns the history of a run that records.
func (r *Run) Events() []Event { return r.events }

var notTruncated = value.Obj("truncated", false)

// event counts an event of t, which may be nil, and records it if the run records.
func (r *Run) event(t *thread, typ string, details func() (string, *value.Object)) int64 {
	r.lastEvent++
	id := r.lastEvent
	var previous int64
	if t != nil {
		previous, t.lastEvent = t.lastEvent, id
	}
	if r.record {
		e := Event{ID: id, Previous: previous, Type: typ, Time: r.now}
		if details != nil {
			e.DetailName, e.Details = details()
		}
		r.events = append(r.events, e)
	}
	return id
}

func (r *Run) stateEntered(t *thread) int64 {
	if !r.record {
		return r.event(t, "", nil)
	}
	return r.event(t, t.state.kind.String()+"StateEntered", func() (string, *value.Object) {
		return "stateEnteredEventDetails", value.Obj("name", t.state.name, "input", string(JSON(t.raw)), "inputDetails", notTruncated)
	})
}

func (r *Run) stateExited(t *thread, out any) {
	if !r.record {
		r.event(t, "", nil)
		return
	}
	r.event(t, t.state.kind.String()+"StateExited", func() (string, *value.Object) {
		return "stateExitedEventDetails", value.Obj("name", t.state.name, "output", string(JSON(out)), "outputDetails", notTruncated)
	})
}

// iteration records an event of a Map's iteration.
func (r *Run) iteration(t *thread, typ string) {
	r.event(t, typ, func() (string, *value.Object) {
		return strings.ToLower(typ[:1]) + typ[1:] + "EventDetails",
			value.Obj("name", t.parent.state.name, "index", Number(int64(t.index)))
	})
}

func (r *Run) taskScheduled(t *thread, c *TaskCall, input any, limit int64) {
	spec := t.state.task
	if !r.record {
		r.event(t, "", nil)
		r.event(t, "", nil)
		return
	}
	if spec.action == "" {
		r.event(t, "LambdaFunctionScheduled", func() (string, *value.Object) {
			d := value.Obj("resource", spec.resource, "input", string(c.Payload), "inputDetails", notTruncated)
			return "lambdaFunctionScheduledEventDetails", withTimeout(d, limit)
		})
		r.event(t, "LambdaFunctionStarted", nil)
		return
	}
	r.event(t, "TaskScheduled", func() (string, *value.Object) {
		d := value.Obj("resourceType", spec.service, "resource", spec.action, "region", region(r.start.MachineARN), "parameters", string(JSON(input)))
		return "taskScheduledEventDetails", withTimeout(d, limit)
	})
	r.event(t, "TaskStarted", func() (string, *value.Object) {
		return "taskStartedEventDetails", value.Obj("resourceType", spec.service, "resource", spec.action)
	})
}

func withTimeout(d *value.Object, limit int64) *value.Object {
	if limit > 0 {
		d.Set("timeoutInSeconds", Number(limit))
	}
	return d
}

func region(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) > 3 {
		return parts[3]
	}
	return ""
}

// taskEnded records how a task ended: Succeeded, Failed or TimedOut.
func (r *Run) taskEnded(t *thread, how string, f *Failure, result any) {
	if !r.record {
		r.event(t, "", nil)
		return
	}
	spec := t.state.task
	prefix := "Task"
	d := value.Obj("resourceType", spec.service, "resource", spec.action)
	if spec.action == "" {
		prefix, d = "LambdaFunction", value.NewObject(2)
	}
	if f != nil {
		setFailure(d, f)
	} else {
		d.Set("output", string(JSON(result)))
		d.Set("outputDetails", notTruncated)
	}
	r.event(t, prefix+how, func() (string, *value.Object) {
		return strings.ToLower(prefix[:1]) + prefix[1:] + how + "EventDetails", d
	})
}

func setFailure(d *value.Object, f *Failure) {
	if f.Error != "" {
		d.Set("error", f.Error)
	}
	if f.Cause != "" {
		d.Set("cause", f.Cause)
	}
}

// endEvent records the last event of the run.
func (r *Run) endEvent(previous int64) {
	t := &thread{lastEvent: previous}
	d := value.NewObject(2)
	typ := map[Status]string{Succeeded: "ExecutionSucceeded", Failed: "ExecutionFailed", TimedOut: "ExecutionTimedOut", Aborted: "ExecutionAborted"}[r.status]
	if r.status == TimedOut || r.status == Aborted {
		t.lastEvent = 0
	}
	if r.failure != nil {
		setFailure(d, r.failure)
	}
	if r.status == Succeeded && r.record {
		d.Set("output", string(JSON(r.output)))
		d.Set("outputDetails", notTruncated)
	}
	r.event(t, typ, func() (string, *value.Object) {
		return strings.ToLower(typ[:1]) + typ[1:] + "EventDetails", d
	})
}

// tooLarge reports whether v is larger than a payload may be.
func tooLarge(v any) bool { return size(v, MaxPayload+1) > MaxPayload }

// size returns how many bytes v takes as JSON, or some number above limit.
func size(v any, limit int) int {
	switch v := v.(type) {
	case nil:
		return 4
	case bool:
		if v {
			return len("true")
		}
		return len("false")
	case json.Number:
		return len(v)
	case string:
		return textSize(v)
	case []any:
		n := 2 + max(len(v)-1, 0)
		for _, x := range v {
			if n += size(x, limit-n); n > limit {
				break
			}
		}
		return n
	case *value.Object:
		n := 2 + max(v.Len()-1, 0)
		for i := range v.Len() {
			k, x := v.At(i)
			if n += textSize(k) + 1; n > limit {
				break
			}
			if n += size(x, limit-n); n > limit {
				break
			}
		}
		return n
	}
	return 0
}

func textSize(s string) int {
	n := len(s) + 2
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t' || c == '\b' || c == '\f':
			n++
		case c < ' ':
			n += 5
		}
	}
	return n
}
