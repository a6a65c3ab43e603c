package localcloud

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// AWSConfig returns a configuration for SDK clients that talk to this cloud.
func (c *Cloud) AWSConfig() aws.Config {
	return aws.Config{
		Region: c.stack.Region, HTTPClient: c.transport, Retryer: newRetryer,
		APIOptions:     []func(*middleware.Stack) error{leaveOutSigning},
		ServiceOptions: []func(string, any){c.shorten},
		Credentials:    credentials.NewStaticCredentialsProvider("LOCALCLOUD", "local", ""),
	}
}

// leaveOutSigning removes from a call what only a network needs: the signature, with
// the hash of the body, and headers for AWS's own statistics. The transport knows
// who calls. It saves about a quarter of what a call costs. S3 keeps it all, because
// its signature says in which form the body is sent.
func leaveOutSigning(stack *middleware.Stack) error {
	if _, isS3 := stack.Finalize.Get("SigV4ContentSHA256Header"); isS3 {
		return nil
	}
	for _, id := range []string{"Signing", "ComputePayloadHash", "setLegacyContextSigningOptions"} {
		_, _ = stack.Finalize.Remove(id) // another version of the SDK may not have it
	}
	for _, id := range []string{"ClientRequestID", "UserAgent", "RecursionDetection", "SetCredentialSourceMiddleware"} {
		_, _ = stack.Build.Remove(id)
	}
	return nil
}

// shorten makes the calls of the services that each run calls several times go the
// short way.
func (c *Cloud) shorten(_ string, options any) {
	switch o := options.(type) {
	case *dynamodb.Options:
		o.APIOptions = c.shortWay("dynamodb")
	case *sqs.Options:
		o.APIOptions = c.shortWay("sqs")
	case *sfn.Options:
		o.APIOptions = c.shortWay("states")
	}
}

// shortWay keeps of a call what it means without a network: the input is checked
// and written, a failure is tried again, the answer is read, and an error has its
// status. Schemes of identity, rules of endpoints, signatures, checksums of the
// connection and statistics took a sixth of a run's CPU.
func (c *Cloud) shortWay(service string) []func(*middleware.Stack) error {
	host := address(service + "." + c.stack.Region + ".amazonaws.com")
	return []func(*middleware.Stack) error{func(stack *middleware.Stack) error {
		retry, retries := stack.Finalize.Get("Retry")
		errs, hasStatus := stack.Deserialize.Get("ResponseErrorWrapper")
		read, reads := stack.Deserialize.Get("OperationDeserializer")
		if !retries || !hasStatus || !reads {
			return errors.New("localcloud: the SDK's calls are made of other steps than those of the version it was written for")
		}
		stack.Build.Clear()
		stack.Finalize.Clear()
		stack.Deserialize.Clear()
		return errors.Join(
			stack.Finalize.Add(retry, middleware.After),
			stack.Finalize.Add(host, middleware.After),
			stack.Deserialize.Add(errs, middleware.After),
			stack.Deserialize.Add(read, middleware.After),
		)
	}}
}

// address is the step of a call that says which host it goes to.
type address string

// ID implements middleware.FinalizeMiddleware.
func (address) ID() string { return "LocalcloudAddress" }

// HandleFinalize implements middleware.FinalizeMiddleware.
func (a address) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	r, ok := in.Request.(*smithyhttp.Request)
	if !ok {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, fmt.Errorf("localcloud: a request is a %T", in.Request)
	}
	r.URL.Scheme, r.URL.Host = "https", string(a)
	return next.HandleFinalize(ctx, in)
}
