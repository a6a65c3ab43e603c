package kmsseal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/infra/localcloud/kms"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/credential"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/kmsseal"
)

const keyARN = "arn:aws:kms:us-east-1:000000000000:key/k-1"

type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Result(), nil
}

// counted counts what is opened.
type counted struct {
	*sdk.Client
	opened int
}

func (c *counted) Decrypt(ctx context.Context, in *sdk.DecryptInput, o ...func(*sdk.Options)) (*sdk.DecryptOutput, error) {
	c.opened++
	return c.Client.Decrypt(ctx, in, o...)
}

func open(t *testing.T) *counted {
	t.Helper()
	store, err := kv.Open(kv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	s := kms.New(kms.Options{Store: store, Clock: clock.NewManual(time.Unix(0, 0)), Meter: &meter.Meter{}, Region: "us-east-1", AccountID: "000000000000"})
	if err := s.AddKey("k-1", keyARN, ""); err != nil {
		t.Fatal(err)
	}
	return &counted{Client: sdk.New(sdk.Options{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("x", "x", ""), RetryMaxAttempts: 1,
		BaseEndpoint: aws.String("http://kms.local"), HTTPClient: &http.Client{Transport: inProcess{s}},
	})}
}

func TestBoxesOpenForTheirOwnerAlone(t *testing.T) {
	client, ctx := open(t), t.Context()
	s := kmsseal.New(client, keyARN)
	owner := credential.Owner{Tenant: "ten_a", Credential: "cred_1"}
	texts := map[string]string{"apiKey": "sk-secret", "password": "pw-secret", "empty": ""}
	boxes, err := s.Seal(ctx, owner, texts)
	if err != nil {
		t.Fatal(err)
	}
	if stored, _ := json.Marshal(boxes); bytes.Contains(stored, []byte("secret")) {
		t.Error("the boxes show what is in them")
	}
	got, err := s.Unseal(ctx, owner, boxes)
	if err != nil || cmp.Diff(texts, got) != "" || client.opened != 1 {
		t.Errorf("%v %v, %d calls of KMS", got, err, client.opened)
	}
	for name, o := range map[string]credential.Owner{
		"another tenant": {Tenant: "ten_b", Credential: "cred_1"}, "another credential": {Tenant: "ten_a", Credential: "cred_2"}, "nobody": {},
	} {
		if got, err := s.Unseal(ctx, o, boxes); !fault.Is(err, fault.Internal) || got != nil {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	swapped := map[string]credential.Box{"apiKey": boxes["password"]}
	short := map[string]credential.Box{"apiKey": {Key: boxes["apiKey"].Key, Data: []byte("x")}}
	for _, b := range []map[string]credential.Box{swapped, short} {
		if got, err := s.Unseal(ctx, owner, b); !fault.Is(err, fault.Internal) {
			t.Errorf("a box that is not the field's: %v %v", got, err)
		}
	}
	if _, err := s.Seal(ctx, credential.Owner{Credential: "cred_1"}, texts); err == nil {
		t.Error("something was sealed for no tenant")
	}
}
