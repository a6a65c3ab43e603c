package scheduler

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/infra/localcloud/wire"
)

// Limits and defaults of EventBridge Scheduler.
const (
	defaultMaxAge     = 24 * time.Hour
	defaultMaxRetries = 185
	maxInput          = 256 << 10 // bytes
	maxFlexible       = 1440      // minutes
	defaultGroup      = "default"
)

// Spec is a schedule as CreateSchedule and UpdateSchedule have it.
type Spec struct {
	Name                       string
	GroupName                  string
	Description                string `json:",omitempty"`
	ScheduleExpression         string
	ScheduleExpressionTimezone string
	StartDate, EndDate         *epoch `json:",omitempty"`
	State                      string // ENABLED, DISABLED
	FlexibleTimeWindow         Window
	Target                     Target
	ActionAfterCompletion      string // NONE, DELETE
}

// Window is the time within which a tick may be delivered.
type Window struct {
	Mode                   string // OFF, FLEXIBLE
	MaximumWindowInMinutes int    `json:",omitempty"`
}

// Target is what a schedule calls.
type Target struct {
	Arn              string
	RoleArn          string
	Input            string            `json:",omitempty"`
	RetryPolicy      *RetryPolicy      `json:",omitempty"`
	DeadLetterConfig *DeadLetterConfig `json:",omitempty"`
	SqsParameters    *SQSParameters    `json:",omitempty"`
}

// DeadLetterConfig names the queue for ticks that could not be delivered.
type DeadLetterConfig struct{ Arn string }

// SQSParameters are those of a queue as the target.
type SQSParameters struct {
	MessageGroupId string //nolint:revive // the protocol's name
}

// SetQueues sets the message group and the dead-letter queue; "" leaves one out.
func (t *Target) SetQueues(group, deadLetters string) {
	if group != "" {
		t.SqsParameters = &SQSParameters{group}
	}
	if deadLetters != "" {
		t.DeadLetterConfig = &DeadLetterConfig{deadLetters}
	}
}

// RetryPolicy is how long and how often a tick is tried.
type RetryPolicy struct {
	MaximumEventAgeInSeconds *int `json:",omitempty"`
	MaximumRetryAttempts     *int `json:",omitempty"`
}

// epoch is a time in seconds since 1970, as the protocol has it.
type epoch struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (e epoch) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%.3f", float64(e.UnixMilli())/1000), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (e *epoch) UnmarshalJSON(b []byte) error {
	var n float64
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	e.Time = time.UnixMilli(int64(n * 1000)).UTC()
	return nil
}

// ParseDate reads a StartDate or EndDate of a template (RFC 3339); nil if it is empty
// or no date.
func ParseDate(s string) *epoch {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return nil
	}
	return &epoch{t}
}

var goodName = regexp.MustCompile(`^[0-9a-zA-Z-_.]{1,64}$`)

func invalid(format string, args ...any) error {
	return wire.Errorf("ValidationException", format, args...)
}

// fill sets the defaults and refuses what AWS refuses.
func (s *Spec) fill() error {
	set := func(v *string, otherwise string) {
		if *v == "" {
			*v = otherwise
		}
	}
	set(&s.GroupName, defaultGroup)
	set(&s.ScheduleExpressionTimezone, "UTC")
	set(&s.State, "ENABLED")
	set(&s.ActionAfterCompletion, "NONE")
	switch {
	case !goodName.MatchString(s.Name):
		return invalid("the name %q is not valid: 1 to 64 letters, digits, -, _ and .", s.Name)
	case s.State != "ENABLED" && s.State != "DISABLED":
		return invalid("the state %q is neither ENABLED nor DISABLED", s.State)
	case s.ActionAfterCompletion != "NONE" && s.ActionAfterCompletion != "DELETE":
		return invalid("the action after completion %q is neither NONE nor DELETE", s.ActionAfterCompletion)
	case s.FlexibleTimeWindow.Mode == "OFF" && s.FlexibleTimeWindow.MaximumWindowInMinutes != 0:
		return invalid("MaximumWindowInMinutes needs the mode FLEXIBLE")
	case s.FlexibleTimeWindow.Mode == "FLEXIBLE" && (s.FlexibleTimeWindow.MaximumWindowInMinutes < 1 || s.FlexibleTimeWindow.MaximumWindowInMinutes > maxFlexible):
		return invalid("MaximumWindowInMinutes must be from 1 to 1440")
	case s.FlexibleTimeWindow.Mode != "OFF" && s.FlexibleTimeWindow.Mode != "FLEXIBLE":
		return invalid("the mode of FlexibleTimeWindow is OFF or FLEXIBLE")
	case s.StartDate != nil && s.EndDate != nil && !s.StartDate.Before(s.EndDate.Time):
		return invalid("the StartDate must be before the EndDate")
	}
	if _, err := s.expression(time.Time{}); err != nil {
		return invalid("Invalid Schedule Expression %s. %v", s.ScheduleExpression, err)
	}
	return s.Target.check()
}

func (t *Target) check() error {
	service := strings.SplitN(t.Arn+":::", ":", 4)[2]
	switch {
	case strings.HasPrefix(t.Arn, "arn:aws:scheduler:::aws-sdk:"):
		return wire.Unsupported("universal targets of EventBridge Scheduler")
	case !slices.Contains([]string{"lambda", "sqs", "states"}, service):
		return wire.Unsupported("schedules with the target " + t.Arn)
	case t.RoleArn == "":
		return invalid("the target's RoleArn is missing")
	case len(t.Input) > maxInput:
		return invalid("the target's Input is longer than 256 KiB")
	case t.SqsParameters != nil && service != "sqs":
		return invalid("SqsParameters need a queue as the target")
	}
	if p := t.RetryPolicy; p != nil {
		if v := p.MaximumEventAgeInSeconds; v != nil && (*v < 60 || *v > 86400) {
			return invalid("MaximumEventAgeInSeconds must be from 60 to 86400")
		}
		if v := p.MaximumRetryAttempts; v != nil && (*v < 0 || *v > defaultMaxRetries) {
			return invalid("MaximumRetryAttempts must be from 0 to 185")
		}
	}
	return nil
}

func (t *Target) maxAge() time.Duration {
	if t.RetryPolicy != nil && t.RetryPolicy.MaximumEventAgeInSeconds != nil {
		return time.Duration(*t.RetryPolicy.MaximumEventAgeInSeconds) * time.Second
	}
	return defaultMaxAge
}

func (t *Target) maxRetries() int {
	if t.RetryPolicy != nil && t.RetryPolicy.MaximumRetryAttempts != nil {
		return *t.RetryPolicy.MaximumRetryAttempts
	}
	return defaultMaxRetries
}

func (t *Target) deadLetters() string {
	if t.DeadLetterConfig == nil {
		return ""
	}
	return t.DeadLetterConfig.Arn
}

// expression parses the schedule's; a rate counts from the StartDate, or from one
// period after the schedule was made.
func (s *Spec) expression(made time.Time) (expression, error) {
	e, err := parseExpression(s.ScheduleExpression, s.ScheduleExpressionTimezone, made)
	if r, ok := e.(rate); ok {
		r.anchor = made.Add(r.every)
		if s.StartDate != nil {
			r.anchor = s.StartDate.Time
		}
		e = r
	}
	return e, err
}

// next is when the schedule is due after a moment, within its dates.
func (s *Spec) next(e expression, after time.Time) (time.Time, bool) {
	if _, single := e.(once); !single && s.StartDate != nil && after.Before(s.StartDate.Time) {
		after = s.StartDate.Add(-time.Nanosecond)
	}
	t, ok := e.next(after)
	if _, single := e.(once); !single && ok && s.EndDate != nil && t.After(s.EndDate.Time) {
		return time.Time{}, false
	}
	return t, ok
}
