package secretsmanager_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/secretsmanager"
	"github.com/automatelanka/automatelanka/internal/clock"
)

type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

// A secret keeps the value that was put last, over restarts; the template's first
// value does not come back.
func TestSecret(t *testing.T) {
	store, err := kv.OpenPebble("")
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	const arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:key-abc"
	ctx, at := context.Background(), time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	open := func() *sdk.Client {
		s := secretsmanager.New(secretsmanager.Options{Store: store, Clock: clock.NewManual(at), Meter: &meter.Meter{}})
		if err := s.Add("key", arn, "first"); err != nil {
			t.Fatal(err)
		}
		return sdk.New(sdk.Options{
			Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
			HTTPClient: &http.Client{Transport: inProcess{s}}, RetryMaxAttempts: 1,
		})
	}
	read := func(c *sdk.Client, id string) string {
		out, err := c.GetSecretValue(ctx, &sdk.GetSecretValueInput{SecretId: &id})
		if err != nil {
			t.Fatal(err)
		}
		if !out.CreatedDate.Equal(at) || *out.ARN != arn {
			t.Errorf("%+v", out)
		}
		return *out.SecretString
	}
	if got := read(open(), arn); got != "first" {
		t.Errorf("the first value is %q", got)
	}
	if _, err := open().PutSecretValue(ctx, &sdk.PutSecretValueInput{SecretId: aws.String("key"), SecretString: aws.String("second")}); err != nil {
		t.Fatal(err)
	}
	if got := read(open(), "key"); got != "second" {
		t.Errorf("after a restart: %q", got)
	}
	var missing *types.ResourceNotFoundException
	if _, err := open().GetSecretValue(ctx, &sdk.GetSecretValueInput{SecretId: aws.String("none")}); !errors.As(err, &missing) {
		t.Errorf("%v, want ResourceNotFoundException", err)
	}
	if _, err := open().ListSecrets(ctx, &sdk.ListSecretsInput{}); err == nil {
		t.Error("an unsupported operation was answered")
	}
}
