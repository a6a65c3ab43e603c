package stepfunctions

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// inProcess carries the SDK's requests to the service without a network.
type inProcess struct{ h http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.h.ServeHTTP(w, r)
	return w.Result(), nil
}

func (b *bench) client() *sfn.Client {
	return sfn.New(sfn.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String("http://states.local"),
		HTTPClient:   &http.Client{Transport: inProcess{b}},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "x", SecretAccessKey: "y"}, nil
		}),
		RetryMaxAttempts: 1,
	})
}

const waiting = `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"Next":"D"},"D":{"Type":"Pass","Result":"done","ResultPath":"$.r","End":true}}}`

func (b *bench) create(t *testing.T, c *sfn.Client, name, definition string, typ types.StateMachineType) string {
	t.Helper()
	out, err := c.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{Name: &name, Definition: &definition, RoleArn: aws.String("arn:aws:iam::000000000000:role/r"), Type: typ})
	if err != nil {
		t.Fatal(err)
	}
	return *out.StateMachineArn
}

func TestStandardExecutionThroughTheSDK(t *testing.T) {
	b := newBench(t, nil).started()
	c := b.client()
	arn := b.create(t, c, "m", waiting, "")
	start := func(input string) (*sfn.StartExecutionOutput, error) {
		return c.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &arn, Name: aws.String("one"), Input: &input})
	}
	first, err := start(`{"a":1}`)
	if err != nil {
		t.Fatal(err)
	}
	if *first.ExecutionArn != "arn:aws:states:us-east-1:000000000000:execution:m:one" || !first.StartDate.Equal(epoch) {
		t.Errorf("%s %s", *first.ExecutionArn, first.StartDate)
	}
	b.clock.Advance(time.Second)
	again, err := start(`{ "a": 1 }`)
	if err != nil || *again.ExecutionArn != *first.ExecutionArn || !again.StartDate.Equal(*first.StartDate) {
		t.Fatalf("the same start again: %+v %v", again, err)
	}
	var exists *types.ExecutionAlreadyExists
	if _, err := start(`{"a":2}`); !errors.As(err, &exists) {
		t.Fatalf("another input: %v", err)
	}
	d, err := c.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: first.ExecutionArn})
	if err != nil || d.Status != types.ExecutionStatusRunning || *d.Input != `{"a":1}` || d.StopDate != nil {
		t.Fatalf("%+v %v", d, err)
	}
	b.waitTimers(1)
	b.clock.Advance(time.Minute)
	b.end()
	d, err = c.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: first.ExecutionArn})
	if err != nil || d.Status != types.ExecutionStatusSucceeded || *d.Output != `{"a":1,"r":"done"}` || d.StopDate == nil {
		t.Fatalf("%+v %v", d, err)
	}
	if _, err := start(`{"a":1}`); !errors.As(err, &exists) {
		t.Fatalf("a closed name again: %v", err)
	}
	h, err := c.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: first.ExecutionArn, MaxResults: 4})
	if err != nil || len(h.Events) != 4 || h.NextToken == nil || h.Events[1].Type != types.HistoryEventTypeWaitStateEntered || *h.Events[1].StateEnteredEventDetails.Name != "W" {
		t.Fatalf("%+v %v", h, err)
	}
	h, err = c.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: first.ExecutionArn, NextToken: h.NextToken})
	if err != nil || len(h.Events) != 2 || *h.Events[1].ExecutionSucceededEventDetails.Output != `{"a":1,"r":"done"}` {
		t.Fatalf("%+v %v", h, err)
	}
	h, err = c.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: first.ExecutionArn, ReverseOrder: true, IncludeExecutionData: aws.Bool(false)})
	if err != nil || h.Events[0].Type != types.HistoryEventTypeExecutionSucceeded || h.Events[0].ExecutionSucceededEventDetails.Output != nil {
		t.Fatalf("%+v %v", h, err)
	}
	if n := b.Meter.Snapshot()["states.transitions"]; n != 2 {
		t.Errorf("%v transitions", n)
	}
}

func TestStopListAndDescribeThroughTheSDK(t *testing.T) {
	b := newBench(t, nil).started()
	c := b.client()
	arn := b.create(t, c, "m", waiting, types.StateMachineTypeStandard)
	for i := range 5 {
		b.start(arn, fmt.Sprint("e", i), `{}`)
		b.clock.Advance(time.Second)
	}
	stop, err := c.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: aws.String(strings.Replace(arn, "stateMachine:m", "execution:m:e3", 1)), Error: aws.String("E"), Cause: aws.String("because")})
	if err != nil || !stop.StopDate.Equal(epoch.Add(5*time.Second)) {
		t.Fatalf("%+v %v", stop, err)
	}
	d, err := c.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: aws.String(strings.Replace(arn, "stateMachine:m", "execution:m:e3", 1))})
	if err != nil || d.Status != types.ExecutionStatusAborted || *d.Error != "E" || *d.Cause != "because" {
		t.Fatalf("%+v %v", d, err)
	}
	var names []string
	pages := sfn.NewListExecutionsPaginator(c, &sfn.ListExecutionsInput{StateMachineArn: &arn, MaxResults: 2})
	for pages.HasMorePages() {
		p, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range p.Executions {
			names = append(names, *e.Name+":"+string(e.Status))
		}
	}
	if got := strings.Join(names, " "); got != "e4:RUNNING e3:ABORTED e2:RUNNING e1:RUNNING e0:RUNNING" {
		t.Error(got)
	}
	l, err := c.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: &arn, StatusFilter: types.ExecutionStatusAborted})
	if err != nil || len(l.Executions) != 1 {
		t.Fatalf("%+v %v", l, err)
	}
	m, err := c.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: &arn})
	if err != nil || *m.Definition != waiting || m.Type != types.StateMachineTypeStandard || m.LoggingConfiguration.Level != types.LogLevelOff {
		t.Fatalf("%+v %v", m, err)
	}
	b.create(t, c, "other", oneTask, types.StateMachineTypeExpress)
	ms, err := c.ListStateMachines(t.Context(), &sfn.ListStateMachinesInput{MaxResults: 1})
	if err != nil || len(ms.StateMachines) != 1 || *ms.StateMachines[0].Name != "m" || ms.NextToken == nil {
		t.Fatalf("%+v %v", ms, err)
	}
	ms, err = c.ListStateMachines(t.Context(), &sfn.ListStateMachinesInput{NextToken: ms.NextToken})
	if err != nil || len(ms.StateMachines) != 1 || ms.StateMachines[0].Type != types.StateMachineTypeExpress {
		t.Fatalf("%+v %v", ms, err)
	}
}

func TestRefusalsThroughTheSDK(t *testing.T) {
	b := newBench(t, nil).started()
	c := b.client()
	standard := b.create(t, c, "s", waiting, types.StateMachineTypeStandard)
	express := b.create(t, c, "x", oneTask, types.StateMachineTypeExpress)
	exec := b.start(standard, "e", `{}`)
	run := b.start(express, "e", `{}`)
	create := func(in *sfn.CreateStateMachineInput) error {
		in.RoleArn = aws.String("r")
		_, err := c.CreateStateMachine(t.Context(), in)
		return err
	}
	start := func(arn, name, input string) error {
		_, err := c.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &arn, Name: &name, Input: &input})
		return err
	}
	describe := func(arn string) error {
		_, err := c.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &arn})
		return err
	}
	list := func(arn string) error {
		_, err := c.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: &arn})
		return err
	}
	sync := func(arn string) error {
		_, err := c.StartSyncExecution(t.Context(), &sfn.StartSyncExecutionInput{StateMachineArn: &arn})
		return err
	}
	for _, x := range []struct {
		name string
		err  error
		want string
	}{
		{"bad definition", create(&sfn.CreateStateMachineInput{Name: aws.String("n"), Definition: aws.String(`{"StartAt":"x"}`)}), "InvalidDefinition: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'"},
		{"bad name", create(&sfn.CreateStateMachineInput{Name: aws.String("a b"), Definition: aws.String(oneTask)}), "InvalidName"},
		{"name taken", create(&sfn.CreateStateMachineInput{Name: aws.String("s"), Definition: aws.String(oneTask)}), "StateMachineAlreadyExists"},
		{"versions", create(&sfn.CreateStateMachineInput{Name: aws.String("n"), Definition: aws.String(oneTask), Publish: true}), "LocalCloudUnsupported"},
		{"encryption", create(&sfn.CreateStateMachineInput{Name: aws.String("n"), Definition: aws.String(oneTask), EncryptionConfiguration: &types.EncryptionConfiguration{Type: types.EncryptionTypeAwsOwnedKey}}), "LocalCloudUnsupported"},
		{"no machine", start(standard+"x", "n", `{}`), "StateMachineDoesNotExist"},
		{"bad execution name", start(standard, "a/b", `{}`), "InvalidName"},
		{"input that is no JSON", start(express, "n", `{a}`), "InvalidExecutionInput"},
		{"large input", start(express, "n", `"`+strings.Repeat("x", 256<<10)+`"`), "ValidationException"},
		{"express is not described", describe(run), "InvalidArn: Invalid Arn: 'Resource type not valid in this context: express'"},
		{"no execution", describe(exec + "x"), "ExecutionDoesNotExist"},
		{"no ARN", describe("e"), "InvalidArn"},
		{"express is not listed", list(express), "StateMachineTypeNotSupported"},
		{"standard is not waited for", sync(standard), "StateMachineTypeNotSupported"},
	} {
		if x.err == nil || !strings.Contains(x.err.Error(), x.want) {
			t.Errorf("%s: %v, wanted %s", x.name, x.err, x.want)
		}
	}
	if code, out := b.call("CreateActivity", map[string]any{"name": "a"}); code != 501 || out["__type"] != "LocalCloudUnsupported" {
		t.Errorf("an operation that is not there: %d %v", code, out)
	}
	if code, out := b.call("StartExecution", map[string]any{"stateMachineArn": express, "traceHeader": "x"}); code != 501 {
		t.Errorf("a parameter that is not there: %d %v", code, out)
	}
}

func TestSyncExecutionThroughTheSDK(t *testing.T) {
	b := newBench(t, nil).started()
	c := b.client()
	b.function("f", func([]byte) (Result, error) { return Result{Payload: []byte(`"yes"`)}, nil })
	arn := b.create(t, c, "m", oneTask, types.StateMachineTypeExpress)
	out, err := c.StartSyncExecution(t.Context(), &sfn.StartSyncExecutionInput{StateMachineArn: &arn, Name: aws.String("n"), Input: aws.String(`{"q":1}`)},
		func(o *sfn.Options) { o.BaseEndpoint = aws.String("http://sync-states.local") })
	if err != nil || out.Status != types.SyncExecutionStatusSucceeded || *out.Output != `{"r":"yes"}` || out.BillingDetails.BilledDurationInMilliseconds != 100 || out.BillingDetails.BilledMemoryUsedInMB != 64 {
		t.Fatalf("%+v %v", out, err)
	}
	b.function("f", func([]byte) (Result, error) {
		return Result{Payload: []byte(`{"errorType":"Boom","errorMessage":"m"}`), FunctionError: "Unhandled"}, nil
	})
	out, err = c.StartSyncExecution(t.Context(), &sfn.StartSyncExecutionInput{StateMachineArn: &arn})
	if err != nil || out.Status != types.SyncExecutionStatusFailed || *out.Error != "Boom" || *out.Cause != `{"errorType":"Boom","errorMessage":"m"}` {
		t.Fatalf("%+v %v", out, err)
	}
}

func TestValidateThroughTheSDK(t *testing.T) {
	c := newBench(t, nil).started().client()
	out, err := c.ValidateStateMachineDefinition(t.Context(), &sfn.ValidateStateMachineDefinitionInput{Definition: aws.String(oneTask), Type: types.StateMachineTypeExpress})
	if err != nil || out.Result != types.ValidateStateMachineDefinitionResultCodeOk || len(out.Diagnostics) != 0 {
		t.Fatalf("%+v %v", out, err)
	}
	out, err = c.ValidateStateMachineDefinition(t.Context(), &sfn.ValidateStateMachineDefinitionInput{Definition: aws.String(`{}`)})
	if err != nil || out.Result != types.ValidateStateMachineDefinitionResultCodeFail || *out.Diagnostics[0].Location != "/" || *out.Diagnostics[0].Code != "SCHEMA_VALIDATION_FAILED" {
		t.Fatalf("%+v %v", out, err)
	}
}

func TestUpdateAndDeleteLeaveOpenRunsAlone(t *testing.T) {
	store := newFragile(t)
	b := newBench(t, store).started()
	c := b.client()
	arn := b.create(t, c, "m", waiting, types.StateMachineTypeExpress)
	b.start(arn, "before", `{}`)
	up, err := c.UpdateStateMachine(t.Context(), &sfn.UpdateStateMachineInput{StateMachineArn: &arn, Definition: aws.String(strings.Replace(waiting, `"done"`, `"new"`, 1))})
	if err != nil || *up.RevisionId == "" {
		t.Fatalf("%+v %v", up, err)
	}
	b.start(arn, "after", `{}`)
	if _, err := c.DeleteStateMachine(t.Context(), &sfn.DeleteStateMachineInput{StateMachineArn: &arn}); err != nil {
		t.Fatal(err)
	}
	var gone *types.StateMachineDoesNotExist
	if _, err := c.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: &arn}); !errors.As(err, &gone) {
		t.Fatal(err)
	}
	b.Close()

	// The next process knows both definitions, though the machine is gone.
	n := newBench(t, store.cut(99))
	n.clock.Advance(time.Minute)
	n.started()
	got := map[string]string{}
	for range 2 {
		e := n.end()
		got[e.Name] = string(e.Output)
	}
	if got["before"] != `{"r":"done"}` || got["after"] != `{"r":"new"}` {
		t.Errorf("%v", got)
	}
}

func TestDeploy(t *testing.T) {
	b := newBench(t, nil).started()
	arn, err := b.Deploy(MachineSpec{Name: "m", Definition: oneTask, Express: true})
	if err != nil {
		t.Fatal(err)
	}
	revision := b.machineNamed(arn).Revision
	if _, err := b.Deploy(MachineSpec{Name: "m", Definition: oneTask, Express: true}); err != nil || b.machineNamed(arn).Revision != revision {
		t.Errorf("the same again is %s: %v", b.machineNamed(arn).Revision, err)
	}
	if _, err := b.Deploy(MachineSpec{Name: "m", Definition: waiting, Express: true}); err != nil || b.machineNamed(arn).Definition != waiting {
		t.Errorf("an update: %v", err)
	}
	if _, err := b.Deploy(MachineSpec{Name: "m", Definition: waiting}); err == nil {
		t.Error("the type was changed")
	}
	if _, err := b.Deploy(MachineSpec{Name: "m", Definition: `{}`, Express: true}); err == nil {
		t.Error("a bad definition was deployed")
	}
}
