package localcloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
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
		o.APIOptions = c.shortWay("dynamodb", o.HTTPClient)
	case *sqs.Options:
		o.APIOptions = c.shortWay("sqs", o.HTTPClient)
	case *sfn.Options:
		o.APIOptions = c.shortWay("states", o.HTTPClient)
	}
}

// shortWay keeps of a call what it means without a network: the input is checked
// and written, a failure is tried again, the answer is read, and an error has its
// status. Schemes of identity, rules of endpoints, signatures, checksums of the
// connection and statistics took a sixth of a run's CPU, and the copies that are made
// of a request for a network a twentieth.
func (c *Cloud) shortWay(service string, client smithyhttp.ClientDo) []func(*middleware.Stack) error {
	again := repeat{retry.NewAttemptMiddleware(newRetryer(), smithyhttp.RequestCloner)}
	send := direct{client: client, host: service + "." + c.stack.Region + ".amazonaws.com"}
	return []func(*middleware.Stack) error{func(stack *middleware.Stack) error {
		errs, hasStatus := stack.Deserialize.Get("ResponseErrorWrapper")
		read, reads := stack.Deserialize.Get("OperationDeserializer")
		if !hasStatus || !reads {
			return errors.New("localcloud: the SDK's calls are made of other steps than those of the version it was written for")
		}
		stack.Build.Clear()
		stack.Finalize.Clear()
		stack.Deserialize.Clear()
		return errors.Join(
			stack.Finalize.Add(again, middleware.After),
			stack.Deserialize.Add(errs, middleware.After),
			stack.Deserialize.Add(read, middleware.After),
			stack.Deserialize.Add(send, middleware.After),
		)
	}}
}

// repeat is the step that tries a call again. A call that succeeds at once, as nearly
// all do, does without what the SDK's own step makes ready for further attempts.
type repeat struct{ sdk *retry.Attempt }

// ID implements middleware.FinalizeMiddleware.
func (repeat) ID() string { return "LocalcloudRetry" }

// HandleFinalize implements middleware.FinalizeMiddleware.
func (r repeat) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	out, metadata, err := next.HandleFinalize(ctx, in)
	if err == nil || ctx.Err() != nil {
		return out, metadata, err
	}
	first := true
	return r.sdk.HandleFinalize(ctx, in, finalizer(func(ctx context.Context, in middleware.FinalizeInput) (
		middleware.FinalizeOutput, middleware.Metadata, error,
	) {
		if first { // the attempt that was made already
			first = false
			return out, metadata, err
		}
		return next.HandleFinalize(ctx, in)
	}))
}

// finalizer is a function as a middleware.FinalizeHandler.
type finalizer func(context.Context, middleware.FinalizeInput) (middleware.FinalizeOutput, middleware.Metadata, error)

// HandleFinalize implements middleware.FinalizeHandler.
func (f finalizer) HandleFinalize(ctx context.Context, in middleware.FinalizeInput) (middleware.FinalizeOutput, middleware.Metadata, error) {
	return f(ctx, in)
}

// direct is the last step of a call: it hands the request as it is to the client of the
// call's configuration, which is the transport or stands before it, without the copy that
// the SDK's own step makes for a connection.
type direct struct {
	client smithyhttp.ClientDo
	host   string
}

// ID implements middleware.DeserializeMiddleware.
func (direct) ID() string { return "LocalcloudSend" }

// HandleDeserialize implements middleware.DeserializeMiddleware.
func (d direct) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, _ middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, metadata middleware.Metadata, err error,
) {
	request, ok := in.Request.(*smithyhttp.Request)
	if !ok {
		return out, metadata, fmt.Errorf("localcloud: a request is a %T", in.Request)
	}
	r := request.WithContext(ctx)
	r.URL.Scheme, r.URL.Host = "https", d.host
	if body := request.GetStream(); body != nil {
		r.Body = io.NopCloser(body)
	}
	answer, err := d.client.Do(r)
	if err != nil { // nothing came back: an answer without anything in it, as the SDK makes it
		answer, err = &http.Response{Header: http.Header{}, Body: http.NoBody}, &smithyhttp.RequestSendError{Err: err}
		if ctx.Err() != nil {
			err = &smithy.CanceledError{Err: ctx.Err()}
		}
	}
	out.RawResponse = &smithyhttp.Response{Response: answer}
	return out, metadata, err
}
