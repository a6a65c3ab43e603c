package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/google/go-cmp/cmp"
)

func (s suite) streams(t *testing.T) {
	for _, view := range []types.StreamViewType{"KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"} {
		t.Run(string(view), func(t *testing.T) { s.streamView(t, view) })
	}
	t.Run("iterators", s.iterators)
	t.Run("refused", s.streamsRefused)
}

// streamARN returns the ARN of a table's stream.
func (s suite) streamARN(t *testing.T, table string) string {
	t.Helper()
	out, err := s.Streams.ListStreams(ctx, &dynamodbstreams.ListStreamsInput{TableName: &table})
	if err != nil || len(out.Streams) != 1 {
		t.Fatalf("the streams of the table are %v, %v", out, err)
	}
	return *out.Streams[0].StreamArn
}

// records reads a whole stream from its beginning, shard by shard.
func (s suite) records(t *testing.T, arn string) []streamtypes.Record {
	t.Helper()
	d, err := s.Streams.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: &arn})
	if err != nil {
		t.Fatal(err)
	}
	var out []streamtypes.Record
	for _, shard := range d.StreamDescription.Shards {
		out = append(out, s.read(t, &dynamodbstreams.GetShardIteratorInput{StreamArn: &arn, ShardId: shard.ShardId, ShardIteratorType: "TRIM_HORIZON"})...)
	}
	return out
}

// read reads a shard from an iterator to its present end.
func (s suite) read(t *testing.T, from *dynamodbstreams.GetShardIteratorInput) []streamtypes.Record {
	t.Helper()
	it, err := s.Streams.GetShardIterator(ctx, from)
	if err != nil {
		t.Fatal(err)
	}
	var out []streamtypes.Record
	for next := it.ShardIterator; next != nil; {
		page, err := s.Streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: next, Limit: aws.Int32(2)})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Records) == 0 {
			return out
		}
		out, next = append(out, page.Records...), page.NextShardIterator
	}
	return out
}

// streamView makes changes of three items and compares their records.
func (s suite) streamView(t *testing.T, view types.StreamViewType) {
	table := s.table(t, "pk:S", streaming(view))
	steps := []struct{ key, update string }{
		{"a", "SET x = :v"}, {"b", "SET x = :v"}, {"a", "SET x = :v"}, {"a", "SET y = :v"}, {"c", ""}, {"b", "delete"}, {"a", "REMOVE x"}, {"b", "delete"}, {"a", "delete"},
	}
	for _, step := range steps {
		key := item(`{"pk":{"S":"` + step.key + `"}}`)
		in := &dynamodb.UpdateItemInput{TableName: &table, Key: key}
		var err error
		switch {
		case step.update == "delete":
			_, err = s.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &table, Key: key})
		default:
			in.UpdateExpression = optional(step.update)
			if strings.Contains(step.update, ":v") {
				in.ExpressionAttributeValues = item(`{":v":{"N":"1"}}`)
			}
			_, err = s.Client.UpdateItem(ctx, in)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const a, ax, axy, ay = `{"pk":{"S":"a"}}`, `{"pk":{"S":"a"},"x":{"N":"1"}}`, `{"pk":{"S":"a"},"x":{"N":"1"},"y":{"N":"1"}}`, `{"pk":{"S":"a"},"y":{"N":"1"}}`
	const b, bx, c = `{"pk":{"S":"b"}}`, `{"pk":{"S":"b"},"x":{"N":"1"}}`, `{"pk":{"S":"c"}}`
	want := map[string][]string{
		a: {change(view, "INSERT", "", ax), change(view, "MODIFY", ax, axy), change(view, "MODIFY", axy, ay), change(view, "REMOVE", ay, "")},
		b: {change(view, "INSERT", "", bx), change(view, "REMOVE", bx, "")},
		c: {change(view, "INSERT", "", c)},
	}
	got := map[string][]string{}
	last, ids := map[string]string{}, map[string]bool{}
	for _, r := range s.records(t, s.streamARN(t, table)) {
		d := r.Dynamodb
		key := showStream(d.Keys)
		got[key] = append(got[key], fmt.Sprintf("%s %s -> %s", r.EventName, showStream(d.OldImage), showStream(d.NewImage)))
		if *d.SequenceNumber <= last[key] || len(*d.SequenceNumber) < 21 || ids[*r.EventID] {
			t.Errorf("sequence number %s after %s, id %s", *d.SequenceNumber, last[key], *r.EventID)
		}
		last[key], ids[*r.EventID] = *d.SequenceNumber, true
		if string(d.StreamViewType) != string(view) || *r.EventSource != "aws:dynamodb" || r.UserIdentity != nil || *d.SizeBytes == 0 || d.ApproximateCreationDateTime == nil {
			t.Errorf("the record is %+v, %+v", r, d)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// change writes a record as the view shows it.
func change(view types.StreamViewType, event, before, after string) string {
	if view == "KEYS_ONLY" || view == "NEW_IMAGE" {
		before = ""
	}
	if view == "KEYS_ONLY" || view == "OLD_IMAGE" {
		after = ""
	}
	return fmt.Sprintf("%s %s -> %s", event, show(item(before)), show(item(after)))
}

// showStream writes an item of a record, whose types are the streams' own.
func showStream(it map[string]streamtypes.AttributeValue) string {
	if it == nil {
		return "none"
	}
	out := attributes{}
	for name, v := range it {
		switch v := v.(type) {
		case *streamtypes.AttributeValueMemberS:
			out[name] = &types.AttributeValueMemberS{Value: v.Value}
		case *streamtypes.AttributeValueMemberN:
			out[name] = &types.AttributeValueMemberN{Value: v.Value}
		}
	}
	return show(out)
}

func (s suite) iterators(t *testing.T) {
	table := s.table(t, "pk:S", streaming("NEW_IMAGE"))
	for i := range 5 {
		s.put(t, table, fmt.Sprintf(`{"pk":{"S":"a"},"n":{"N":"%d"}}`, i))
	}
	arn := s.streamARN(t, table)
	all := s.records(t, arn)
	if len(all) != 5 {
		t.Fatalf("%d records of 5 changes", len(all))
	}
	d, err := s.Streams.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: &arn})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, shard := range d.StreamDescription.Shards {
		from := func(kind streamtypes.ShardIteratorType, sequence *string) int {
			return len(s.read(t, &dynamodbstreams.GetShardIteratorInput{StreamArn: &arn, ShardId: shard.ShardId, ShardIteratorType: kind, SequenceNumber: sequence}))
		}
		if from("TRIM_HORIZON", nil) == 0 {
			continue
		}
		found++
		at, after, latest := from("AT_SEQUENCE_NUMBER", all[2].Dynamodb.SequenceNumber), from("AFTER_SEQUENCE_NUMBER", all[2].Dynamodb.SequenceNumber), from("LATEST", nil)
		if at != 3 || after != 2 || latest != 0 {
			t.Errorf("at, after and latest give %d, %d and %d records; want 3, 2 and 0", at, after, latest)
		}
	}
	if found != 1 {
		t.Errorf("the records of one item are in %d shards", found)
	}
}

func (s suite) streamsRefused(t *testing.T) {
	table := s.table(t, "pk:S", streaming("KEYS_ONLY"))
	arn := s.streamARN(t, table)
	none := arn[:strings.LastIndexByte(arn, '/')] + "/2020-01-01T00:00:00.000"
	if _, err := s.Streams.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: &none}); code(err) != "ResourceNotFoundException" {
		t.Errorf("another stream: %v", err)
	}
	shard := aws.String("shardId-00000000000000000000-00000000")
	_, err := s.Streams.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{StreamArn: &arn, ShardId: shard, ShardIteratorType: "LATEST"})
	if code(err) != "ResourceNotFoundException" {
		t.Errorf("another shard: %v", err)
	}
	if _, err = s.Streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: aws.String("nonsense")}); code(err) != "ValidationException" {
		t.Errorf("no iterator: %v", err)
	}
	quiet := s.table(t, "pk:S")
	out, err := s.Streams.ListStreams(ctx, &dynamodbstreams.ListStreamsInput{TableName: &quiet})
	if err != nil || len(out.Streams) != 0 {
		t.Errorf("a table without a stream has %v, %v", out, err)
	}
}
