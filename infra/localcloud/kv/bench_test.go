package kv

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// candidates are the stores that were measured against each other; doc.go has the numbers.
func candidates() map[string]func(dir string) (Store, error) {
	return map[string]func(dir string) (Store, error){
		"memory":       func(string) (Store, error) { return Open(Options{}) },
		"pebble":       func(dir string) (Store, error) { return Open(Options{Dir: dir}) },
		"pebble-fsync": func(dir string) (Store, error) { return Open(Options{Dir: dir, Fsync: true}) },
		"sqlite-off": func(dir string) (Store, error) {
			return openSQLite(filepath.Join(dir, "kv.db"), "OFF")
		},
		"sqlite-normal": func(dir string) (Store, error) {
			return openSQLite(filepath.Join(dir, "kv.db"), "NORMAL")
		},
		"sqlite-full": func(dir string) (Store, error) {
			return openSQLite(filepath.Join(dir, "kv.db"), "FULL")
		},
	}
}

// BenchmarkCommit commits what an item's update does: the item (400 bytes), an
// index entry (100) and a stream record (1,000), over 20,000 items.
func BenchmarkCommit(b *testing.B) {
	for name, open := range candidates() {
		for _, writers := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/writers=%d", name, writers), func(b *testing.B) {
				s, err := open(b.TempDir())
				if err != nil {
					b.Fatal(err)
				}
				defer s.Close()
				benchmarkCommit(b, s, writers)
			})
		}
	}
}

func benchmarkCommit(b *testing.B, s Store, writers int) {
	var next atomic.Int64
	var wg sync.WaitGroup
	before := cpu()
	b.ResetTimer()
	for range writers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			item, index, record := make([]byte, 400), make([]byte, 100), make([]byte, 1000)
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				var batch Batch
				id := uint64(n*7919) % 20000
				batch.Set(benchKey('i', id), item)
				batch.Set(benchKey('x', id), index)
				batch.Set(benchKey('s', uint64(n)), record)
				if err := s.Commit(&batch); err != nil {
					b.Error(err)
					return
				}
			}
		}()
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(cpu()-before)/1e3/float64(b.N), "cpu-µs/op")
}

// BenchmarkGet reads 400-byte items of 20,000, by one reader.
func BenchmarkGet(b *testing.B) {
	for name, open := range candidates() {
		b.Run(name, func(b *testing.B) {
			s, err := open(b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			var batch Batch
			for id := range uint64(20000) {
				batch.Set(benchKey('i', id), make([]byte, 400))
			}
			if err := s.Commit(&batch); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for n := range b.N {
				if _, ok, err := s.Get(benchKey('i', uint64(n*7919)%20000)); !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
		})
	}
}

func benchKey(kind byte, id uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{'d', 'd', 'b', 0, 0, 0, 1, kind}, id)
}

// cpu returns the process's time on processors so far, in nanoseconds.
func cpu() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}
