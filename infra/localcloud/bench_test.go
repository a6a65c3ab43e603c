package localcloud_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/automatelanka/automatelanka/infra/localcloud"
)

func openBench(b *testing.B) *localcloud.Cloud {
	s := newShop()
	c, err := localcloud.Open(context.Background(), localcloud.Options{TemplatePath: "testdata/shop/template.yaml", Constructors: s.constructors(), Data: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// BenchmarkCall is what the SDK and the transport cost, with a service that does nothing.
func BenchmarkCall(b *testing.B) {
	c := openBench(b)
	client := kms.NewFromConfig(c.AWSConfig())
	b.ReportAllocs()
	for b.Loop() {
		_, _ = client.DescribeKey(context.Background(), &kms.DescribeKeyInput{KeyId: aws.String("none")})
	}
}

// BenchmarkSend is a durable message.
func BenchmarkSend(b *testing.B) {
	c := openBench(b)
	client := sqs.NewFromConfig(c.AWSConfig())
	url := c.Stack().Queues[1].URL
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.SendMessage(context.Background(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String(`{"tenant":"ten_1"}`), MessageGroupId: aws.String("ten_1")}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOrder is the whole way of an order: API, authorizer, function, queue,
// event source, function, state machine, function, table.
func BenchmarkOrder(b *testing.B) {
	s := newShop()
	c, err := localcloud.Open(context.Background(), localcloud.Options{TemplatePath: "testdata/shop/template.yaml", Constructors: s.constructors(), Data: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Start(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Close(context.Background()) })
	h := c.HTTPHandler()
	b.ReportAllocs()
	b.ResetTimer()
	go func() {
		for n := range b.N {
			request(h, "POST", fmt.Sprint("/orders/o", n), "good")
		}
	}()
	for range b.N {
		<-s.shipped
	}
}
