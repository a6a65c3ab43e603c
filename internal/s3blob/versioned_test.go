package s3blob_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/s3"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/s3blob"
	"github.com/automatelanka/automatelanka/internal/search"
	"github.com/automatelanka/automatelanka/internal/search/searchtest"
)

type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Result(), nil
}

func TestVersionedConforms(t *testing.T) {
	searchtest.TestBlobs(t, func(t *testing.T) search.Blobs {
		store, err := kv.Open(kv.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		s, err := s3.New(s3.Options{Store: store, Clock: clock.Real(), Meter: &meter.Meter{}, Dir: t.TempDir(), Region: "us-east-1"})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AddBucket("data", 24*time.Hour); err != nil {
			t.Fatal(err)
		}
		return s3blob.NewVersioned(sdk.New(sdk.Options{
			Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""), UsePathStyle: true,
			HTTPClient: &http.Client{Transport: inProcess{s}}, RetryMaxAttempts: 1,
		}), "data")
	})
}
