package stepfunctions

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/stepfunctions/asl"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
	"github.com/automatelanka/automatelanka/internal/value"
)

func (in *request) start() (machine, name, input string, err error) {
	machine, name, input = in.text("stateMachineArn", true), in.text("name", false), in.text("input", false)
	if input == "" {
		input = "{}"
	}
	return machine, name, input, in.check()
}

func (s *Service) opStart(_ *http.Request, in *request) (*value.Object, error) {
	machine, name, input, err := in.start()
	if err != nil {
		return nil, err
	}
	r, err := s.startExecution(machine, name, input)
	if err != nil {
		return nil, err
	}
	return value.Obj("executionArn", r.arn, "startDate", seconds(r.at)), nil
}

func (s *Service) opStartSync(r *http.Request, in *request) (*value.Object, error) {
	if data := in.text("includedData", false); data != "" && data != "ALL_DATA" {
		in.fail(wire.Unsupported("includedData " + data))
	}
	machine, name, input, err := in.start()
	if err != nil {
		return nil, err
	}
	l, err := s.runSync(r.Context(), machine, name, input)
	if err != nil {
		return nil, err
	}
	x := l.summary()
	ms, mb := billed(l)
	out := value.Obj("executionArn", x.ARN, "stateMachineArn", x.Machine, "name", x.Name, "status", string(x.Status),
		"startDate", seconds(x.Started), "stopDate", seconds(x.Ended), "input", x.Input, "inputDetails", included,
		"billingDetails", value.Obj("billedMemoryUsedInMB", asl.Number(mb), "billedDurationInMilliseconds", asl.Number(ms)))
	x.describeResult(out)
	return out, nil
}

var included = value.Obj("included", true)

// describeResult adds output, error and cause to an answer.
func (x *summary) describeResult(out *value.Object) {
	if x.Status == asl.Succeeded {
		out.Set("output", x.Output)
		out.Set("outputDetails", included)
	}
	if x.Error != "" {
		out.Set("error", x.Error)
	}
	if x.Cause != "" {
		out.Set("cause", x.Cause)
	}
}

// execution finds the Standard execution of an ARN.
func (s *Service) execution(arn string) (*summary, error) {
	parts := strings.Split(arn, ":")
	switch {
	case len(parts) == 9 && parts[5] == "express":
		return nil, wire.Errorf("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'")
	case len(parts) != 8 || parts[5] != "execution":
		return nil, wire.Errorf("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: %s'", arn)
	}
	x, ok, err := s.standard(standardKey(parts[6], parts[7]))
	if err == nil && (!ok || x.ARN != arn) {
		err = wire.Errorf("ExecutionDoesNotExist", "Execution Does Not Exist: '%s'", arn)
	}
	return x, err
}

func (s *Service) opStop(_ *http.Request, in *request) (*value.Object, error) {
	arn := in.text("executionArn", true)
	o := asl.Outcome{Kind: asl.Stop, Error: in.text("error", false), Cause: in.text("cause", false)}
	if err := in.check(); err != nil {
		return nil, err
	}
	x, err := s.execution(arn)
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	l := s.open[keyHistory+standardKey(x.Machine[lastColon(x.Machine)+1:], x.Name)]
	s.mu.RUnlock()
	if l != nil {
		s.deliver(l, o)
	}
	if x, err = s.execution(arn); err != nil {
		return nil, err
	}
	if x.Status == asl.Running {
		return nil, fmt.Errorf("the execution %s could not be stopped", arn)
	}
	return value.Obj("stopDate", seconds(x.Ended)), nil
}

func (s *Service) opDescribeExecution(_ *http.Request, in *request) (*value.Object, error) {
	arn := in.text("executionArn", true)
	if data := in.text("includedData", false); data != "" && data != "ALL_DATA" {
		in.fail(wire.Unsupported("includedData " + data))
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	x, err := s.execution(arn)
	if err != nil {
		return nil, err
	}
	out := value.Obj("executionArn", x.ARN, "stateMachineArn", x.Machine, "name", x.Name, "status", string(x.Status),
		"startDate", seconds(x.Started), "input", x.Input, "inputDetails", included, "redriveCount", asl.Number(0))
	if x.Status != asl.Running {
		out.Set("stopDate", seconds(x.Ended))
	}
	x.describeResult(out)
	return out, nil
}

func (s *Service) opListExecutions(_ *http.Request, in *request) (*value.Object, error) {
	arn, status := in.text("stateMachineArn", true), in.text("statusFilter", false)
	limit, from := in.limit(pageSize), in.token()
	if err := in.check(); err != nil {
		return nil, err
	}
	m, err := s.existing(arn)
	if err != nil {
		return nil, err
	}
	if m.Express {
		return nil, wire.Errorf("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
	}
	var lower []byte
	if from != "" {
		lower = []byte(from)
	}
	list := []any{}
	out := value.NewObject(2)
	err = s.listStandard(m.Name, lower, func(key []byte, x *summary) bool {
		if status != "" && string(x.Status) != status {
			return true
		}
		if len(list) == limit {
			out.Set("nextToken", pageToken(string(key)))
			return false
		}
		e := value.Obj("executionArn", x.ARN, "stateMachineArn", x.Machine, "name", x.Name, "status", string(x.Status), "startDate", seconds(x.Started), "redriveCount", asl.Number(0))
		if x.Status != asl.Running {
			e.Set("stopDate", seconds(x.Ended))
		}
		list = append(list, e)
		return true
	})
	out.Set("executions", list)
	return out, err
}

func (s *Service) opHistory(_ *http.Request, in *request) (*value.Object, error) {
	arn, newest, data := in.text("executionArn", true), in.flag("reverseOrder", false), in.flag("includeExecutionData", true)
	limit, from := in.limit(pageSize), in.token()
	if err := in.check(); err != nil {
		return nil, err
	}
	x, err := s.execution(arn)
	if err != nil {
		return nil, err
	}
	events, err := s.history(x)
	if err != nil {
		return nil, err
	}
	if newest {
		slices.Reverse(events)
	}
	skip := 0
	if _, err := fmt.Sscan(from, &skip); from != "" && (err != nil || skip < 0 || skip > len(events)) {
		return nil, wire.Errorf("InvalidToken", "Invalid Token: 'Invalid token'")
	}
	list := []any{}
	out := value.NewObject(2)
	for i, e := range events[skip:] {
		if i == limit {
			out.Set("nextToken", pageToken(fmt.Sprint(skip+limit)))
			break
		}
		list = append(list, eventJSON(e, data))
	}
	out.Set("events", list)
	return out, nil
}

// eventJSON writes an event; without data its inputs and outputs are left out.
func eventJSON(e asl.Event, data bool) *value.Object {
	o := value.Obj("timestamp", seconds(e.Time), "type", e.Type, "id", asl.Number(e.ID), "previousEventId", asl.Number(e.Previous))
	if e.Details == nil {
		return o
	}
	d := e.Details
	if !data {
		d = d.Shallow()
		for _, k := range []string{"input", "inputDetails", "output", "outputDetails"} {
			d.Delete(k)
		}
	}
	o.Set(e.DetailName, d)
	return o
}
