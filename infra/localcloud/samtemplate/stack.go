package samtemplate

import (
	"encoding/json"
	"time"
)

// Stack is what a template makes, nested stacks included.
type Stack struct {
	Name      string
	Region    string
	AccountID string

	Functions      []Function
	Layers         []Layer
	StateMachines  []StateMachine
	EventSources   []EventSource
	Queues         []Queue
	Tables         []Table
	Buckets        []Bucket
	Keys           []Key
	Aliases        []Alias
	Secrets        []Secret
	SSMParameters  []SSMParameter
	Dashboards     []Dashboard
	Schedules      []Schedule
	ScheduleGroups []ScheduleGroup
	HTTPAPIs       []API
	WebSocketAPIs  []API
	// FunctionURLs are served like an HTTP API with one route, $default.
	FunctionURLs []API
	// Outputs are those of the top template.
	Outputs map[string]string
}

// Source says where a resource is defined.
type Source struct {
	LogicalID string
	// Stack is the physical name of the (nested) stack that the resource belongs to.
	Stack string
	At    Position
}

// Function is a Lambda function.
type Function struct {
	Source
	Name    string
	ARN     string
	CodeURI string // as the template has it, without a slash at the end
	// CodePath is CodeURI seen from the working directory.
	CodePath string
	Handler  string
	Runtime  string
	Timeout  time.Duration
	MemoryMB int
	// ReservedConcurrency is -1 if none is reserved.
	ReservedConcurrency int
	// AllowRecursion is RecursiveLoop: Allow; loops are not stopped at 16 hops.
	AllowRecursion bool
	Environment    map[string]string
	Layers         []string
	Policies       json.RawMessage
	// DeadLetterARN is the queue for asynchronous events that failed; "" for none.
	DeadLetterARN string
	// AsyncRetries and AsyncMaxAge govern asynchronous invocations that fail.
	AsyncRetries int
	AsyncMaxAge  time.Duration
}

// Layer is a Lambda layer.
type Layer struct {
	Source
	ARN         string
	ContentPath string
}

// StateMachine is a Step Functions state machine with its substitutions made.
type StateMachine struct {
	Source
	Name       string
	ARN        string
	Type       string // STANDARD or EXPRESS
	Definition json.RawMessage
	Policies   json.RawMessage
}

// EventSource is an event source mapping: a queue or a table stream to a function.
type EventSource struct {
	Source
	ID           string
	FunctionARN  string
	SourceARN    string
	Enabled      bool
	BatchSize    int
	Window       time.Duration
	Filters      []json.RawMessage // EventBridge patterns; any may match
	ReportsItems bool              // ReportBatchItemFailures

	MaximumConcurrency int // of a queue; 0 is no limit

	// Of a stream.
	StartingPosition string
	BisectOnError    bool
	MaximumRetries   int           // -1 is without end
	MaximumAge       time.Duration // -1 s is without end
	Parallelization  int
	OnFailureARN     string
}

// Queue is an SQS queue.
type Queue struct {
	Source
	Name              string
	ARN               string
	URL               string
	FIFO              bool
	ContentBased      bool
	VisibilityTimeout time.Duration
	Delay             time.Duration
	ReceiveWait       time.Duration
	Retention         time.Duration
	MaximumMessage    int // bytes
	DeadLetterARN     string
	MaxReceives       int
}

// Attribute names a key attribute and its type: S, N or B.
type Attribute struct{ Name, Type string }

// Index is a global or local secondary index.
type Index struct {
	Name       string
	Hash       string
	Range      string // "" if the index has no range key
	Projection string // ALL, KEYS_ONLY, INCLUDE
	Include    []string
}

// Table is a DynamoDB table.
type Table struct {
	Source
	Name       string
	ARN        string
	Attributes []Attribute
	Hash       string
	Range      string
	Global     []Index
	Local      []Index
	TTL        string // the attribute, "" for none
	StreamView string // "" for no stream
	StreamARN  string
	OnDemand   bool
	Recovery   bool // point in time
}

// Bucket is an S3 bucket.
type Bucket struct {
	Source
	Name string
	ARN  string
	// KeyARN or id of the KMS key that encrypts it; "" for S3's own.
	Key        string
	Versioned  bool
	AbortAfter time.Duration // multipart uploads left open; 0 is never
}

// Key is a KMS key.
type Key struct {
	Source
	ID          string
	ARN         string
	Description string
}

// Alias is another name of a KMS key.
type Alias struct {
	Source
	Name   string
	Target string
}

// Secret is a secret in Secrets Manager.
type Secret struct {
	Source
	Name  string
	ARN   string
	Value string
	// Generate is how long a random value is to be made; 0 if Value counts.
	Generate int
	// GenerateKey and GenerateTemplate put the random value into a JSON object.
	GenerateKey      string
	GenerateTemplate string
}

// SSMParameter is a parameter of Systems Manager.
type SSMParameter struct {
	Source
	Name  string
	Type  string
	Value string
}

// Dashboard is a dashboard of CloudWatch.
type Dashboard struct {
	Source
	Name string
	Body string // JSON
}

// ScheduleGroup groups schedules of EventBridge Scheduler.
type ScheduleGroup struct {
	Source
	Name string
	ARN  string
}

// Schedule is a schedule of EventBridge Scheduler.
type Schedule struct {
	Source
	Name       string
	Group      string
	Expression string
	Timezone   string
	Start, End string // RFC 3339, "" for none
	Enabled    bool
	Flexible   time.Duration
	TargetARN  string
	RoleARN    string
	Input      string
	// SQSGroup is the MessageGroupId if the target is a queue.
	SQSGroup      string
	DeadLetterARN string
	MaxAge        time.Duration
	MaxRetries    int
}
