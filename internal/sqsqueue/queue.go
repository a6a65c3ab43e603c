// Package sqsqueue sends executions to the SQS queues of their plans.
package sqsqueue

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Sender is the part of the SQS client that is used.
type Sender interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// Queue sends messages. URLs has the address of each plan's queue.
type Queue struct {
	Client Sender
	URLs   map[tenant.PlanName]string
}

// Send sends the message to the queue of its plan. The message group is the
// tenant: SQS then serves tenants fairly, whatever one of them sends.
func (q *Queue) Send(ctx context.Context, m execution.Message) error {
	url, ok := q.URLs[m.Plan]
	if !ok {
		return fault.New(fault.Internal, fault.CodeInternal, "There is no queue for plan %q.", m.Plan)
	}
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	_, err = q.Client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: &url, MessageBody: aws.String(string(body)), MessageGroupId: aws.String(string(m.Tenant)),
		DelaySeconds: int32(math.Ceil(m.Delay.Seconds())),
	})
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, fault.CodeUnavailable, "The queue did not answer; try again.")
	}
	return nil
}
