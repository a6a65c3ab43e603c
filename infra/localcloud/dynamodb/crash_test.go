package dynamodb

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
	"github.com/automatelanka/automatelanka/internal/clock"
)

const crashDir = "DYNAMODB_CRASH_DIR"

// TestMain lets this binary be the process that TestKilledServiceKeepsItsWord kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		writeUntilKilled(dir)
	}
	os.Exit(m.Run())
}

// writeUntilKilled changes items of two kinds at once, in transactions, from six
// goroutines, and prints each change after its acknowledgement.
func writeUntilKilled(dir string) {
	s, err := openCrashed(dir)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var out sync.Mutex
	for i := range 6 {
		go func() {
			for n := 1; ; n++ {
				body := fmt.Sprintf(`{"TransactItems":[{"Update":{"TableName":"runs","Key":{"pk":{"S":"w%d"},"sk":{"S":"1"}},"UpdateExpression":"SET n = :n, os = :o, du = :n","ExpressionAttributeValues":{":n":{"N":"%d"},":o":{"S":"o%d"}}}},`+
					`{"Put":{"TableName":"runs","Item":{"pk":{"S":"w%d"},"sk":{"S":"2"},"n":{"N":"%d"}}}}]}`, i, n, i, i, n)
				if status, answer := s.Do("DynamoDB_20120810.TransactWriteItems", []byte(body)); status != http.StatusOK {
					fmt.Println("error", string(answer))
					os.Exit(1)
				}
				out.Lock()
				fmt.Println(i, n)
				out.Unlock()
			}
		}()
	}
	select {}
}

func openCrashed(dir string) (*Service, error) {
	store, err := kv.Open(kv.Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	s, err := New(Options{Store: store, Clock: clock.Real(), StreamShards: 2})
	if err != nil {
		return nil, err
	}
	return s, s.CreateTable(runsTable)
}

// TestKilledServiceKeepsItsWord kills a writing service: what it acknowledged is
// there, whole; the index has what the items say, and the stream each change.
func TestKilledServiceKeepsItsWord(t *testing.T) {
	dir := t.TempDir()
	for round := range 3 {
		acked := killWriter(t, dir, 300+700*round)
		s, err := openCrashed(dir)
		if err != nil {
			t.Fatal(err)
		}
		w := &world{T: t, Service: s, store: s.store}
		changes := w.changesByItem()
		for i, n := range acked {
			first, second := w.numberOf(i, "1"), w.numberOf(i, "2")
			if first < n || first != second {
				t.Errorf("round %d: writer %d was told %d; its items have %d and %d", round, i, n, first, second)
			}
			found := w.do("Query", fmt.Sprintf(`{"TableName":"runs","IndexName":"open","KeyConditionExpression":"os = :o","ExpressionAttributeValues":{":o":{"S":"o%d"}}}`, i))["Items"].([]any)
			if len(found) != 1 || found[0].(map[string]any)["du"].(map[string]any)["N"] != fmt.Sprint(first) {
				t.Errorf("round %d: the index has %v of writer %d, whose item has %d", round, found, i, first)
			}
			if last := changes[fmt.Sprint("w", i)]; last != first {
				t.Errorf("round %d: the stream of writer %d ends with %d, its item has %d", round, i, last, first)
			}
		}
		w.close()
	}
}

// numberOf returns n of one of a writer's two items.
func (w *world) numberOf(writer int, sk string) int {
	w.Helper()
	it := w.do("GetItem", fmt.Sprintf(`{"TableName":"runs","Key":{"pk":{"S":"w%d"},"sk":{"S":"%s"}}}`, writer, sk))["Item"].(map[string]any)
	var n int
	_, _ = fmt.Sscan(it["n"].(map[string]any)["N"].(string), &n)
	return n
}

// changesByItem returns the last n in the stream of each writer's first item.
func (w *world) changesByItem() map[string]int {
	w.Helper()
	st, err := w.Stream("runs")
	if err != nil {
		w.Fatal(err)
	}
	out := map[string]int{}
	for shard := range st.Shards() {
		for after := uint64(0); ; {
			all, err := st.Read(shard, after, 500)
			if err != nil {
				w.Fatal(err)
			}
			if len(all) == 0 {
				break
			}
			for _, r := range all {
				if r.Keys.Get("sk").Str == "1" {
					var n int
					_, _ = fmt.Sscan(r.New.Get("n").Str, &n)
					out[r.Keys.Get("pk").Str] = n
				}
				after = r.Sequence
			}
		}
	}
	return out
}

// killWriter starts a writing process, kills it after some acknowledgements and
// returns the last of each of its writers.
func killWriter(t *testing.T, dir string, acknowledgements int) map[int]int {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acked := map[int]int{}
	lines := bufio.NewScanner(out)
	for seen := 0; lines.Scan(); seen++ {
		if strings.HasPrefix(lines.Text(), "error") {
			t.Fatal(lines.Text())
		}
		var i, n int
		if _, err := fmt.Sscan(lines.Text(), &i, &n); err != nil {
			break // the line in which it died
		}
		acked[i] = n
		if seen == acknowledgements {
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait() // it was killed: that is its error
	if len(acked) == 0 {
		t.Fatal("nothing was acknowledged")
	}
	return acked
}
