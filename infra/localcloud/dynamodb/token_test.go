package dynamodb

import (
	"fmt"
	"testing"

	"github.com/automatelanka/automatelanka/infra/localcloud/kv"
)

func TestTheFilterMissesNoToken(t *testing.T) {
	store, err := kv.Open(kv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var f tokenFilter
	if err := f.load(store); err != nil {
		t.Fatal(err)
	}
	const many, period = 20_000, 7
	if f.mayHave("token 0", period) {
		t.Error("an empty filter has a token")
	}
	var b kv.Batch
	for i := range many {
		f.add(fmt.Sprint("token ", i), period)
		b.Set(tokenKey(fmt.Sprint("token ", i), period), nil)
	}
	if err := store.Commit(&b); err != nil {
		t.Fatal(err)
	}
	var reopened tokenFilter
	if err := reopened.load(store); err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i := range many {
		used, other := fmt.Sprint("token ", i), fmt.Sprint("another ", i)
		if !f.mayHave(used, period) || !reopened.mayHave(used, period) {
			t.Fatalf("%s is not found", used)
		}
		if f.mayHave(used, period+1) {
			t.Fatalf("%s is found in a period in which it was not used", used)
		}
		if f.mayHave(other, period) {
			wrong++
		}
	}
	if wrong > many/100 {
		t.Errorf("%d of %d unused tokens have to be looked up", wrong, many)
	}
	if f.drop(period + 1); f.mayHave("token 0", period) {
		t.Error("a period that is over is kept")
	}
}
