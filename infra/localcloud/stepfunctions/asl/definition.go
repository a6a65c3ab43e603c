package asl

import (
	"fmt"
	"strings"
	"time"
)

// Machine is a compiled definition. It is never changed and may be shared.
type Machine struct {
	top     *block
	timeout time.Duration // 0: none
}

// block is a StartAt with its States: the whole machine, a branch or an item processor.
type block struct {
	start  *state
	states map[string]*state
}

// kind is the type of a state.
type kind uint8

const (
	kindPass kind = iota
	kindTask
	kindChoice
	kindWait
	kindSucceed
	kindFail
	kindParallel
	kindMap
)

var kindNames = [...]string{"Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"}

func (k kind) String() string { return kindNames[k] }

// state is one compiled state. Only the part of its own kind is set.
type state struct {
	name string
	kind kind
	next *state // nil: the end

	input, output         *Path // nil: all of it
	noInput, noOutput     bool  // the path was null: {}
	parameters, selector  template
	resultPath            []step
	discard               bool // ResultPath was null
	retry                 []retrier
	catch                 []catcher
	result                any // Pass
	hasResult             bool
	task                  *taskSpec
	wait                  *waitSpec
	choices               []choice
	otherwise             *state // Choice's Default
	failError, failCause  *text
	branches              []*block // Parallel
	items                 *mapSpec
	nextName, defaultName string // resolved at the end of parsing
}

// text is a constant or an expression, for Fail's Error and Cause.
type text struct {
	constant string
	field    string
	e        expr
}

type choice struct {
	when     rule
	next     *state
	nextName string
}

type retrier struct {
	errors   []string
	interval float64 // seconds
	attempts int
	backoff  float64
	maxDelay float64 // seconds; 0: none
	jitter   bool
}

type catcher struct {
	errors     []string
	resultPath []step
	discard    bool
	next       *state
	nextName   string
}

// seconds is a number of seconds, constant or by a path; nil where it was not given.
type seconds struct {
	n    int64
	path *Path
}

type taskSpec struct {
	resource           string
	service, action    string // lambda invoke, sqs sendMessage, dynamodb getItem; direct functions have no action
	function           string // of a direct function ARN
	timeout, heartbeat *seconds
}

type waitSpec struct {
	seconds *seconds
	until   time.Time
	path    *Path // TimestampPath
}

type mapSpec struct {
	items       *Path // nil: the whole input
	selector    template
	processor   *block
	concurrency *seconds // here a plain number
}

// Diagnostic is one thing that is wrong with a definition.
type Diagnostic struct {
	Code     string // SCHEMA_VALIDATION_FAILED, INVALID_JSON_DESCRIPTION, MISSING_TRANSITION_TARGET, …
	Message  string
	Location string // for example /States/Fetch/Resource
}

func (d Diagnostic) String() string {
	if d.Location == "" {
		return d.Code + ": " + d.Message
	}
	return fmt.Sprintf("%s: %s at %s", d.Code, d.Message, d.Location)
}

// InvalidError says all that is wrong with a definition. Its text is the message
// of the service's InvalidDefinition.
type InvalidError struct{ Diagnostics []Diagnostic }

func (e *InvalidError) Error() string {
	parts := make([]string, len(e.Diagnostics))
	for i, d := range e.Diagnostics {
		parts[i] = d.String()
	}
	return "Invalid State Machine Definition: '" + strings.Join(parts, ", ") + "'"
}

// The codes of diagnostics.
const (
	codeSchema       = "SCHEMA_VALIDATION_FAILED"
	codeJSON         = "INVALID_JSON_DESCRIPTION"
	codeTarget       = "MISSING_TRANSITION_TARGET"
	codeNoEnd        = "MISSING_END_STATE"
	codeDuplicate    = "DUPLICATE_STATE_NAME"
	maxDiagnostics   = 100
	maxStateName     = 80
	maxDefinition    = 1 << 20 // bytes (quotas of Step Functions)
	maxSeconds       = 99999999
	maxDelaySeconds  = 31622400
	maxInlineWorkers = 40 // concurrent iterations of an inline Map (documentation, "Map state")
)

// diagnostics collects what is wrong while a definition is parsed.
type diagnostics struct{ list []Diagnostic }

func (d *diagnostics) add(at, format string, args ...any) {
	d.code(codeSchema, at, format, args...)
}

func (d *diagnostics) code(code, at, format string, args ...any) {
	if len(d.list) < maxDiagnostics {
		d.list = append(d.list, Diagnostic{Code: code, Message: fmt.Sprintf(format, args...), Location: at})
	}
}
