package kv

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// eachStore runs test against the store of the local cloud, on disk and in
// memory, and against the candidate that the benchmark compares it with.
func eachStore(t *testing.T, test func(t *testing.T, s Store)) {
	for _, name := range []string{"memory", "pebble", "pebble-fsync", "sqlite-off"} {
		t.Run(name, func(t *testing.T) {
			s, err := candidates()[name](t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			test(t, s)
		})
	}
}

func TestGetReturnsWhatWasCommitted(t *testing.T) {
	eachStore(t, func(t *testing.T, s Store) {
		var b Batch
		b.Set([]byte("a"), []byte("1"))
		b.Set([]byte("empty"), []byte{})
		b.Set([]byte("gone"), []byte("x"))
		b.Delete([]byte("gone"))
		mustCommit(t, s, &b)
		for key, want := range map[string]string{"a": "1", "empty": ""} {
			got, ok, err := s.Get([]byte(key))
			if err != nil || !ok || string(got) != want {
				t.Errorf("Get(%q) = %q, %v, %v; want %q", key, got, ok, err, want)
			}
		}
		if _, ok, err := s.Get([]byte("gone")); ok || err != nil {
			t.Errorf("a key deleted in its own batch is there: %v, %v", ok, err)
		}
	})
}

func TestEmptyBatchCommits(t *testing.T) {
	eachStore(t, func(t *testing.T, s Store) { mustCommit(t, s, &Batch{}) })
}

func TestPrefixEnd(t *testing.T) {
	for _, c := range []struct{ prefix, want []byte }{
		{[]byte("ab"), []byte("ac")},
		{[]byte{1, 0xff, 0xff}, []byte{2}},
		{[]byte{0xff}, nil},
		{nil, nil},
	} {
		if got := PrefixEnd(c.prefix); !bytes.Equal(got, c.want) {
			t.Errorf("PrefixEnd(%v) = %v, want %v", c.prefix, got, c.want)
		}
	}
}

// TestStoreIsAnOrderedMap compares the stores with a Go map under random batches and scans.
func TestStoreIsAnOrderedMap(t *testing.T) {
	eachStore(t, func(t *testing.T, s Store) {
		rapid.Check(t, func(t *rapid.T) {
			var clear Batch
			clear.DeleteRange([]byte{}, []byte{0xff})
			mustCommit(t, s, &clear)
			model := map[string]string{}
			key := rapid.StringMatching(`[abc]{1,3}`)
			t.Repeat(map[string]func(*rapid.T){
				"commit": func(t *rapid.T) { commitRandom(t, s, model, key) },
				"scan": func(t *rapid.T) {
					scanBoth(t, s, model, scanRange{key.Draw(t, "lower"), key.Draw(t, "upper"), rapid.Bool().Draw(t, "reverse")})
				},
			})
		})
	})
}

func commitRandom(t *rapid.T, s Store, model map[string]string, key *rapid.Generator[string]) {
	var b Batch
	for range rapid.IntRange(1, 5).Draw(t, "writes") {
		k := key.Draw(t, "key")
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			b.Delete([]byte(k))
			delete(model, k)
		case 1:
			upper := k + "c"
			b.DeleteRange([]byte(k), []byte(upper))
			maps.DeleteFunc(model, func(m, _ string) bool { return m >= k && m < upper })
		default:
			v := rapid.StringN(0, 10, -1).Draw(t, "value")
			b.Set([]byte(k), []byte(v))
			model[k] = v
		}
	}
	mustCommit(t, s, &b)
}

type scanRange struct {
	lower, upper string
	reverse      bool
}

func scanBoth(t *rapid.T, s Store, model map[string]string, r scanRange) {
	var want, got []string
	for _, k := range slices.Sorted(maps.Keys(model)) {
		if k >= r.lower && k < r.upper {
			want = append(want, k+"="+model[k])
		}
	}
	if r.reverse {
		slices.Reverse(want)
	}
	err := s.Scan([]byte(r.lower), []byte(r.upper), r.reverse, func(k, v []byte) bool {
		got = append(got, fmt.Sprintf("%s=%s", k, v))
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("scan of %+v (-want +got):\n%s", r, d)
	}
}

func TestReopenedStoreHasWhatWasCommitted(t *testing.T) {
	for _, fsync := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "store")
		for round := range 3 {
			s, err := Open(Options{Dir: dir, Fsync: fsync})
			if err != nil {
				t.Fatal(err)
			}
			for earlier := range round {
				if _, ok, err := s.Get(fmt.Append(nil, earlier)); !ok || err != nil {
					t.Fatalf("fsync=%v: round %d misses the key of round %d: %v", fsync, round, earlier, err)
				}
			}
			var b Batch
			b.Set(fmt.Append(nil, round), nil)
			mustCommit(t, s, &b)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func mustCommit(t interface {
	Helper()
	Fatal(...any)
}, s Store, b *Batch,
) {
	t.Helper()
	if err := s.Commit(b); err != nil {
		t.Fatal(err)
	}
}

// Requests that nobody waits for any more may come while the store closes, and later.
func TestStoreInUseCloses(t *testing.T) {
	for name, o := range map[string]Options{"memory": {}, "disk": {Dir: t.TempDir()}} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(o)
			if err != nil {
				t.Fatal(err)
			}
			var users, begun sync.WaitGroup
			ended := make(chan error, 3)
			use := func(op func() error) {
				begun.Add(1)
				users.Go(func() {
					err := op()
					for begun.Done(); err == nil; {
						err = op()
					}
					ended <- err
				})
			}
			use(func() error {
				var b Batch
				b.Set([]byte("k"), []byte("v"))
				return s.Commit(&b)
			})
			use(func() error { _, _, err := s.Get([]byte("k")); return err })
			use(func() error { // reads in a walk
				return s.Scan(nil, nil, false, func(key, _ []byte) bool {
					_, _, err := s.Get(key)
					return err == nil
				})
			})
			begun.Wait()
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			users.Wait()
			close(ended)
			for err := range ended {
				if !errors.Is(err, ErrClosed) {
					t.Errorf("a user of a closed store got %v", err)
				}
			}
		})
	}
}
