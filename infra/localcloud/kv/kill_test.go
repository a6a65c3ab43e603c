package kv

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	writerDir = "KV_KILL_WRITER_DIR"
	readerDir = "KV_KILL_READER_DIR"
	fullDir   = "KV_KILL_FULL_DIR"
)

// TestMain lets this binary be the process that TestKilledWriterLosesNothing kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(writerDir); dir != "" {
		writeUntilKilled(dir)
	}
	if dir := os.Getenv(readerDir); dir != "" {
		readAll(dir)
	}
	if dir := os.Getenv(fullDir); dir != "" {
		writeUntilFull(dir)
	}
	os.Exit(m.Run())
}

// writeUntilKilled commits with 8 writers and prints each write after its commit returned.
func writeUntilKilled(dir string) {
	s, err := Open(Options{Dir: dir})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var out sync.Mutex
	for writer := range 8 {
		go func() {
			for n := uint64(1); ; n++ {
				var b Batch
				b.Set(killKey(writer, 'a'), binary.BigEndian.AppendUint64(nil, n))
				b.Set(killKey(writer, 'b'), binary.BigEndian.AppendUint64(make([]byte, 500)[:0], n))
				if err := s.Commit(&b); err != nil {
					os.Exit(1)
				}
				out.Lock()
				fmt.Println(writer, n) // unbuffered: it is out before the next write begins
				out.Unlock()
			}
		}()
	}
	select {}
}

func killKey(writer int, half byte) []byte { return []byte{'w', byte(writer), half} }

// TestKilledWriterLosesNothing kills a writing process at five moments: each
// acknowledged write must be there, and no batch may be there by half.
func TestKilledWriterLosesNothing(t *testing.T) {
	dir := t.TempDir()
	for round := range 5 {
		acked := killAfter(t, dir, 200+round*977)
		s, err := Open(Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		for writer, n := range acked {
			a, b := number(t, s, killKey(writer, 'a')), number(t, s, killKey(writer, 'b'))
			if a < n {
				t.Errorf("round %d: writer %d was told that %d is durable, the store has %d", round, writer, n, a)
			}
			if a != b {
				t.Errorf("round %d: writer %d has half a batch: %d and %d", round, writer, a, b)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killAfter starts a writer, kills it after some acknowledgements and returns
// the last that each of its goroutines got.
func killAfter(t *testing.T, dir string, acknowledgements int) map[int]uint64 {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writerDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acked := map[int]uint64{}
	lines := bufio.NewScanner(out)
	for seen := 0; lines.Scan(); seen++ {
		writer, n, _ := strings.Cut(lines.Text(), " ")
		w, err1 := strconv.Atoi(writer)
		v, err2 := strconv.ParseUint(n, 10, 64)
		if err1 != nil || err2 != nil {
			break // the line in which it died
		}
		acked[w] = v
		if seen == acknowledgements {
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait() // it was killed: that is its error
	if len(acked) == 0 {
		t.Fatal("the writer acknowledged nothing")
	}
	return acked
}

func number(t *testing.T, s Store, key []byte) uint64 {
	t.Helper()
	v, ok, err := s.Get(key)
	if err != nil || !ok || len(v) < 8 {
		t.Fatalf("key %v: %v, %v, %d bytes", key, ok, err, len(v))
	}
	return binary.BigEndian.Uint64(v)
}

// The lock is between processes: a second one is told which folder it is.
func TestDataOfAnotherProcessIsNotOpened(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	second := exec.Command(os.Args[0])
	second.Env = append(os.Environ(), writerDir+"="+dir)
	said, err := second.Output()
	if err == nil || !strings.Contains(string(said), "another process uses the data in "+dir) {
		t.Errorf("%v, it says %q", err, said)
	}
}

// Damage is told with the folder, and nothing goes on.
func TestDamagedDataEndsTheProcessAndIsNamed(t *testing.T) {
	dir := t.TempDir()
	killAfter(t, dir, 300)
	s, err := Open(Options{Dir: dir}) // what was in the log goes into tables
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("%v, %d tables", err, len(tables))
	}
	for _, table := range tables {
		b, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		for i := range b[:len(b)/2] {
			b[i] ^= 0x55
		}
		if err := os.WriteFile(table, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	reader := exec.Command(os.Args[0])
	reader.Env = append(os.Environ(), readerDir+"="+dir)
	said, err := reader.CombinedOutput()
	if err == nil || !strings.Contains(string(said), "the data in "+dir+" is damaged") {
		t.Errorf("%v, it says %.500s", err, said)
	}
}

// TestFullDiskEndsTheProcessAndLosesNothing: who is told that the data is damaged throws
// it away. Neither a store that is written nor one that is opened waits for room.
func TestFullDiskEndsTheProcessAndLosesNothing(t *testing.T) {
	dir := t.TempDir()
	acked := uint64(0)
	for round, room := range []string{"1000000", "0"} {
		full := exec.Command(os.Args[0])
		full.Env = append(os.Environ(), fullDir+"="+dir, fullRoom+"="+room)
		var said strings.Builder
		full.Stderr = &said
		out, err := full.Output()
		if err == nil || !strings.Contains(said.String(), "the data in "+dir+" has no room to be written") || !strings.Contains(said.String(), "make room and start again") {
			t.Fatalf("%v, it says %q", err, said.String())
		}
		if lines := strings.Fields(string(out)); round == 0 {
			if acked, err = strconv.ParseUint(lines[len(lines)-1], 10, 64); err != nil {
				t.Fatal(err)
			}
		}
	}
	s, err := Open(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n := number(t, s, []byte("n")); n < acked || acked == 0 {
		t.Errorf("%d is there, and %d was acknowledged", n, acked)
	}
}

// fullRoom is how many bytes can be written until the disk is full.
const fullRoom = "KV_KILL_FULL_ROOM"

// writeUntilFull commits on a disk that becomes full, and prints what was committed.
func writeUntilFull(dir string) {
	room, _ := strconv.ParseInt(os.Getenv(fullRoom), 10, 64)
	disk := &smallDisk{FS: vfs.Default}
	disk.left.Store(room)
	s, err := open(Options{Dir: dir}, disk)
	if err != nil {
		fmt.Fprintln(os.Stderr, "opened with", err)
		os.Exit(2)
	}
	for n := uint64(1); ; n++ {
		var b Batch
		b.Set([]byte("n"), binary.BigEndian.AppendUint64(nil, n))
		b.Set([]byte("more"), make([]byte, 20_000))
		if err := s.Commit(&b); err != nil {
			os.Exit(3)
		}
		fmt.Println(n)
	}
}

// smallDisk has room for so many bytes.
type smallDisk struct {
	vfs.FS
	left atomic.Int64
}

func (d *smallDisk) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := d.FS.Create(name, c)
	return smallFile{f, d}, err
}

type smallFile struct {
	vfs.File
	disk *smallDisk
}

func (f smallFile) Write(p []byte) (int, error) {
	if f.disk.left.Add(-int64(len(p))) < 0 {
		return 0, &os.PathError{Op: "write", Path: "small", Err: syscall.ENOSPC}
	}
	return f.File.Write(p)
}

// readAll reads everything and ends the process.
func readAll(dir string) {
	s, err := Open(Options{Dir: dir})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	err = s.Scan(nil, nil, false, func([]byte, []byte) bool { return true })
	fmt.Println("read", err)
	os.Exit(0)
}
