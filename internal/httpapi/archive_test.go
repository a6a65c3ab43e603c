package httpapi_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/clock/clocktest"
)

// download reads a tenant's whole export.
func download(t *testing.T, op *client, tenant string) (lines []map[string]any) {
	t.Helper()
	for cursor := ""; ; {
		a := op.do("GET", "/api/admin/tenants/"+tenant+"/export"+cursor, nil)
		if len(a.body) > 4<<20 {
			t.Fatalf("a page of %d bytes", len(a.body))
		}
		m := a.want(200)
		for _, l := range m["items"].([]any) {
			lines = append(lines, l.(map[string]any))
		}
		next, ok := m["nextCursor"].(string)
		if !ok {
			return lines
		}
		cursor = "?cursor=" + next
	}
}

func TestExportHasAllOfATenantAndNothingOfOthers(t *testing.T) {
	mine, other := newEstate(t), newEstate(t)
	// One output that is larger than a page, and one file.
	big := mine.create(line("Big", manual(), node("Make", "n8n-nodes-base.code", 2, `{"jsCode":"return [{json:{text:'é'.repeat(1500000)}}]"}`)))
	mine.run(big, nil)
	putFile(t, mine.id+"/"+mine.execution+"/key-data", []byte(strings.Repeat("file", 50_000)))
	kinds, whole := map[string]int{}, map[string]string{}
	for _, l := range download(t, operator(t), mine.id) {
		if text, ok := l["text"].(string); ok {
			id := l["id"].(string)
			if offset, _ := l["offset"].(float64); int(offset) != len(whole[id]) {
				t.Fatalf("a piece at %v, want %d", offset, len(whole[id]))
			}
			if whole[id] += text; len(whole[id]) < int(l["size"].(float64)) {
				continue
			}
			if !json.Valid([]byte(whole[id])) {
				t.Errorf("the pieces of %s are no JSON", id)
			}
			l["data"] = whole[id]
		}
		kinds[l["kind"].(string)]++
		text := fmt.Sprint(l)
		if strings.Contains(text, other.id) || strings.Contains(text, other.workflow) || strings.Contains(text, other.execution) {
			t.Errorf("another tenant's in %.300s", text)
		}
		if l["kind"] == "file" {
			if b, err := base64.StdEncoding.DecodeString(at(l, "data", "base64").(string)); err != nil || len(b) != 200_000 {
				t.Errorf("the file has %d bytes (%v)", len(b), err)
			}
		}
	}
	want := map[string]int{"tenant": 1, "key": 2, "member": 1, "workflow": 3, "schedule": 1, "execution": 3, "usage": 2, "file": 1, "dataTable": 1, "dataTableRow": 2}
	for kind, n := range want {
		if kinds[kind] != n {
			t.Errorf("%d of %s, want %d", kinds[kind], kind, n)
		}
	}
	if kinds["audit"] < 5 {
		t.Errorf("%d audit records", kinds["audit"])
	}
	if len(whole) != 1 {
		t.Errorf("%d things came in pieces, want the large one", len(whole))
	}
	cursor := operator(t).do("GET", "/api/admin/tenants/"+mine.id+"/export", nil).want(200)["nextCursor"].(string)
	operator(t).do("GET", "/api/admin/tenants/"+other.id+"/export?cursor="+cursor, nil).refused(422, "VALIDATION")
	operator(t).do("GET", "/api/admin/tenants/ten_none/export", nil).refused(404, "NOT_FOUND")
}

// bucket is the platform's bucket, as a client of S3 sees it.
func bucket(t *testing.T) (*s3.Client, *string) {
	t.Helper()
	p, err := platform()
	if err != nil {
		t.Fatal(err)
	}
	files := s3.NewFromConfig(p.Cloud.AWSConfig(), func(o *s3.Options) { o.UsePathStyle = true })
	buckets, err := files.ListBuckets(t.Context(), &s3.ListBucketsInput{})
	if err != nil || len(buckets.Buckets) != 1 {
		t.Fatalf("%+v, %v", buckets, err)
	}
	return files, buckets.Buckets[0].Name
}

// putFile keeps a file as a node does that has one too large for its item.
func putFile(t *testing.T, key string, b []byte) {
	t.Helper()
	files, name := bucket(t)
	if _, err := files.PutObject(t.Context(), &s3.PutObjectInput{Bucket: name, Key: &key, Body: bytes.NewReader(b)}); err != nil {
		t.Fatal(err)
	}
}

// leftovers are the keys of all that has the tenant's id in it, in both tables and
// the bucket, but for the operators' records.
func leftovers(t *testing.T, tenant string) (left []string) {
	t.Helper()
	p, err := platform()
	if err != nil {
		t.Fatal(err)
	}
	db := dynamodb.NewFromConfig(p.Cloud.AWSConfig())
	tables, err := db.ListTables(t.Context(), &dynamodb.ListTablesInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range tables.TableNames {
		pages := dynamodb.NewScanPaginator(db, &dynamodb.ScanInput{TableName: &name})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range page.Items {
				b, _ := json.Marshal(item)
				if strings.Contains(string(b), tenant) {
					left = append(left, string(b))
				}
			}
		}
	}
	files, bucket := bucket(t)
	out, err := files.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: bucket})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range out.Contents {
		if strings.Contains(aws.ToString(o.Key), tenant) {
			left = append(left, *o.Key)
		}
	}
	return left
}

// TestErasureLeavesNothingAndProvesIt erases a tenant that has one of each kind
// and a run under way.
func TestErasureLeavesNothingAndProvesIt(t *testing.T) {
	open, started := make(chan bool), make(chan bool, 1)
	release := sync.OnceFunc(func() { close(open) })
	t.Cleanup(release)
	slow := serve(t, func(http.ResponseWriter, *http.Request) {
		started <- true
		<-open
	})
	mine, other, op := newEstate(t), newEstate(t), operator(t)
	putFile(t, mine.id+"/executions/"+mine.execution+"/checkpoint", []byte("large"))
	putFile(t, mine.id+"/"+mine.execution+"/key-data", []byte("file"))
	mine.do("POST", "/api/ws-ticket", "{}")
	putFile(t, "search/f2/model/"+mine.id, []byte("index"))
	running := mine.create(line("Slow", manual(), node("Call", "n8n-nodes-base.httpRequest", 4.2, `{"url":"`+slow+`","options":{}}`)))
	job := mine.do("POST", "/api/workflows/"+running+"/run", "{}").want(202)["jobId"].(string)
	<-started
	before := other.inventory()
	path := "/api/admin/tenants/" + mine.id

	m := op.do("DELETE", path, nil).want(202)
	if m["stage"] != "ending" {
		t.Fatalf("a run is under way, and the erasure is %v", m)
	}
	(&client{t: t, key: mine.client.key + " "}).do("GET", "/api/account", nil).refused(403, "FORBIDDEN")
	op.do("PUT", path, `{"suspended":false}`).refused(409, "CONFLICT")
	release()
	ctx, cancel := context.WithTimeout(t.Context(), clocktest.Hang)
	defer cancel()
	for m["stage"] != "done" { // each request goes on; the last pass waits for a while
		if clock.Sleep(ctx, clock.Real(), 50*time.Millisecond) != nil {
			t.Fatalf("the erasure of %s with %s is still %v", mine.id, job, m)
		}
		m = op.do("DELETE", path, nil).want(202)
	}
	removed := m["removed"].(map[string]any)
	for _, kind := range []string{"executions", "checkpoints", "usageRecords", "counters", "keys", "keyChecks", "members", "memberships", "workflows", "versions", "schedules", "webhooks", "audits", "tenants", "files", "tickets", "dataTables", "dataTableRows", "dataTableWrites"} {
		if n, _ := removed[kind].(float64); n == 0 {
			t.Errorf("the report has no %s: %v", kind, removed)
		}
	}
	if m["found"] != 0.0 || m["looked"].(float64) == 0 || m["endedExecutions"] != 1.0 {
		t.Errorf("%v is no proof", m)
	}
	for _, l := range leftovers(t, mine.id) {
		if !strings.Contains(l, `"ERASED"`) && !strings.Contains(l, "tenant.created") && !strings.Contains(l, "tenant.erased") {
			t.Errorf("left: %s", l)
		}
	}
	if again := op.do("DELETE", path, nil).want(202); fmt.Sprint(again) != fmt.Sprint(m) {
		t.Errorf("again: %v, want %v", again, m)
	}
	op.do("GET", path+"/erasure", nil).want(200)
	op.do("GET", path, nil).refused(404, "NOT_FOUND")
	op.do("DELETE", "/api/admin/tenants/ten_none", nil).refused(404, "NOT_FOUND")
	if before != other.inventory() {
		t.Error("another tenant has changed")
	}
}
