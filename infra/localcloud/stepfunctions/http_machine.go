package stepfunctions

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/infra/localcloud/stepfunctions/asl"
	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
	"github.com/automatelanka/automatelanka/internal/value"
)

// pageSize is how many items a list answers with unless told otherwise.
const pageSize = 100

func (s *Service) opCreate(_ *http.Request, in *request) (*value.Object, error) {
	spec := MachineSpec{Name: in.text("name", true), Definition: in.text("definition", true), RoleARN: in.text("roleArn", true),
		Express: in.machineType(), Logging: in.raw("loggingConfiguration"), Tracing: in.raw("tracingConfiguration")}
	in.refusePublish()
	if err := in.check(); err != nil {
		return nil, err
	}
	m, err := s.create(spec)
	if err != nil {
		return nil, err
	}
	return value.Obj("stateMachineArn", m.ARN, "creationDate", seconds(m.Created)), nil
}

func (q *request) machineType() bool {
	switch t := q.text("type", false); t {
	case "", "STANDARD":
		return false
	case "EXPRESS":
		return true
	default:
		q.fail(wire.Errorf("ValidationException", "1 validation error detected: Value '%s' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [STANDARD, EXPRESS]", t))
		return false
	}
}

// refusePublish refuses versions, and tags other than none.
func (q *request) refusePublish() {
	if q.flag("publish", false) {
		q.fail(wire.Unsupported("versions of state machines"))
	}
	if tags, ok := q.get("tags"); ok && len(asl.JSON(tags)) > 2 {
		q.fail(wire.Unsupported("tags of state machines"))
	}
}

func (s *Service) existing(arn string) (*machine, error) {
	if m := s.machineNamed(arn); m != nil {
		return m, nil
	}
	if !strings.Contains(arn, ":stateMachine:") {
		return nil, wire.Errorf("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: %s'", arn)
	}
	return nil, wire.Errorf("StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", arn)
}

func (s *Service) opUpdate(_ *http.Request, in *request) (*value.Object, error) {
	arn := in.text("stateMachineArn", true)
	definition, role := in.text("definition", false), in.text("roleArn", false)
	logging, tracing := in.raw("loggingConfiguration"), in.raw("tracingConfiguration")
	in.refusePublish()
	if err := in.check(); err != nil {
		return nil, err
	}
	old, err := s.existing(arn)
	if err != nil {
		return nil, err
	}
	if definition == "" && role == "" && logging == nil && tracing == nil {
		return nil, wire.Errorf("MissingRequiredParameter", "Either the definition, the role ARN, the LoggingConfiguration, the EncryptionConfiguration or the TracingConfiguration must be specified")
	}
	next := *old
	if definition != "" {
		next.Definition = definition
	}
	if role != "" {
		next.RoleARN = role
	}
	if logging != nil {
		next.Logging = logging
	}
	if tracing != nil {
		next.Tracing = tracing
	}
	if err := s.update(&next); err != nil {
		return nil, err
	}
	return value.Obj("updateDate", seconds(next.Updated), "revisionId", next.Revision), nil
}

func (s *Service) opDescribe(_ *http.Request, in *request) (*value.Object, error) {
	arn := in.text("stateMachineArn", true)
	if data := in.text("includedData", false); data != "" && data != "ALL_DATA" {
		in.fail(wire.Unsupported("includedData " + data))
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	m, err := s.existing(arn)
	if err != nil {
		return nil, err
	}
	return value.Obj("stateMachineArn", m.ARN, "name", m.Name, "status", "ACTIVE", "definition", m.Definition, "roleArn", m.RoleARN,
		"type", typeName(m.Express), "creationDate", seconds(m.Created), "revisionId", m.Revision,
		"loggingConfiguration", jsonOr(m.Logging, `{"level":"OFF","includeExecutionData":false}`),
		"tracingConfiguration", jsonOr(m.Tracing, `{"enabled":false}`)), nil
}

func typeName(express bool) string {
	if express {
		return "EXPRESS"
	}
	return "STANDARD"
}

func jsonOr(b json.RawMessage, otherwise string) any {
	if len(b) == 0 {
		b = json.RawMessage(otherwise)
	}
	v, _ := asl.ParseJSON(b) // it was JSON when it was stored
	return v
}

func (s *Service) opList(_ *http.Request, in *request) (*value.Object, error) {
	limit, after := in.limit(pageSize), in.token()
	if err := in.check(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	all := make([]*machine, 0, len(s.machines))
	for _, m := range s.machines {
		if m.Name > after {
			all = append(all, m)
		}
	}
	s.mu.RUnlock()
	slices.SortFunc(all, func(a, b *machine) int { return strings.Compare(a.Name, b.Name) })
	list := []any{}
	out := value.NewObject(2)
	for i, m := range all {
		if i == limit {
			out.Set("nextToken", pageToken(all[i-1].Name))
			break
		}
		list = append(list, value.Obj("stateMachineArn", m.ARN, "name", m.Name, "type", typeName(m.Express), "creationDate", seconds(m.Created)))
	}
	out.Set("stateMachines", list)
	return out, nil
}

func pageToken(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// token reads nextToken: what pageToken made.
func (q *request) token() string {
	b, err := base64.RawURLEncoding.DecodeString(q.text("nextToken", false))
	if err != nil {
		q.fail(wire.Errorf("InvalidToken", "Invalid Token: 'Invalid token'"))
	}
	return string(b)
}

func (s *Service) opDelete(_ *http.Request, in *request) (*value.Object, error) {
	arn := in.text("stateMachineArn", true)
	if err := in.check(); err != nil {
		return nil, err
	}
	return value.NewObject(0), s.remove(arn)
}

func (s *Service) opValidate(_ *http.Request, in *request) (*value.Object, error) {
	definition := in.text("definition", true)
	in.machineType()
	if severity := in.text("severity", false); severity != "" && severity != "ERROR" && severity != "WARNING" {
		in.fail(wire.Errorf("ValidationException", "severity must be ERROR or WARNING"))
	}
	limit := in.limit(pageSize)
	if err := in.check(); err != nil {
		return nil, err
	}
	list, result, truncated := []any{}, "OK", false
	var invalid *asl.InvalidError
	if _, err := asl.Parse([]byte(definition)); errors.As(err, &invalid) {
		result = "FAIL"
		for i, d := range invalid.Diagnostics {
			if truncated = i == limit; truncated {
				break
			}
			x := value.Obj("severity", "ERROR", "code", d.Code, "message", d.Message)
			if d.Location != "" {
				x.Set("location", d.Location)
			}
			list = append(list, x)
		}
	}
	return value.Obj("result", result, "diagnostics", list, "truncated", truncated), nil
}
