package sqs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

func TestSendReceiveDelete(t *testing.T) {
	b := newBench(t)
	url := b.queue("jobs", nil)
	in := &sdk.SendMessageInput{
		QueueUrl: &url, MessageBody: aws.String("hällo\n"), MessageGroupId: aws.String("ten_1"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"kind": {DataType: aws.String("String"), StringValue: aws.String("run")},
			"raw":  {DataType: aws.String("Binary"), BinaryValue: []byte{1, 2}},
		},
		MessageSystemAttributes: map[string]types.MessageSystemAttributeValue{
			"AWSTraceHeader": {DataType: aws.String("String"), StringValue: aws.String("Root=1-2-3")},
		},
	}
	sent, err := b.client.SendMessage(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(2 * time.Second)
	got := b.receive(url, 10)
	if len(got) != 1 || *got[0].Body != "hällo\n" || *got[0].MessageId != *sent.MessageId {
		t.Fatalf("received %v", got)
	}
	want := map[string]string{
		"SenderId": "000000000000", "SentTimestamp": fmt.Sprint(start.UnixMilli()), "ApproximateReceiveCount": "1",
		"ApproximateFirstReceiveTimestamp": fmt.Sprint(start.UnixMilli() + 2000), "MessageGroupId": "ten_1", "AWSTraceHeader": "Root=1-2-3",
	}
	if diff := cmp.Diff(want, got[0].Attributes); diff != "" {
		t.Error(diff)
	}
	if *got[0].MD5OfMessageAttributes != *sent.MD5OfMessageAttributes || string(got[0].MessageAttributes["raw"].BinaryValue) != "\x01\x02" {
		t.Errorf("attributes %v", got[0].MessageAttributes)
	}
	b.delete(url, got[0])
	b.clock.Advance(time.Hour)
	if left := b.receive(url, 10); len(left) != 0 {
		t.Errorf("a deleted message came back: %v", bodies(left))
	}
}

// The checksum of the developer guide's algorithm, worked out by hand for one attribute.
func TestMD5OfAttributes(t *testing.T) {
	b := newBench(t)
	url := b.queue("jobs", nil)
	sent, err := b.client.SendMessage(context.Background(), &sdk.SendMessageInput{
		QueueUrl: &url, MessageBody: aws.String("x"),
		MessageAttributes: map[string]types.MessageAttributeValue{"a": {DataType: aws.String("String"), StringValue: aws.String("b")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	// MD5 of 00000001 'a' 00000006 'String' 01 00000001 'b'.
	if want := "bef8bf215374a0a228d67533b1a488be"; *sent.MD5OfMessageAttributes != want {
		t.Errorf("MD5OfMessageAttributes = %s", *sent.MD5OfMessageAttributes)
	}
}

func TestVisibilityTimeout(t *testing.T) {
	b := newBench(t)
	url := b.queue("jobs", map[string]string{"VisibilityTimeout": "10"})
	b.send(url, "one", "")
	first := b.receive(url, 10)
	if len(first) != 1 || len(b.receive(url, 10)) != 0 {
		t.Fatal("a message in flight must not be received")
	}
	b.clock.Advance(9 * time.Second)
	if len(b.receive(url, 10)) != 0 {
		t.Fatal("visible too early")
	}
	b.clock.Advance(time.Second)
	second := b.receive(url, 10)
	if len(second) != 1 || second[0].Attributes["ApproximateReceiveCount"] != "2" {
		t.Fatalf("after the timeout: %v", second)
	}
	b.delete(url, first[0]) // an old handle does nothing
	if got := b.attribute(url, "ApproximateNumberOfMessagesNotVisible"); got != "1" {
		t.Errorf("in flight: %s", got)
	}
	change := func(handle *string, seconds int32) error {
		_, err := b.client.ChangeMessageVisibility(context.Background(), &sdk.ChangeMessageVisibilityInput{
			QueueUrl: &url, ReceiptHandle: handle, VisibilityTimeout: seconds,
		})
		return err
	}
	if err := change(second[0].ReceiptHandle, 0); err != nil {
		t.Fatal(err)
	}
	third := b.receive(url, 1)
	if len(third) != 1 {
		t.Fatal("visibility 0 makes a message visible at once")
	}
	if err := change(third[0].ReceiptHandle, 100); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(99 * time.Second)
	if len(b.receive(url, 1)) != 0 {
		t.Error("the longer visibility was not kept")
	}
	b.clock.Advance(time.Second)
	var notInflight *types.MessageNotInflight
	if err := change(third[0].ReceiptHandle, 5); !errors.As(err, &notInflight) {
		t.Errorf("error %v, want MessageNotInflight", err)
	}
}

func TestDelay(t *testing.T) {
	b := newBench(t)
	url := b.queue("jobs", map[string]string{"DelaySeconds": "5"})
	b.send(url, "queue's delay", "")
	_, err := b.client.SendMessage(context.Background(), &sdk.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("longer"), DelaySeconds: 60})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.attribute(url, "ApproximateNumberOfMessagesDelayed"); got != "2" {
		t.Errorf("delayed: %s", got)
	}
	b.clock.Advance(5 * time.Second)
	if diff := cmp.Diff([]string{"queue's delay"}, bodies(b.receive(url, 10))); diff != "" {
		t.Error(diff)
	}
	b.clock.Advance(55 * time.Second)
	if got := bodies(b.receive(url, 10)); len(got) == 0 {
		t.Error("the delayed message did not appear")
	}
}

// A receiver that waits is woken by a sender, and by the end of a visibility timeout.
func TestLongPoll(t *testing.T) {
	b := newBench(t)
	url := b.queue("jobs", map[string]string{"VisibilityTimeout": "3"})
	poll := func(wait int32) <-chan []string {
		out := make(chan []string, 1)
		go func() {
			r, err := b.client.ReceiveMessage(context.Background(), &sdk.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: wait})
			if err != nil {
				t.Error(err)
			}
			out <- bodies(r.Messages)
		}()
		return out
	}
	got := poll(20)
	if err := b.clock.BlockUntilContext(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	b.send(url, "one", "")
	if diff := cmp.Diff([]string{"one"}, <-got); diff != "" {
		t.Error(diff)
	}
	got = poll(20)
	if err := b.clock.BlockUntilContext(context.Background(), 2); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(3 * time.Second)
	if diff := cmp.Diff([]string{"one"}, <-got); diff != "" {
		t.Error(diff)
	}
	got = poll(1)
	if err := b.clock.BlockUntilContext(context.Background(), 2); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(time.Second)
	if empty := <-got; len(empty) != 0 {
		t.Errorf("an empty queue gave %v", empty)
	}
}

func TestDeadLettersAndRedrive(t *testing.T) {
	b := newBench(t)
	dead := b.queue("dead", nil)
	arn := b.attribute(dead, "QueueArn")
	url := b.queue("jobs", map[string]string{
		"VisibilityTimeout": "1", "RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":"2"}`, arn),
	})
	sent := b.send(url, "poison", "g")
	for range 2 {
		if len(b.receive(url, 10)) != 1 {
			t.Fatal("the message should still be delivered")
		}
		b.clock.Advance(time.Second)
	}
	if len(b.receive(url, 10)) != 0 {
		t.Fatal("the message was delivered more often than maxReceiveCount")
	}
	letters := b.receive(dead, 10)
	if len(letters) != 1 || *letters[0].MessageId != *sent.MessageId || letters[0].Attributes["DeadLetterQueueSourceArn"] != b.attribute(url, "QueueArn") {
		t.Fatalf("dead letters: %v", letters)
	}
	b.clock.Advance(time.Minute)
	ctx := context.Background()
	if _, err := b.client.StartMessageMoveTask(ctx, &sdk.StartMessageMoveTaskInput{SourceArn: &arn}); err != nil {
		t.Fatal(err)
	}
	out, err := b.client.ReceiveMessage(ctx, &sdk.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 20})
	if err != nil || len(out.Messages) != 1 || *out.Messages[0].Body != "poison" {
		t.Fatalf("after the redrive: %v %v", out.Messages, err)
	}
	tasks, err := b.client.ListMessageMoveTasks(ctx, &sdk.ListMessageMoveTasksInput{SourceArn: &arn})
	if err != nil || len(tasks.Results) != 1 || *tasks.Results[0].ApproximateNumberOfMessagesToMove != 1 {
		t.Errorf("tasks: %v %v", tasks, err)
	}
	sources, err := b.client.ListDeadLetterSourceQueues(ctx, &sdk.ListDeadLetterSourceQueuesInput{QueueUrl: &dead})
	if err != nil || len(sources.QueueUrls) != 1 || sources.QueueUrls[0] != url {
		t.Errorf("sources: %v %v", sources, err)
	}
}

func TestRefusals(t *testing.T) {
	b := newBench(t)
	url := b.queue("jobs", nil)
	ctx := context.Background()
	send := func(in sdk.SendMessageInput) error {
		in.QueueUrl = &url
		_, err := b.client.SendMessage(ctx, &in)
		return err
	}
	missing := "https://sqs.us-east-1.amazonaws.com/000000000000/none"
	_, noQueue := b.client.SendMessage(ctx, &sdk.SendMessageInput{QueueUrl: &missing, MessageBody: aws.String("x")})
	_, distinct := b.client.DeleteMessageBatch(ctx, &sdk.DeleteMessageBatchInput{QueueUrl: &url, Entries: []types.DeleteMessageBatchRequestEntry{
		{Id: aws.String("a"), ReceiptHandle: aws.String("x")}, {Id: aws.String("a"), ReceiptHandle: aws.String("x")},
	}})
	_, handle := b.client.DeleteMessage(ctx, &sdk.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: aws.String("nonsense!")})
	for name, c := range map[string]struct {
		err  error
		code string
	}{
		"no queue":      {noQueue, "AWS.SimpleQueueService.NonExistentQueue"},
		"too long":      {send(sdk.SendMessageInput{MessageBody: aws.String(strings.Repeat("x", 1<<20+1))}), "InvalidParameterValue"},
		"control chars": {send(sdk.SendMessageInput{MessageBody: aws.String("\x01")}), "InvalidMessageContents"},
		"delay":         {send(sdk.SendMessageInput{MessageBody: aws.String("x"), DelaySeconds: 901}), "InvalidParameterValue"},
		"dedup":         {send(sdk.SendMessageInput{MessageBody: aws.String("x"), MessageDeduplicationId: aws.String("d")}), "InvalidParameterValue"},
		"batch ids":     {distinct, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"},
		"handle":        {handle, "ReceiptHandleIsInvalid"},
	} {
		var api smithy.APIError
		if !errors.As(c.err, &api) || api.ErrorCode() != c.code {
			t.Errorf("%s: %v, want %s", name, c.err, c.code)
		}
	}
	if err := send(sdk.SendMessageInput{MessageBody: aws.String(strings.Repeat("x", 1<<20))}); err != nil {
		t.Errorf("a message of 1 MiB: %v", err)
	}
}

func TestBatches(t *testing.T) {
	b := newBench(t)
	url := b.queue("jobs", nil)
	ctx := context.Background()
	out, err := b.client.SendMessageBatch(ctx, &sdk.SendMessageBatchInput{QueueUrl: &url, Entries: []types.SendMessageBatchRequestEntry{
		{Id: aws.String("good"), MessageBody: aws.String("fine")}, {Id: aws.String("bad"), MessageBody: aws.String("\x02")},
	}})
	if err != nil || len(out.Successful) != 1 || len(out.Failed) != 1 || *out.Failed[0].Code != "InvalidMessageContents" {
		t.Fatalf("%+v %v", out, err)
	}
	got := b.receive(url, 10)
	deleted, err := b.client.DeleteMessageBatch(ctx, &sdk.DeleteMessageBatchInput{QueueUrl: &url, Entries: []types.DeleteMessageBatchRequestEntry{
		{Id: aws.String("1"), ReceiptHandle: got[0].ReceiptHandle}, {Id: aws.String("2"), ReceiptHandle: aws.String("?")},
	}})
	if err != nil || len(deleted.Successful) != 1 || *deleted.Failed[0].Id != "2" {
		t.Errorf("%+v %v", deleted, err)
	}
}

func TestFIFO(t *testing.T) {
	b := newBench(t)
	url := b.queue("jobs.fifo", map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true", "VisibilityTimeout": "5"})
	for _, body := range []string{"a1", "a2", "a3"} {
		b.send(url, body, "a")
	}
	b.send(url, "b1", "b")
	if again := b.send(url, "a2", "a"); again.SequenceNumber == nil {
		t.Error("a FIFO message has a sequence number")
	}
	first := b.receive(url, 2)
	if diff := cmp.Diff([]string{"a1", "a2"}, bodies(first)); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff([]string{"b1"}, bodies(b.receive(url, 10))); diff != "" {
		t.Fatalf("group a has messages in flight, only b may be served: %s", diff)
	}
	b.delete(url, first[0])
	b.clock.Advance(5 * time.Second)
	again := slices.DeleteFunc(bodies(b.receive(url, 10)), func(s string) bool { return s == "b1" })
	if diff := cmp.Diff([]string{"a2", "a3"}, again); diff != "" {
		t.Errorf("the order of a group was broken: %s", diff)
	}
}

// After a restart everything that was not deleted is there and visible, with its
// receive count, also when the first process ended without closing.
func TestRestart(t *testing.T) {
	b := newBench(t)
	url := b.queue("jobs", map[string]string{"VisibilityTimeout": "300"})
	for i := range 4 {
		b.send(url, fmt.Sprint(i), "g")
	}
	got := b.receive(url, 2)
	b.delete(url, got[0])
	b.open()
	after := b.receive(url, 10)
	counts := map[string]string{}
	for _, m := range after {
		counts[*m.Body] = m.Attributes["ApproximateReceiveCount"]
	}
	if diff := cmp.Diff(map[string]string{"1": "2", "2": "1", "3": "1"}, counts); diff != "" {
		t.Error(diff)
	}
	if got := b.send(url, "new", "g"); got.MessageId == nil {
		t.Error("no id")
	}
	b.open()
	if n := len(b.receive(url, 10)); n != 4 {
		t.Errorf("%d messages after the second restart, want 4: a sequence number was used twice", n)
	}
}

func TestRetention(t *testing.T) {
	b := newBench(t)
	url := b.queue("jobs", map[string]string{"MessageRetentionPeriod": "3600"})
	b.send(url, "old", "")
	b.clock.Advance(50 * time.Minute)
	b.send(url, "young", "")
	b.clock.Advance(12 * time.Minute)
	if diff := cmp.Diff([]string{"young"}, bodies(b.receive(url, 10))); diff != "" {
		t.Error(diff)
	}
	if _, err := b.client.PurgeQueue(context.Background(), &sdk.PurgeQueueInput{QueueUrl: &url}); err != nil {
		t.Fatal(err)
	}
	b.open()
	if n := len(b.receive(url, 10)); n != 0 {
		t.Errorf("%d messages after a purge", n)
	}
}
