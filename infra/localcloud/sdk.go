package localcloud

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/middleware"
)

// AWSConfig returns a configuration for SDK clients that talk to this cloud.
func (c *Cloud) AWSConfig() aws.Config {
	return aws.Config{
		Region: c.stack.Region, HTTPClient: c.transport, Retryer: newRetryer,
		APIOptions:  []func(*middleware.Stack) error{leaveOutSigning},
		Credentials: credentials.NewStaticCredentialsProvider("LOCALCLOUD", "local", ""),
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
