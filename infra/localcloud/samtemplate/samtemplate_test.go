package samtemplate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"
)

const full = "testdata/full/template.yaml"

func load(t *testing.T, parameters map[string]string) *samtemplate.Stack {
	t.Helper()
	s, err := samtemplate.Load(full, samtemplate.Options{Parameters: parameters})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var noSource = cmpopts.IgnoreTypes(samtemplate.Source{})

func function(t *testing.T, s *samtemplate.Stack, id string) samtemplate.Function {
	t.Helper()
	for _, f := range s.Functions {
		if f.LogicalID == id {
			return f
		}
	}
	t.Fatalf("there is no function %s", id)
	return samtemplate.Function{}
}

func TestIntrinsics(t *testing.T) {
	f := function(t, load(t, nil), "Worker")
	want := map[string]string{
		"STAGE": "dev", "SHARED": "own", "QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/jobs-green",
		"BUCKET_ARN": "arn:aws:s3:::local-files/*", "LITERAL": "${NotAName} dev", "MAPPED": "mine-dev", "MAYBE": "none",
		"PART": "kms", "LONG": "arn:aws", "ROLE": "arn:aws:iam::000000000000:role/local-WorkerRole", "B64": "aGk=",
	}
	if diff := cmp.Diff(want, f.Environment); diff != "" {
		t.Error(diff)
	}
}

func TestFunction(t *testing.T) {
	f := function(t, load(t, nil), "Worker")
	f.Environment, f.Policies = nil, nil
	want := samtemplate.Function{
		Name: "local-worker-dev", ARN: "arn:aws:lambda:us-east-1:000000000000:function:local-worker-dev",
		CodeURI: "functions/worker", CodePath: filepath.FromSlash("testdata/full/functions/worker"), Handler: "bootstrap", Runtime: "provided.al2023",
		Timeout: 30 * time.Second, MemoryMB: 256, ReservedConcurrency: 5, AllowRecursion: true,
		Layers:        []string{"arn:aws:lambda:us-east-1:000000000000:layer:local-Layer:1"},
		DeadLetterARN: "arn:aws:sqs:us-east-1:000000000000:local-Nested-Dead", AsyncRetries: 1, AsyncMaxAge: 10 * time.Minute,
	}
	if diff := cmp.Diff(want, f, noSource); diff != "" {
		t.Error(diff)
	}
	prod := load(t, map[string]string{"Stage": "prod"})
	if f := function(t, prod, "Worker"); f.MemoryMB != 1024 || f.Environment["MAYBE"] != "arn:aws:sqs:us-east-1:000000000000:local-ProdOnly" || f.Environment["GONE"] != "x" {
		t.Errorf("with Stage=prod: %d MB, %v", f.MemoryMB, f.Environment)
	}
}

func TestData(t *testing.T) {
	s := load(t, nil)
	const queue = "arn:aws:sqs:us-east-1:000000000000:"
	if diff := cmp.Diff([]samtemplate.Queue{
		{
			Name: "local-Nested-Dead", ARN: queue + "local-Nested-Dead", URL: "https://sqs.us-east-1.amazonaws.com/000000000000/local-Nested-Dead",
			VisibilityTimeout: 30 * time.Second, Retention: 96 * time.Hour, MaximumMessage: 1 << 20,
		},
		{
			Name: "jobs-green", ARN: queue + "jobs-green", URL: "https://sqs.us-east-1.amazonaws.com/000000000000/jobs-green",
			VisibilityTimeout: 3 * time.Minute, Retention: 96 * time.Hour, MaximumMessage: 1 << 20, DeadLetterARN: queue + "local-Nested-Dead", MaxReceives: 4,
		},
	}, s.Queues, noSource); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]samtemplate.Table{{
		Name: "local-Nested-Table", ARN: "arn:aws:dynamodb:us-east-1:000000000000:table/local-Nested-Table",
		Attributes: []samtemplate.Attribute{{Name: "pk", Type: "S"}, {Name: "sk", Type: "N"}}, Hash: "pk", Range: "sk",
		Global: []samtemplate.Index{{Name: "by-sk", Hash: "sk", Projection: "INCLUDE", Include: []string{"a", "b"}}},
		TTL:    "ttl", StreamView: "NEW_IMAGE", OnDemand: true, Recovery: true,
		StreamARN: "arn:aws:dynamodb:us-east-1:000000000000:table/local-Nested-Table/stream/2026-01-01T00:00:00.000",
	}}, s.Tables, noSource); diff != "" {
		t.Error(diff)
	}
	if b := s.Buckets[0]; b.Name != "local-files" || b.AbortAfter != 48*time.Hour || b.Key != s.Keys[0].ID {
		t.Errorf("bucket %+v", b)
	}
	if a := s.Aliases[0]; a.Name != "alias/data" || a.Target != s.Keys[0].ID {
		t.Errorf("alias %+v", a)
	}
	if p := s.SSMParameters[0]; p.Name != "/al/setting" || p.Value != "a-dev" {
		t.Errorf("parameter %+v", p)
	}
	if p := s.Secrets[0]; p.Generate != 24 || p.GenerateKey != "password" {
		t.Errorf("secret %+v", p)
	}
}

func TestEvents(t *testing.T) {
	s := load(t, nil)
	const worker = "arn:aws:lambda:us-east-1:000000000000:function:local-worker-dev"
	ignoreID := cmpopts.IgnoreFields(samtemplate.EventSource{}, "ID")
	if diff := cmp.Diff([]samtemplate.EventSource{
		{
			FunctionARN: worker, SourceARN: "arn:aws:sqs:us-east-1:000000000000:jobs-green", Enabled: true, BatchSize: 5, Window: 2 * time.Second,
			ReportsItems: true, MaximumConcurrency: 3, Filters: s.EventSources[0].Filters,
		},
		{
			FunctionARN: worker, SourceARN: s.Tables[0].StreamARN, Enabled: true, BatchSize: 100, StartingPosition: "LATEST", BisectOnError: true,
			MaximumRetries: 4, MaximumAge: -time.Second, Parallelization: 2, OnFailureARN: "arn:aws:sqs:us-east-1:000000000000:local-Nested-Dead",
		},
	}, s.EventSources, noSource, ignoreID); diff != "" {
		t.Error(diff)
	}
	machine := s.StateMachines[0]
	if diff := cmp.Diff([]samtemplate.Schedule{
		{Name: "local-WorkerMinute", Group: "default", Expression: "rate(1 minute)", Timezone: "UTC", Enabled: true, TargetARN: worker, MaxAge: time.Minute},
		{
			Name: "local-Nightly", Group: "local-group", Expression: "cron(0 3 * * ? *)", Timezone: "Asia/Colombo", Enabled: true, Flexible: 15 * time.Minute,
			TargetARN: machine.ARN, RoleARN: "arn:aws:iam::000000000000:role/local-Role", Input: `{"nightly":true}`, MaxAge: 24 * time.Hour, MaxRetries: 185,
		},
		{Name: "local-Hourly-t", Group: "default", Expression: "rate(1 hour)", Timezone: "UTC", Enabled: true, TargetARN: worker, MaxAge: 24 * time.Hour, MaxRetries: 185},
	}, s.Schedules, noSource); diff != "" {
		t.Error(diff)
	}
	want := `{"StartAt":"work","States":{"work":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"` + worker +
		`","Payload.$":"$"},"TimeoutSeconds":30,"End":true}}}`
	if diff := cmp.Diff(want, string(machine.Definition)); diff != "" || machine.Type != "EXPRESS" {
		t.Error(diff)
	}
}

func TestAPIs(t *testing.T) {
	s := load(t, nil)
	web := function(t, s, "Web").ARN
	if diff := cmp.Diff([]samtemplate.Route{
		{Key: "GET /open", FunctionARN: web, Timeout: 30 * time.Second},
		{Key: "ANY /{proxy+}", FunctionARN: web, Timeout: 5 * time.Second, Authorizer: "Key"},
	}, s.HTTPAPIs[0].Routes, noSource); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]samtemplate.Authorizer{"Key": {
		Name: "Key", FunctionARN: function(t, s, "Guard").ARN, Identity: []string{"$request.header.Authorization"}, TTL: 5 * time.Second, Simple: true, Payload: "2.0",
	}}, s.HTTPAPIs[0].Authorizers, noSource); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(&samtemplate.CORS{Origins: []string{"https://a.example"}, Methods: []string{"GET"}, MaxAge: time.Minute}, s.HTTPAPIs[0].CORS); diff != "" {
		t.Error(diff)
	}
	socket := s.WebSocketAPIs[0]
	if diff := cmp.Diff([]samtemplate.Route{{Key: "$connect", FunctionARN: web, Timeout: 30 * time.Second}}, socket.Routes, noSource); diff != "" || socket.Stage != "live" {
		t.Errorf("stage %s %s", socket.Stage, diff)
	}
	urls := ""
	for i, target := range []string{"Guard", "Web"} {
		u := s.FunctionURLs[i]
		if u.LogicalID != target+"Url" || u.Routes[0].FunctionARN != function(t, s, target).ARN || u.Routes[0].Key != "$default" {
			t.Errorf("%+v", u)
		}
		urls += " https://" + u.ID + ".lambda-url.us-east-1.on.aws/"
	}
	want := map[string]string{
		"Issuer": s.Outputs["Issuer"], "Urls": urls[1:],
		"SocketUrl": "wss://" + socket.ID + ".execute-api.us-east-1.amazonaws.com/live", "Both": "yes",
	}
	if diff := cmp.Diff(want, s.Outputs); diff != "" || !strings.HasPrefix(s.Outputs["Issuer"], "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_") {
		t.Errorf("%v %s", s.Outputs, diff)
	}
}

// Names do not change from one start to the next: data is found by them.
func TestNamesAreStable(t *testing.T) {
	if diff := cmp.Diff(load(t, nil), load(t, nil)); diff != "" {
		t.Error(diff)
	}
}

// A fault names the place where it is, and all faults of a template are reported.
func TestFaults(t *testing.T) {
	const head = "Resources:\n"
	for text, want := range map[string]string{
		"  A:\n    Type: AWS::EC2::Instance":                                                                                                                                   "t.yaml:2:3: A: resources of type AWS::EC2::Instance are not supported",
		"  A:\n    Type: AWS::SQS::Queue\n    Properties:\n      Colour: red":                                                                                                  "t.yaml:5:15: AWS::SQS::Queue A: the property Colour is not supported",
		"  A:\n    Type: AWS::SQS::Queue\n    Properties: { VisibilityTimeout: 43201 }":                                                                                        "t.yaml:4:38: AWS::SQS::Queue A: VisibilityTimeout must be a whole number from 0 to 43200",
		"  A:\n    Type: AWS::SQS::Queue\n    Properties: { QueueName: !Ref None }":                                                                                            "t.yaml:4:30: there is no parameter or resource None",
		"  A:\n    Type: AWS::SQS::Queue\n    DependsOn: B":                                                                                                                    "A depends on B, which does not exist",
		"  A:\n    Type: AWS::SQS::Queue\n    Properties: { QueueName: !GetAtt A.Colour }":                                                                                     "the resource A (AWS::SQS::Queue) has no attribute Colour",
		"  A:\n    Type: AWS::SQS::Queue\n    Properties: { QueueName: !ImportValue x }":                                                                                       "Fn::ImportValue is not supported",
		"  A:\n    Type: AWS::SQS::Queue\n    Properties: { QueueName: !Cidr x }":                                                                                              "Fn::Cidr is not supported",
		"  A:\n    Type: AWS::SQS::Queue\n    Condition: None":                                                                                                                 "there is no condition None",
		"  A:\n    Type: AWS::SQS::Queue\n    Properties: { FifoQueue: true, QueueName: a }":                                                                                   "ends in .fifo",
		"  A:\n    Type: AWS::SQS::Queue\n    Properties: { RedrivePolicy: { deadLetterTargetArn: x, maxReceiveCount: 1 } }":                                                   "there is no dead-letter queue x",
		"  A:\n    Type: AWS::DynamoDB::Table\n    Properties: { KeySchema: [{ AttributeName: a, KeyType: HASH }] }":                                                           "PAY_PER_REQUEST",
		"  A:\n    Type: AWS::Serverless::Application":                                                                                                                         "only a template in a local file can be nested",
		"  A:\n    Type: AWS::Serverless::SimpleTable":                                                                                                                         "AWS::Serverless::SimpleTable are not supported",
		"  A:\n    Type: AWS::Serverless::Application\n    Properties: { Location: none.yaml }":                                                                                "none.yaml",
		"  A:\n    Type: AWS::Serverless::Function\n    Properties: { CodeUri: a, AutoPublishAlias: live }":                                                                    "the property AutoPublishAlias is not supported",
		"  A:\n    Type: AWS::Serverless::Function\n    Properties: { CodeUri: a, Events: { E: { Type: SNS } } }":                                                              "events of type SNS are not supported",
		"  A:\n    Type: AWS::Serverless::StateMachine\n    Properties: { Definition: { StartAt: \"${X}\" } }":                                                                 "the definition needs ${X}",
		"  A:\n    Type: AWS::Events::Rule\n    Properties: { EventPattern: { source: [my.app] } }":                                                                            "there is no event bus here",
		"  A:\n    Type: AWS::Scheduler::Schedule\n    Properties: { ScheduleExpression: rate(1 day), FlexibleTimeWindow: { Mode: \"OFF\" }, Target: { Arn: x, RoleArn: y } }": "there is no target x",
	} {
		file := filepath.Join(t.TempDir(), "t.yaml")
		if err := os.WriteFile(file, []byte(head+text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := samtemplate.Load(file, samtemplate.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n gave %v\n want %s", text, err, want)
		}
	}
}

// A queue whose visibility timeout is shorter than six times the timeout of its
// function is refused.
func TestVisibilityIsLongEnough(t *testing.T) {
	const text = `
Resources:
  Q: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 59 } }
  F:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: a, Timeout: 10, Events: { E: { Type: SQS, Properties: { Queue: !GetAtt Q.Arn } } } }
`
	file := filepath.Join(t.TempDir(), "t.yaml")
	for _, c := range []struct{ visibility, want string }{{"59", "shorter than 6 times"}, {"60", ""}} {
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "59", c.visibility)), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := samtemplate.Load(file, samtemplate.Options{})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s s: %v", c.visibility, err)
		}
	}
}

func TestParameters(t *testing.T) {
	for given, want := range map[string]string{"Stage=test": "not one of", "Keep=0": "not within the limits", "Keep=x": "not a number", "None=1": "has no parameter None"} {
		name, v, _ := strings.Cut(given, "=")
		_, err := samtemplate.Load(full, samtemplate.Options{Parameters: map[string]string{name: v}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", given, err, want)
		}
	}
}

// What circles ends in an error, not in a loop.
func TestCircles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"conditions.yaml": "Conditions:\n  A: !Not [!Condition B]\n  B: !Not [!Condition A]\nResources:\n  Q: { Type: AWS::SQS::Queue, Condition: A }\n",
		"itself.yaml":     "Resources:\n  N: { Type: AWS::Serverless::Application, Properties: { Location: itself.yaml } }\n",
		"alias.yaml":      "Resources:\n  Q: &q { Type: AWS::SQS::Queue, Properties: { QueueName: *q } }\n",
		"name.yaml":       "Resources:\n  Q: { Type: AWS::SQS::Queue, Properties: { QueueName: !GetAtt Q.QueueName } }\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := samtemplate.Load(file, samtemplate.Options{}); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

// The project's own template is read without a fault.
func TestOwnTemplate(t *testing.T) {
	s, err := samtemplate.Load("../../../template.yaml", samtemplate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Functions) == 0 || len(s.Queues) == 0 || len(s.Tables) == 0 || len(s.StateMachines) == 0 {
		t.Errorf("functions %d, queues %d, tables %d, state machines %d", len(s.Functions), len(s.Queues), len(s.Tables), len(s.StateMachines))
	}
}

func FuzzLoad(f *testing.F) {
	seed, err := os.ReadFile(full)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte("Resources:\n  Q: &q { Type: AWS::SQS::Queue, Properties: { QueueName: *q } }\n"))
	f.Add([]byte("Resources: {A: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub \"${A}${\"}}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(t.TempDir(), "t.yaml")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _ = samtemplate.Load(file, samtemplate.Options{}) // it must come back
	})
}
