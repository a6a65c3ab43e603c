package dynamodb

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// cpu returns the process's time on processors so far, in nanoseconds.
func cpu() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}

// benchService is a service on disk with a table like the platform's own: an
// index that most items are not in, time to live, and a stream of both images.
func benchService(b *testing.B, stream string) *Service {
	store, err := kv.Open(kv.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	s, err := New(Options{Store: store, Clock: clock.Real()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		s.Close()
		_ = store.Close()
	})
	err = s.CreateTable(TableSpec{
		Name: "runs", Attributes: map[string]string{"pk": "S", "sk": "S", "os": "S", "du": "N"}, Key: Key{"pk", "sk"},
		GlobalIndexes: []IndexSpec{{Name: "open", Key: Key{"os", "du"}, Projection: "KEYS_ONLY"}}, StreamView: stream, TTL: "ttl",
	})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

const benchItems = 5000

func benchItem(n int) string {
	return fmt.Sprintf(`{"pk":{"S":"ten_01ARZ3NDEKTSV4RRFFQ69G5FAV#%d"},"sk":{"S":"control"},"st":{"S":"running"},"ge":{"N":"3"},`+
		`"cl":{"M":{"01ARZ3NDEKTSV4RRFFQ69G5FAV":{"N":"1795467285225"}}},"du":{"N":"1795467285225"},"ve":{"N":"7"},"ok":{"BOOL":true},`+
		`"in":{"B":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9Q"}}`, n)
}

func BenchmarkOperations(b *testing.B) {
	key := func(n int) string {
		return fmt.Sprintf(`"Key":{"pk":{"S":"ten_01ARZ3NDEKTSV4RRFFQ69G5FAV#%d"},"sk":{"S":"control"}}`, n)
	}
	for _, op := range []struct {
		name, operation string
		body            func(n int) string
	}{
		{"GetItem", "GetItem", func(n int) string { return `{"TableName":"runs","ConsistentRead":true,` + key(n) + "}" }},
		{"GetItemProjected", "GetItem", func(n int) string {
			return `{"TableName":"runs","ProjectionExpression":"st, #g, cl","ExpressionAttributeNames":{"#g":"ge"},` + key(n) + "}"
		}},
		{"UpdateItem", "UpdateItem", func(n int) string {
			return fmt.Sprintf(`{"TableName":"runs",%s,"ConditionExpression":"st = :r AND ge <= :g","UpdateExpression":"SET ve = ve + :one, up = :now REMOVE er","ReturnValues":"NONE",`+
				`"ReturnValuesOnConditionCheckFailure":"ALL_OLD","ExpressionAttributeValues":{":r":{"S":"running"},":g":{"N":"3"},":one":{"N":"1"},":now":{"N":"%d"}}}`, key(n%benchItems), n)
		}},
		{"PutItem", "PutItem", func(n int) string {
			return `{"TableName":"runs","ConditionExpression":"attribute_not_exists(pk)","Item":` + benchItem(benchItems+n) + "}"
		}},
		{"ConditionFailed", "UpdateItem", func(n int) string {
			return `{"TableName":"runs",` + key(n%benchItems) + `,"ConditionExpression":"st = :r","UpdateExpression":"SET a = :r","ExpressionAttributeValues":{":r":{"S":"x"}}}`
		}},
		{"Query5", "Query", func(n int) string {
			return fmt.Sprintf(`{"TableName":"runs","KeyConditionExpression":"pk = :p AND begins_with(sk, :s)","ExpressionAttributeValues":{":p":{"S":"list#%d"},":s":{"S":"n"}}}`, n%100)
		}},
		{"TransactWrite2", "TransactWriteItems", func(n int) string {
			return fmt.Sprintf(`{"ClientRequestToken":"token-%d","TransactItems":[{"Update":{"TableName":"runs",%s,"UpdateExpression":"ADD ve :one","ExpressionAttributeValues":{":one":{"N":"1"}}}},`+
				`{"Put":{"TableName":"runs","Item":%s}}]}`, n, key(n%benchItems), benchItem(benchItems*2+n))
		}},
	} {
		for _, stream := range []string{"", "NEW_AND_OLD_IMAGES"} {
			b.Run(op.name+"/stream="+stream, func(b *testing.B) {
				s := benchService(b, stream)
				seedBench(b, s)
				bodies := make([][]byte, b.N)
				for n := range bodies {
					bodies[n] = []byte(op.body(n))
				}
				b.ReportAllocs()
				before := cpu()
				b.ResetTimer()
				var next atomic.Int64
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						n := next.Add(1) - 1
						if status, answer := s.Do("DynamoDB_20120810."+op.operation, bodies[n]); status != http.StatusOK && op.name != "ConditionFailed" {
							b.Errorf("%d %s", status, answer)
							return
						}
					}
				})
				b.StopTimer()
				b.ReportMetric(float64(cpu()-before)/1e3/float64(b.N), "cpu-µs/op")
			})
		}
	}
}

func seedBench(b *testing.B, s *Service) {
	put := func(it string) {
		if status, answer := s.Do("DynamoDB_20120810.PutItem", []byte(`{"TableName":"runs","Item":`+it+"}")); status != http.StatusOK {
			b.Fatalf("%s", answer)
		}
	}
	for n := range benchItems {
		put(benchItem(n))
	}
	for n := range 500 {
		put(fmt.Sprintf(`{"pk":{"S":"list#%d"},"sk":{"S":"n%d"},"st":{"S":"completed"},"o":{"S":"some output of a node that is not long"}}`, n/5, n%5))
	}
}
