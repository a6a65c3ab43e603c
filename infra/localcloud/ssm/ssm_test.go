package ssm_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/ssm"
)

type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

func TestParameters(t *testing.T) {
	s := ssm.New(&meter.Meter{})
	s.Add(ssm.Parameter{Name: "/al/a", Type: "String", Value: "1"})
	client := sdk.New(sdk.Options{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient: &http.Client{Transport: inProcess{s}}, RetryMaxAttempts: 1,
	})
	ctx := context.Background()
	one, err := client.GetParameter(ctx, &sdk.GetParameterInput{Name: aws.String("/al/a"), WithDecryption: aws.Bool(true)})
	if err != nil || *one.Parameter.Value != "1" || one.Parameter.Type != types.ParameterTypeString {
		t.Errorf("%+v %v", one, err)
	}
	some, err := client.GetParameters(ctx, &sdk.GetParametersInput{Names: []string{"/al/a", "/al/b"}})
	if err != nil || len(some.Parameters) != 1 || len(some.InvalidParameters) != 1 {
		t.Errorf("%+v %v", some, err)
	}
	var missing *types.ParameterNotFound
	if _, err := client.GetParameter(ctx, &sdk.GetParameterInput{Name: aws.String("/al/b")}); !errors.As(err, &missing) {
		t.Errorf("%v, want ParameterNotFound", err)
	}
}
