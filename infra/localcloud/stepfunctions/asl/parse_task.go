package asl

import (
	"slices"
	"strings"

	"github.com/automatelanka/automatelanka/internal/value"
)

// integrations are the service calls that a Task may make, each with the
// parameters that it takes; the first ones, up to required, must be given.
var integrations = map[string]struct {
	required int
	names    []string
}{
	"lambda:invoke":       {1, []string{"FunctionName", "Payload", "InvocationType"}},
	"sqs:sendMessage":     {2, []string{"QueueUrl", "MessageBody", "DelaySeconds", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId"}},
	"dynamodb:getItem":    {2, []string{"TableName", "Key", "AttributesToGet", "ConsistentRead", "ExpressionAttributeNames", "ProjectionExpression", "ReturnConsumedCapacity"}},
	"dynamodb:putItem":    {2, append([]string{"TableName", "Item"}, writeNames...)},
	"dynamodb:deleteItem": {2, append([]string{"TableName", "Key"}, writeNames...)},
	"dynamodb:updateItem": {2, append([]string{"TableName", "Key", "UpdateExpression", "AttributeUpdates"}, writeNames...)},
}

var writeNames = []string{"ConditionExpression", "ConditionalOperator", "Expected", "ExpressionAttributeNames", "ExpressionAttributeValues", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics", "ReturnValues"}

func (p *parser) task(f *fields, s *state) {
	s.task = &taskSpec{
		timeout:   f.seconds("TimeoutSeconds", "TimeoutSecondsPath", 1),
		heartbeat: f.seconds("HeartbeatSeconds", "HeartbeatSecondsPath", 1),
	}
	if t, h := s.task.timeout, s.task.heartbeat; t != nil && h != nil && t.path == nil && h.path == nil && h.n >= t.n {
		f.fail("HeartbeatSeconds", "HeartbeatSeconds must be smaller than TimeoutSeconds")
	}
	resource, ok := f.text("Resource")
	if !ok {
		p.d.add(f.at, "These fields are required: [Resource]")
		return
	}
	s.task.resource = resource
	parts := strings.Split(resource, ":")
	switch {
	case len(parts) < 6 || parts[0] != "arn":
		f.fail("Resource", "Value is not a valid resource ARN")
	case parts[2] == "lambda" && parts[5] == "function" && len(parts) >= 7 && parts[6] != "":
		s.task.service, s.task.function = "lambda", resource
	case parts[2] == "states" && parts[5] != "activity":
		p.integration(f, s, strings.Join(parts[5:], ":"))
	default:
		f.fail("Resource", "The local cloud does not support the resource '%s'", resource)
	}
}

func (p *parser) integration(f *fields, s *state, name string) {
	spec, ok := integrations[name]
	if !ok {
		f.fail("Resource", "The resource provided %s is not recognized: the local cloud supports lambda:invoke, sqs:sendMessage and dynamodb:{getItem,putItem,updateItem,deleteItem}", s.task.resource)
		return
	}
	s.task.service, s.task.action, _ = strings.Cut(name, ":")
	v, _ := f.o.Get("Parameters")
	params, _ := v.(*value.Object)
	for _, n := range spec.names[:spec.required] {
		_, constant := params.Get(n)
		_, computed := params.Get(n + ".$")
		if !constant && !computed {
			p.d.add(f.at+"/Parameters", "The field '%s' is required but was missing", n)
		}
	}
	for k := range params.All() {
		if !slices.Contains(spec.names, strings.TrimSuffix(k, ".$")) {
			p.d.add(f.at+"/Parameters/"+k, "The field '%s' is not supported by the local cloud for %s", k, name)
		}
	}
	if t, ok := params.Get("InvocationType"); ok && t != "RequestResponse" {
		p.d.add(f.at+"/Parameters/InvocationType", "The local cloud only supports the invocation type RequestResponse")
	}
	if _, ok := params.Get("InvocationType.$"); ok {
		p.d.add(f.at+"/Parameters/InvocationType.$", "The local cloud only supports the constant invocation type RequestResponse")
	}
}
