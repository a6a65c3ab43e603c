package kms_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/automatelanka/automatelanka/infra/localcloud/kms"
	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/internal/clock"
)

const keyARN = "arn:aws:kms:us-east-1:000000000000:key/k-1"

type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

func open(t *testing.T, store kv.Store) *sdk.Client {
	t.Helper()
	s := kms.New(kms.Options{Store: store, Clock: clock.NewManual(time.Unix(0, 0)), Meter: &meter.Meter{}, Region: "us-east-1", AccountID: "000000000000"})
	for _, id := range []string{"k-1", "k-2"} {
		if err := s.AddKey(id, "arn:aws:kms:us-east-1:000000000000:key/"+id, ""); err != nil {
			t.Fatal(err)
		}
	}
	s.AddAlias("alias/data", keyARN)
	return sdk.New(sdk.Options{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient: &http.Client{Transport: inProcess{s}}, RetryMaxAttempts: 1,
	})
}

func newStore(t *testing.T) kv.Store {
	t.Helper()
	store, err := kv.OpenPebble("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// A data key opens after a restart, by its context and its key only.
func TestDataKey(t *testing.T) {
	store, ctx := newStore(t), context.Background()
	tenant := map[string]string{"tenant": "ten_1", "purpose": "credential"}
	made, err := open(t, store).GenerateDataKey(ctx, &sdk.GenerateDataKeyInput{
		KeyId: aws.String("alias/data"), KeySpec: types.DataKeySpecAes256, EncryptionContext: tenant,
	})
	if err != nil || len(made.Plaintext) != 32 || *made.KeyId != keyARN {
		t.Fatalf("%+v %v", made, err)
	}
	if bytes.Contains(made.CiphertextBlob, made.Plaintext) {
		t.Fatal("the sealed key shows the key")
	}
	client := open(t, store)
	opened, err := client.Decrypt(ctx, &sdk.DecryptInput{CiphertextBlob: made.CiphertextBlob, EncryptionContext: tenant})
	if err != nil || !bytes.Equal(opened.Plaintext, made.Plaintext) {
		t.Fatalf("%+v %v", opened, err)
	}
	var bad *types.InvalidCiphertextException
	for name, context := range map[string]map[string]string{
		"another tenant": {"tenant": "ten_2", "purpose": "credential"}, "none": nil, "less": {"tenant": "ten_1"},
		"shifted": {"tenant": "ten_1purpose", "": "credential"},
	} {
		if _, err := client.Decrypt(ctx, &sdk.DecryptInput{CiphertextBlob: made.CiphertextBlob, EncryptionContext: context}); !errors.As(err, &bad) {
			t.Errorf("context %s: %v, want InvalidCiphertextException", name, err)
		}
	}
	var wrong *types.IncorrectKeyException
	if _, err := client.Decrypt(ctx, &sdk.DecryptInput{CiphertextBlob: made.CiphertextBlob, EncryptionContext: tenant, KeyId: aws.String("k-2")}); !errors.As(err, &wrong) {
		t.Errorf("another key: %v, want IncorrectKeyException", err)
	}
	made.CiphertextBlob[len(made.CiphertextBlob)-1] ^= 1
	if _, err := client.Decrypt(ctx, &sdk.DecryptInput{CiphertextBlob: made.CiphertextBlob, EncryptionContext: tenant}); !errors.As(err, &bad) {
		t.Errorf("a changed text: %v, want InvalidCiphertextException", err)
	}
}

func TestEncrypt(t *testing.T) {
	client, ctx := open(t, newStore(t)), context.Background()
	sealed, err := client.Encrypt(ctx, &sdk.EncryptInput{KeyId: aws.String(keyARN), Plaintext: []byte("secret")})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := client.Decrypt(ctx, &sdk.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
	if err != nil || string(opened.Plaintext) != "secret" {
		t.Fatalf("%+v %v", opened, err)
	}
	var missing *types.NotFoundException
	if _, err := client.Encrypt(ctx, &sdk.EncryptInput{KeyId: aws.String("none"), Plaintext: []byte("x")}); !errors.As(err, &missing) {
		t.Errorf("no key: %v, want NotFoundException", err)
	}
	if _, err := client.Encrypt(ctx, &sdk.EncryptInput{KeyId: aws.String(keyARN), Plaintext: make([]byte, 4097)}); err == nil {
		t.Error("4,097 bytes were encrypted")
	}
	described, err := client.DescribeKey(ctx, &sdk.DescribeKeyInput{KeyId: aws.String("alias/data")})
	if err != nil || described.KeyMetadata.KeyState != types.KeyStateEnabled {
		t.Errorf("%+v %v", described, err)
	}
}
