package dynamodb

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/infra/localcloud/meter"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// world is a service on a store in a folder, with a clock that stands still.
type world struct {
	*testing.T
	*Service
	dir   string
	store kv.Store
	now   *clock.Manual
	opts  Options
}

// setup opens a service with the table "runs": an index "open" by os and du, which
// is sparse, time to live, and a stream of both images.
func setup(t *testing.T, change ...func(*Options)) *world {
	t.Helper()
	w := &world{T: t, dir: t.TempDir(), now: clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	w.opts = Options{Clock: w.now, Meter: &meter.Meter{}, StreamShards: 2}
	for _, c := range change {
		c(&w.opts)
	}
	w.open()
	if err := w.CreateTable(runsTable); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.close() })
	return w
}

var runsTable = TableSpec{
	Name: "runs", Attributes: map[string]string{"pk": "S", "sk": "S", "os": "S", "du": "N"}, Key: Key{"pk", "sk"},
	GlobalIndexes: []IndexSpec{{Name: "open", Key: Key{"os", "du"}, Projection: "KEYS_ONLY"}},
	StreamView:    "NEW_AND_OLD_IMAGES", TTL: "ttl",
}

func (w *world) open() {
	w.Helper()
	var err error
	if w.store, err = kv.Open(kv.Options{Dir: w.dir}); err != nil {
		w.Fatal(err)
	}
	w.opts.Store = w.store
	if w.Service, err = New(w.opts); err != nil {
		w.Fatal(err)
	}
}

func (w *world) close() {
	w.Helper()
	w.Service.Close()
	if err := w.store.Close(); err != nil {
		w.Error(err)
	}
}

// reopen is a restart of the program.
func (w *world) reopen() {
	w.Helper()
	w.close()
	w.open()
}

// do runs an operation and returns its answer.
func (w *world) do(operation, body string) map[string]any {
	w.Helper()
	status, answer := w.Do("DynamoDB_20120810."+operation, []byte(body))
	if status != http.StatusOK {
		w.Fatalf("%s %s: %d %s", operation, body, status, answer)
	}
	return decoded(w.T, answer)
}

func decoded(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}

// refused runs an operation and returns the exception's name.
func (w *world) refused(operation, body string) string {
	w.Helper()
	status, answer := w.Do("DynamoDB_20120810."+operation, []byte(body))
	if status == http.StatusOK {
		w.Errorf("%s %s is not refused", operation, body)
		return ""
	}
	kind := decoded(w.T, answer)["__type"].(string)
	return kind[strings.LastIndexByte(kind, '#')+1:]
}

func (w *world) put(pk, more string) {
	w.Helper()
	w.do("PutItem", fmt.Sprintf(`{"TableName":"runs","Item":{"pk":{"S":"%s"},"sk":{"S":"1"}%s}}`, pk, more))
}

func (w *world) get(pk string) any {
	w.Helper()
	return w.do("GetItem", fmt.Sprintf(`{"TableName":"runs","Key":{"pk":{"S":"%s"},"sk":{"S":"1"}}}`, pk))["Item"]
}

// inIndex returns how many items the index "open" has.
func (w *world) inIndex() int {
	w.Helper()
	return int(w.do("Scan", `{"TableName":"runs","IndexName":"open","Select":"COUNT"}`)["Count"].(float64))
}

// records returns the stream's records of all shards, as "event key".
func (w *world) records() []string {
	w.Helper()
	st, err := w.Stream("runs")
	if err != nil {
		w.Fatal(err)
	}
	var out []string
	for shard := range st.Shards() {
		all, err := st.Read(shard, 0, 1000)
		if err != nil {
			w.Fatal(err)
		}
		for _, r := range all {
			text := r.Event + " " + r.Keys.Get("pk").Str
			if r.Expired {
				text += " expired"
			}
			out = append(out, text)
		}
	}
	return out
}

func TestReopenedServiceContinues(t *testing.T) {
	w := setup(t)
	w.put("a", `,"os":{"S":"running"},"du":{"N":"1"},"ttl":{"N":"1"}`)
	token := `{"ClientRequestToken":"once","TransactItems":[{"Update":{"TableName":"runs","Key":{"pk":{"S":"b"},"sk":{"S":"1"}},"UpdateExpression":"ADD n :v","ExpressionAttributeValues":{":v":{"N":"1"}}}}]}`
	w.do("TransactWriteItems", token)
	before := w.records()
	w.reopen()
	if d := cmp.Diff(before, w.records()); d != "" || len(before) != 2 {
		t.Errorf("stream (-want +got):\n%s", d)
	}
	if w.get("a") == nil || w.inIndex() != 1 {
		t.Error("the item or its index entry is gone")
	}
	w.do("TransactWriteItems", token)
	if n := w.get("b").(map[string]any)["n"].(map[string]any)["N"]; n != "1" {
		t.Errorf("the repeated transaction made n %v", n)
	}
	w.put("c", "")
	if got := w.records(); len(got) != 3 {
		t.Errorf("the stream goes on as %v", got)
	}
	if err := w.CreateTable(runsTable); err != nil {
		t.Errorf("declaring the table again: %v", err)
	}
	if err := w.Maintain(); err != nil || w.get("a") == nil {
		t.Errorf("an item that expired in 1970 is deleted, %v", err) // more than 5 years ago: it stays
	}
}

func TestChangedDeclaration(t *testing.T) {
	w := setup(t)
	for n := range 1200 {
		w.put(fmt.Sprint(n), fmt.Sprintf(`,"os":{"S":"running"},"du":{"N":"%d"},"x":{"S":"x%d"},"old":{"N":"%d"}`, n, n%3, w.now.Now().Unix()-60))
	}
	next := runsTable
	next.Attributes = map[string]string{"pk": "S", "sk": "S", "x": "S"}
	next.GlobalIndexes = []IndexSpec{{Name: "byX", Key: Key{Hash: "x"}, Projection: "ALL"}}
	next.TTL = "old"
	if err := w.CreateTable(next); err != nil {
		t.Fatal(err)
	}
	count := w.do("Query", `{"TableName":"runs","IndexName":"byX","KeyConditionExpression":"x = :x","ExpressionAttributeValues":{":x":{"S":"x1"}},"Select":"COUNT"}`)["Count"]
	if count != float64(400) {
		t.Errorf("the new index has %v of 400 items", count)
	}
	if got := w.refused("Scan", `{"TableName":"runs","IndexName":"open"}`); got != "ValidationException" {
		t.Errorf("the removed index answers %s", got)
	}
	if err := w.Maintain(); err != nil {
		t.Fatal(err)
	}
	if left := w.do("Scan", `{"TableName":"runs","Select":"COUNT"}`)["Count"]; left != float64(0) {
		t.Errorf("%v items are left by the new time to live", left)
	}
	if err := w.CreateTable(runsTable); err != nil || w.inIndex() != 0 {
		t.Errorf("the index that came back has %d old entries, %v", w.inIndex(), err)
	}
	other := runsTable
	other.Key = Key{Hash: "pk"}
	other.Attributes = map[string]string{"pk": "S", "os": "S", "du": "N"}
	if err := w.CreateTable(other); err == nil {
		t.Error("the table's key was changed")
	}
}

func TestTokensEnd(t *testing.T) {
	w := setup(t)
	send := func() {
		w.do("TransactWriteItems", `{"ClientRequestToken":"t","TransactItems":[{"Update":{"TableName":"runs","Key":{"pk":{"S":"a"},"sk":{"S":"1"}},"UpdateExpression":"ADD n :v","ExpressionAttributeValues":{":v":{"N":"1"}}}}]}`)
	}
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{0, "1"}, {9 * time.Minute, "1"}, {59 * time.Second, "1"}, {2 * time.Second, "2"}, {time.Hour, "3"}} {
		w.now.Advance(step.after)
		if err := w.Maintain(); err != nil {
			t.Fatal(err)
		}
		send()
		if n := w.get("a").(map[string]any)["n"].(map[string]any)["N"]; n != step.want {
			t.Errorf("after %v more n is %v, want %s", step.after, n, step.want)
		}
	}
}

func TestUnsupportedIsLoud(t *testing.T) {
	w := setup(t)
	const key = `"TableName":"runs","Key":{"pk":{"S":"a"},"sk":{"S":"1"}}`
	for _, c := range []struct{ operation, body, want string }{
		{"GetItem", `{` + key + `,"AttributesToGet":["a"]}`, "LocalCloudUnsupported"},
		{"UpdateItem", `{` + key + `,"AttributeUpdates":{}}`, "LocalCloudUnsupported"},
		{"DeleteItem", `{` + key + `,"Expected":{}}`, "LocalCloudUnsupported"},
		{"Query", `{"TableName":"runs","KeyConditions":{}}`, "LocalCloudUnsupported"},
		{"Scan", `{"TableName":"runs","ScanFilter":{}}`, "LocalCloudUnsupported"},
		{"GetItem", `{` + key + `,"Sparkle":true}`, "LocalCloudUnsupported"},
		{"CreateTable", `{"TableName":"other","GlobalTableWitnesses":[]}`, "LocalCloudUnsupported"},
		{"ExecuteStatement", `{}`, "LocalCloudUnsupported"},
		{"NoSuchOperation", `{}`, "UnknownOperationException"},
		{"GetItem", `{` + key, "SerializationException"},
		{"GetItem", `[]`, "SerializationException"},
		{"GetItem", `{"TableName":7}`, "SerializationException"},
	} {
		if got := w.refused(c.operation, c.body); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.operation, c.body, got, c.want)
		}
	}
}

func TestMeter(t *testing.T) {
	w := setup(t)
	w.put("a", `,"os":{"S":"running"},"du":{"N":"1"}`)                                                                                                                      // 1 table, 1 index
	w.put("a", `,"os":{"S":"running"},"du":{"N":"2"}`)                                                                                                                      // 1 table, 2 index
	w.get("a")                                                                                                                                                              // 0.5
	w.do("Scan", `{"TableName":"runs","ConsistentRead":true}`)                                                                                                              // 1
	w.refused("PutItem", `{"TableName":"runs","Item":{"pk":{"S":"a"},"sk":{"S":"1"}},"ConditionExpression":"attribute_not_exists(pk)"}`)                                    // 1
	w.do("TransactWriteItems", `{"TransactItems":[{"Delete":{"TableName":"runs","Key":{"pk":{"S":"a"},"sk":{"S":"1"}}}}]}`)                                                 // 2 table, 2 index
	w.do("TransactGetItems", `{"TransactItems":[{"Get":{"TableName":"runs","Key":{"pk":{"S":"a"},"sk":{"S":"1"}}}}]}`)                                                      // 2
	w.do("BatchWriteItem", `{"RequestItems":{"runs":[{"PutRequest":{"Item":{"pk":{"S":"c"},"sk":{"S":"1"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"d"},"sk":{"S":"1"}}}}]}}`) // 2
	want := map[string]float64{
		"dynamodb.read_units": 3.5, "dynamodb.write_units": 12, "dynamodb.requests": 8,
		"dynamodb.op.PutItem": 3, "dynamodb.op.GetItem": 1, "dynamodb.op.Scan": 1,
		"dynamodb.op.TransactWriteItems": 1, "dynamodb.op.TransactGetItems": 1, "dynamodb.op.BatchWriteItem": 1,
	}
	if d := cmp.Diff(want, w.opts.Meter.Snapshot()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestConcurrentWritesLoseNothing(t *testing.T) {
	w := setup(t)
	w.put("x", `,"n":{"N":"500"}`)
	w.put("y", `,"n":{"N":"500"}`)
	move := func(from, to string) string {
		one := func(pk, by string) string {
			return `{"Update":{"TableName":"runs","Key":{"pk":{"S":"` + pk + `"},"sk":{"S":"1"}},"UpdateExpression":"SET n = n + :v","ConditionExpression":"n > :zero","ExpressionAttributeValues":{":v":{"N":"` + by + `"},":zero":{"N":"0"}}}}`
		}
		return `{"TransactItems":[` + one(from, "-1") + "," + one(to, "1") + "]}"
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 50 {
				if i%2 == 0 {
					w.do("TransactWriteItems", move("x", "y"))
				} else {
					w.do("TransactWriteItems", move("y", "x"))
				}
				w.do("UpdateItem", `{"TableName":"runs","Key":{"pk":{"S":"count"},"sk":{"S":"1"}},"UpdateExpression":"ADD n :v","ExpressionAttributeValues":{":v":{"N":"1"}}}`)
				both := w.do("TransactGetItems", `{"TransactItems":[{"Get":{"TableName":"runs","Key":{"pk":{"S":"x"},"sk":{"S":"1"}}}},{"Get":{"TableName":"runs","Key":{"pk":{"S":"y"},"sk":{"S":"1"}}}}]}`)
				var sum int
				for _, r := range both["Responses"].([]any) {
					var n int
					_, _ = fmt.Sscan(r.(map[string]any)["Item"].(map[string]any)["n"].(map[string]any)["N"].(string), &n)
					sum += n
				}
				if sum != 1000 {
					t.Errorf("a reader saw a sum of %d", sum)
				}
			}
		}()
	}
	wg.Wait()
	if n := w.get("count").(map[string]any)["n"].(map[string]any)["N"]; n != "400" {
		t.Errorf("400 additions made %v", n)
	}
}
