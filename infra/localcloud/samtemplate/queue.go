package samtemplate

import (
	"encoding/json"
	"strings"
	"time"
)

// Limits of SQS queues (Amazon SQS, message quotas).
const (
	maxVisibility   = 43200   // seconds
	maxRetention    = 1209600 // seconds
	maxMessageBytes = 1 << 20
)

func readQueue(p *reader) {
	p.inert("QueueName", "Tags", "SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds")
	id := p.identity()
	q := Queue{
		Source: p.source(), Name: id.name(), ARN: id.queueARN(), URL: id.queueURL(),
		FIFO: p.flag("FifoQueue"), ContentBased: p.flag("ContentBasedDeduplication"),
		VisibilityTimeout: p.seconds("VisibilityTimeout", 30, 0, maxVisibility),
		Delay:             p.seconds("DelaySeconds", 0, 0, 900),
		ReceiveWait:       p.seconds("ReceiveMessageWaitTimeSeconds", 0, 0, 20),
		Retention:         p.seconds("MessageRetentionPeriod", 345600, 60, maxRetention),
		MaximumMessage:    p.number("MaximumMessageSize", maxMessageBytes, 1024, maxMessageBytes),
	}
	if q.FIFO != strings.HasSuffix(q.Name, ".fifo") {
		p.fault(nil, "the name of a FIFO queue, and of no other, ends in .fifo")
	}
	p.redrive(&q)
	p.t.load.stack.Queues = append(p.t.load.stack.Queues, q)
}

func (p *reader) redrive(q *Queue) {
	p.inert("RedriveAllowPolicy")
	v := p.take("RedrivePolicy")
	if v == nil {
		return
	}
	if v.kind == scalar { // the policy may also be given as a text of JSON
		var policy struct {
			DeadLetterTargetArn string      `json:"deadLetterTargetArn"`
			MaxReceiveCount     json.Number `json:"maxReceiveCount"`
		}
		if err := json.Unmarshal([]byte(v.text), &policy); err != nil {
			p.fault(v, "RedrivePolicy is not JSON")
		}
		fields := mapValue(v.at)
		fields.set("deadLetterTargetArn", textValue(v.at, policy.DeadLetterTargetArn))
		fields.set("maxReceiveCount", textValue(v.at, policy.MaxReceiveCount.String()))
		v = fields
	}
	r := p.t.reader(p.r, v, p.where+" RedrivePolicy")
	q.DeadLetterARN = r.required("deadLetterTargetArn")
	q.MaxReceives = r.number("maxReceiveCount", 10, 1, 1000)
	r.done()
}

func readBucket(p *reader) {
	p.inert("BucketName", "Tags", "PublicAccessBlockConfiguration", "OwnershipControls", "AccessControl",
		"LoggingConfiguration", "IntelligentTieringConfigurations", "MetricsConfigurations")
	id := p.identity()
	b := Bucket{Source: p.source(), Name: id.name(), ARN: id.bucketARN()}
	if v := p.inner("VersioningConfiguration"); v != nil {
		b.Versioned = v.oneOf("Status", "Suspended", "Enabled") == "Enabled"
		v.done()
	}
	if e := p.inner("BucketEncryption"); e != nil {
		e.items("ServerSideEncryptionConfiguration", func(rule *reader) {
			rule.inert("BucketKeyEnabled")
			if d := rule.inner("ServerSideEncryptionByDefault"); d != nil {
				d.oneOf("SSEAlgorithm", "AES256", "aws:kms")
				b.Key = d.text("KMSMasterKeyID", "")
				d.done()
			}
		})
		e.done()
	}
	p.lifecycle(&b)
	p.t.load.stack.Buckets = append(p.t.load.stack.Buckets, b)
}

// lifecycle takes the one rule that is supported, the end of uploads left open;
// rules that expire objects run once a day in S3, and not at all here.
func (p *reader) lifecycle(b *Bucket) {
	l := p.inner("LifecycleConfiguration")
	if l == nil {
		return
	}
	defer l.done()
	l.inert("TransitionDefaultMinimumObjectSize")
	l.items("Rules", func(rule *reader) {
		rule.inert("Id", "Status", "Prefix", "Transitions", "TagFilters", "ExpirationInDays", "NoncurrentVersionExpiration")
		if abort := rule.inner("AbortIncompleteMultipartUpload"); abort != nil {
			b.AbortAfter = time.Duration(abort.number("DaysAfterInitiation", 7, 1, 3650)) * 24 * time.Hour
			abort.done()
		}
	})
}
