package conformance_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"

	local "github.com/automatelanka/automatelanka/infra/localcloud/dynamodb"
	"github.com/automatelanka/automatelanka/infra/localcloud/dynamodb/conformance"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// inProcess calls the service without a network.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

// target makes clients that reach a service at the address.
func target(address string, transport http.RoundTripper) conformance.Target {
	config := aws.Config{
		Region: "us-east-1", BaseEndpoint: &address, RetryMaxAttempts: 1, HTTPClient: &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	}
	return conformance.Target{Client: dynamodb.NewFromConfig(config), Streams: dynamodbstreams.NewFromConfig(config)}
}

func service(t *testing.T) http.Handler {
	store, err := kv.Open(kv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := local.New(local.Options{Store: store, Clock: clock.Real()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestLocalCloudInProcess(t *testing.T) {
	conformance.Run(t, target("http://dynamodb.local", inProcess{service(t)}))
}

func TestLocalCloudOverTCP(t *testing.T) {
	server := httptest.NewServer(service(t))
	defer server.Close()
	conformance.Run(t, target(server.URL, bodyReader{server.Client().Transport}))
}

// bodyReader sends requests whose bodies are read, and not asked to write themselves.
// Where the answer is here before net/http has looked for a body's end, the SDK has
// closed the body; one that is asked to write itself then gives io.EOF as an error, for
// which net/http closes the connection that the answer is coming from.
type bodyReader struct{ next http.RoundTripper }

func (b bodyReader) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		sent := *r
		sent.Body = struct{ io.ReadCloser }{r.Body}
		r = &sent
	}
	return b.next.RoundTrip(r)
}

// TestDynamoDBLocal holds the suite itself against a judge; judge.sh starts it.
func TestDynamoDBLocal(t *testing.T) {
	address := os.Getenv("DYNAMODB_ENDPOINT")
	if address == "" {
		t.Skip("DYNAMODB_ENDPOINT is not set: judge.sh starts DynamoDB Local and sets it")
	}
	judge := target(address, bodyReader{http.DefaultTransport})
	judge.Local = true
	conformance.Run(t, judge)
}
