package samtemplate

import (
	"encoding/json"
	"strings"
	"time"
)

// Defaults of EventBridge Scheduler's retry policy.
const (
	maxScheduleAge     = 86400 // seconds
	maxScheduleRetries = 185
)

// scheduleEvent reads the SAM events Schedule and ScheduleV2.
func (p *reader) scheduleEvent(name, typ, target string) {
	id := identity{opts: p.t.load.opts, t: p.t, r: &resource{id: p.r.id + name}}
	s := Schedule{Source: p.source(), TargetARN: target, Name: p.text("Name", id.name())}
	p.inert("Description", "KmsKeyArn", "OmitName", "PermissionsBoundary")
	s.Input = p.text("Input", "")
	if typ == "ScheduleV2" {
		s.Expression = p.required("ScheduleExpression")
		s.Enabled = p.oneOf("State", "ENABLED", "DISABLED") == "ENABLED"
		s.RoleARN = p.text("RoleArn", "")
		p.timing(&s)
	} else {
		s.Expression = p.required("Schedule")
		enabled := p.oneOf("Enabled", "true", "false") == "true"
		s.Enabled = enabled && p.oneOf("State", "ENABLED", "DISABLED") == "ENABLED"
		s.Group, s.Timezone = "default", "UTC"
	}
	p.scheduleFailures(&s)
	p.addSchedule(s)
}

func (p *reader) addSchedule(s Schedule) {
	p.t.load.stack.Schedules = append(p.t.load.stack.Schedules, s)
}

func (p *reader) timing(s *Schedule) {
	s.Group = p.text("GroupName", "default")
	s.Timezone = p.text("ScheduleExpressionTimezone", "UTC")
	s.Start, s.End = p.text("StartDate", ""), p.text("EndDate", "")
	if w := p.inner("FlexibleTimeWindow"); w != nil {
		if w.oneOf("Mode", "OFF", "FLEXIBLE") == "FLEXIBLE" {
			s.Flexible = time.Duration(w.number("MaximumWindowInMinutes", 1, 1, 1440)) * time.Minute
		}
		w.done()
	}
}

func (p *reader) scheduleFailures(s *Schedule) {
	s.MaxAge, s.MaxRetries = maxScheduleAge*time.Second, maxScheduleRetries
	if retry := p.inner("RetryPolicy"); retry != nil {
		s.MaxAge = retry.seconds("MaximumEventAgeInSeconds", maxScheduleAge, 60, maxScheduleAge)
		s.MaxRetries = retry.number("MaximumRetryAttempts", maxScheduleRetries, 0, maxScheduleRetries)
		retry.done()
	}
	if dlq := p.inner("DeadLetterConfig"); dlq != nil {
		s.DeadLetterARN = dlq.required("Arn")
		dlq.done()
	}
}

// readSchedule reads AWS::Scheduler::Schedule.
func readSchedule(p *reader) {
	s := Schedule{Source: p.source(), Name: p.identity().name()}
	p.inert("Name", "Description", "KmsKeyArn")
	s.Expression = p.required("ScheduleExpression")
	s.Enabled = p.oneOf("State", "ENABLED", "DISABLED") == "ENABLED"
	p.timing(&s)
	target := p.inner("Target")
	if target == nil {
		p.fault(nil, "Target is missing")
		return
	}
	defer target.done()
	s.TargetARN, s.RoleARN, s.Input = target.required("Arn"), target.required("RoleArn"), target.text("Input", "")
	if sqs := target.inner("SqsParameters"); sqs != nil {
		s.SQSGroup = sqs.required("MessageGroupId")
		sqs.done()
	}
	target.scheduleFailures(&s)
	p.addSchedule(s)
}

func readScheduleGroup(p *reader) {
	p.inert("Name", "Tags")
	id := p.identity()
	p.t.load.stack.ScheduleGroups = append(p.t.load.stack.ScheduleGroups, ScheduleGroup{Source: p.source(), Name: id.name(), ARN: id.groupARN()})
}

// readRule reads AWS::Events::Rule: as schedules, one for each target, if it has a
// ScheduleExpression. A rule on events of AWS services themselves does nothing
// here, because they do not occur; any other pattern is refused.
func readRule(p *reader) {
	p.inert("Name", "Description", "Tags")
	enabled := p.oneOf("State", "ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS") != "DISABLED"
	expression := p.text("ScheduleExpression", "")
	if pattern := p.take("EventPattern"); pattern != nil && !onlyAWS(pattern.get("source")) {
		p.fault(pattern, "there is no event bus here: only patterns whose source is an AWS service can stand")
	}
	if expression == "" {
		p.inert("Targets", "EventBusName", "RoleArn")
		return
	}
	p.items("Targets", func(target *reader) {
		s := Schedule{
			Source: p.source(), Expression: expression, Enabled: enabled, Group: "default", Timezone: "UTC",
			Name: p.identity().name() + "-" + target.required("Id"),
		}
		s.TargetARN, s.Input = target.required("Arn"), target.text("Input", "")
		target.inert("RoleArn")
		target.scheduleFailures(&s)
		p.addSchedule(s)
	})
}

func onlyAWS(source *value) bool {
	if source == nil || len(source.items) == 0 {
		return false
	}
	for _, v := range source.items {
		if !strings.HasPrefix(v.text, "aws.") {
			return false
		}
	}
	return true
}

// readStateMachine reads AWS::Serverless::StateMachine and makes its substitutions.
func readStateMachine(p *reader) {
	p.v = merged(p.t.global("StateMachine"), p.v)
	p.inert("Name", "Tags", "Tracing", "Logging", "Role", "RolePath", "PermissionsBoundary", "PropagateTags",
		"UseAliasAsEventTarget", "EncryptionConfiguration")
	id := p.identity()
	m := StateMachine{
		Source: p.source(), Name: id.name(), ARN: id.machineARN(),
		Type: p.oneOf("Type", "STANDARD", "EXPRESS"), Policies: p.raw("Policies"),
	}
	definition := p.definition()
	m.Definition = json.RawMessage(p.substitute(string(definition)))
	if !json.Valid(m.Definition) {
		p.fault(nil, "the definition is not JSON after its substitutions")
	}
	p.t.load.stack.StateMachines = append(p.t.load.stack.StateMachines, m)
	p.each("Events", func(name string, e *reader) {
		typ := e.required("Type")
		inner := e.inner("Properties")
		if inner == nil || (typ != "Schedule" && typ != "ScheduleV2") {
			e.fault(nil, "events of type %s are not supported by the local cloud", typ)
			return
		}
		inner.scheduleEvent(name, typ, m.ARN)
		inner.done()
	})
}
