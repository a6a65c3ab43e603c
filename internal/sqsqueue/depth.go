package sqsqueue

import (
	"context"
	"errors"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/oversight"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Keeper is the part of the SQS client that looks after queues.
type Keeper interface {
	GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error)
	StartMessageMoveTask(context.Context, *sqs.StartMessageMoveTaskInput, ...func(*sqs.Options)) (*sqs.StartMessageMoveTaskOutput, error)
	ListMessageMoveTasks(context.Context, *sqs.ListMessageMoveTasksInput, ...func(*sqs.Options)) (*sqs.ListMessageMoveTasksOutput, error)
}

// Pair are the addresses of a plan's queue and of its dead letters.
type Pair struct{ URL, Dead string }

// Pairs looks after the plans' queues. It implements oversight.Queues.
type Pairs struct {
	Client Keeper
	Plans  map[tenant.PlanName]Pair
}

var _ oversight.Queues = (*Pairs)(nil)

// Depths reads how much each queue holds, higher plans first. SQS counts
// approximately.
func (q *Pairs) Depths(ctx context.Context) ([]oversight.Depth, error) {
	out := make([]oversight.Depth, 0, len(q.Plans))
	for _, plan := range tenant.PlanNames() {
		d := oversight.Depth{Plan: plan}
		own, err := q.state(ctx, q.Plans[plan].URL)
		if err != nil {
			return nil, err
		}
		dead, err := q.state(ctx, q.Plans[plan].Dead)
		if err != nil {
			return nil, err
		}
		d.Visible, d.InFlight, d.Delayed = own.visible, own.hidden, own.delayed
		d.DeadLetters = dead.visible + dead.hidden + dead.delayed
		tasks, err := q.Client.ListMessageMoveTasks(ctx, &sqs.ListMessageMoveTasksInput{SourceArn: &dead.arn, MaxResults: aws.Int32(1)})
		if err != nil {
			return nil, unanswered(err)
		}
		for _, t := range tasks.Results {
			d.Redrive = aws.ToString(t.Status)
		}
		out = append(out, d)
	}
	return out, nil
}

// state is what a queue is and holds.
type state struct {
	arn                      string
	visible, hidden, delayed int64
}

func (q *Pairs) state(ctx context.Context, url string) (s state, err error) {
	const (
		visible = types.QueueAttributeNameApproximateNumberOfMessages
		hidden  = types.QueueAttributeNameApproximateNumberOfMessagesNotVisible
		delayed = types.QueueAttributeNameApproximateNumberOfMessagesDelayed
	)
	out, err := q.Client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn, visible, hidden, delayed},
	})
	if err != nil {
		return s, unanswered(err)
	}
	s.arn = out.Attributes[string(types.QueueAttributeNameQueueArn)]
	for name, n := range map[types.QueueAttributeName]*int64{visible: &s.visible, hidden: &s.hidden, delayed: &s.delayed} {
		if *n, err = strconv.ParseInt(out.Attributes[string(name)], 10, 64); err != nil {
			return s, fault.Wrap(err, fault.Internal, fault.CodeInternal, "The queue did not say how much it holds.")
		}
	}
	return s, nil
}

// Redrive starts to move a plan's dead letters back to its queue, and returns how
// many there are. Each counts as new there: it is tried as often as any other.
func (q *Pairs) Redrive(ctx context.Context, p tenant.PlanName) (int64, error) {
	pair, ok := q.Plans[p]
	if !ok {
		return 0, fault.New(fault.NotFound, fault.CodeNotFound, "There is no plan %q.", string(p))
	}
	dead, err := q.state(ctx, pair.Dead)
	if err != nil || dead.visible == 0 {
		return 0, err
	}
	_, err = q.Client.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{SourceArn: &dead.arn})
	var refused smithy.APIError
	if errors.As(err, &refused) && refused.ErrorFault() == smithy.FaultClient {
		return 0, fault.Wrap(err, fault.Conflict, fault.CodeConflict, "The dead letters of %s are being moved already.", p)
	}
	if err != nil {
		return 0, unanswered(err)
	}
	return dead.visible, nil
}

func unanswered(err error) error {
	return fault.Wrap(err, fault.Unavailable, fault.CodeUnavailable, "The queue did not answer; try again.")
}
