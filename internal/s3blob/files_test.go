package s3blob_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/infra/localcloud/s3"
	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/s3blob"
)

func files(t *testing.T) s3blob.Files {
	t.Helper()
	store, err := kv.Open(kv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	s, err := s3.New(s3.Options{Store: store, Clock: clock.Real(), Meter: &meter.Meter{}, Dir: t.TempDir(), Region: "us-east-1"})
	if err == nil {
		err = s.AddBucket("data", 24*time.Hour)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s3blob.Files{Store: s3blob.New(sdk.New(sdk.Options{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""), UsePathStyle: true,
		HTTPClient: &http.Client{Transport: inProcess{s}}, RetryMaxAttempts: 1,
	}), "data")}
}

const mega = 1 << 20

func TestFilesOfEverySizeComeBack(t *testing.T) {
	f := files(t)
	for _, size := range []int{0, 1, 8*mega - 1, 8 * mega, 8*mega + 1, 16 * mega, 17 * mega} {
		content := make([]byte, size)
		for i := range content {
			content[i] = byte(i >> 8)
		}
		// A reader that cannot be rewound, of unknown size.
		if err := f.Put(t.Context(), "t/e/f", struct{ io.Reader }{bytes.NewReader(content)}, -1); err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		got, err := f.Store.Get(t.Context(), "t/e/f")
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes come back as %d (%v)", size, len(got), err)
		}
		if size > 100 {
			if part, err := f.Range(t.Context(), "t/e/f", 50, 60); err != nil || !bytes.Equal(part, content[50:60]) {
				t.Errorf("%d bytes: a range is %v (%v)", size, part, err)
			}
		}
	}
}

func TestFilesThatBreakOffAreNotStored(t *testing.T) {
	f := files(t)
	broken := errors.New("the source broke off")
	for _, before := range []int{10, 9 * mega, 16 * mega} {
		r := io.MultiReader(bytes.NewReader(make([]byte, before)), failing{broken})
		if err := f.Put(t.Context(), "t/e/broken", r, -1); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", before, err)
		}
		if _, err := f.Store.Get(t.Context(), "t/e/broken"); !fault.Is(err, fault.NotFound) {
			t.Errorf("after %d bytes something was stored: %v", before, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
