package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
)

// space has files that are made as they are read.
type space struct {
	keys    []string
	sizes   map[string]int64
	version map[string]string
	most    int64 // that was read at once
	parts   int
	gone    map[string]bool // listed a moment ago
}

func (s *space) Keys(_ context.Context, prefix, after string, fn func(key string, size int64) bool) error {
	for _, k := range s.keys {
		if strings.HasPrefix(k, prefix) && k > after && !fn(k, s.sizes[k]) {
			return nil
		}
	}
	return nil
}

func (s *space) Part(_ context.Context, key string, from, to int64) ([]byte, string, error) {
	size, ok := s.sizes[key]
	if !ok || s.gone[key] {
		return nil, "", fault.New(fault.NotFound, fault.CodeNotFound, "There is no %s.", key)
	}
	if from < 0 || from >= to || to > size {
		return nil, "", fmt.Errorf("bytes %d to %d of %d", from, to, size)
	}
	s.parts++
	s.most = max(s.most, to-from)
	b := make([]byte, to-from)
	fill(b, s.version[key], from)
	return b, s.version[key], nil
}

// tile is what files consist of, repeated; its size is no multiple of anything.
var tile = func() []byte {
	b := make([]byte, 1<<20+7)
	for i := range b {
		b[i] = byte(i*7) ^ byte(i>>11)
	}
	return b
}()

// fill fills b with a version's bytes from a position on: the versions are shifted.
func fill(b []byte, version string, from int64) {
	from += int64(version[0])
	for n := 0; n < len(b); {
		n += copy(b[n:], tile[(from+int64(n))%int64(len(tile)):])
	}
}

// exported downloads the files, and gives what their JSON digests to, or the JSON of
// the small ones. What meanwhile does happens before the third page.
func exported(t *testing.T, s *space, meanwhile func()) map[string]string {
	t.Helper()
	e := &Exporter{Sources: Sources{Files: s}}
	out, open := map[string]string{}, map[string]*download{}
	cursor := mark{section: "file"}.String()
	for pages := 0; cursor != ""; pages++ {
		if pages > 1000 {
			t.Fatal("the export does not end")
		}
		if pages == 2 {
			meanwhile()
		}
		lines, next, err := e.Page(t.Context(), "ten_a", cursor)
		if err != nil {
			t.Fatal(err)
		}
		bytes := 0
		for _, l := range lines {
			bytes += len(l.Data) + len(l.Text)
			if l.Data != nil {
				out[l.ID] = string(l.Data)
				continue
			}
			if l.Offset == 0 {
				open[l.ID] = newDownload()
			}
			d := open[l.ID]
			if d.length != l.Offset {
				t.Fatalf("%s goes on at %d, want %d", l.ID, l.Offset, d.length)
			}
			if d.add(l.Text); d.length == l.Size {
				out[l.ID] = d.end(t)
			}
		}
		if bytes > PageBytes+1024 {
			t.Fatalf("a page of %d bytes", bytes)
		}
		cursor = next
	}
	return out
}

// download digests a file's JSON as it comes.
type download struct {
	length int
	in     *io.PipeWriter
	sum    chan string
}

func newDownload() *download {
	r, w := io.Pipe()
	d := &download{in: w, sum: make(chan string, 1)}
	go func() {
		head := make([]byte, len(fileHead))
		_, _ = io.ReadFull(r, head)
		h := sha256.New()
		n, _ := io.Copy(h, base64.NewDecoder(base64.StdEncoding, &untilQuote{r: r}))
		_, _ = io.Copy(io.Discard, r)
		d.sum <- fmt.Sprintf("%s %d %x", head, n, h.Sum(nil))
	}()
	return d
}

func (d *download) add(text string) {
	d.length += len(text)
	_, _ = io.WriteString(d.in, text)
}

func (d *download) end(t *testing.T) string {
	t.Helper()
	_ = d.in.Close()
	return <-d.sum
}

// untilQuote reads up to the end of a JSON text.
type untilQuote struct {
	r    io.Reader
	done bool
}

func (u *untilQuote) Read(b []byte) (int, error) {
	if u.done {
		return 0, io.EOF
	}
	n, err := u.r.Read(b)
	if i := bytes.IndexByte(b[:n], '"'); i >= 0 {
		u.done = true
		return i, nil
	}
	return n, err
}

// digest is what exported gives of a large file.
func digest(version string, size int64) string {
	h := sha256.New()
	for i := int64(0); i < size; {
		buf := make([]byte, min(1<<20, size-i))
		fill(buf, version, i)
		h.Write(buf)
		i += int64(len(buf))
	}
	return fmt.Sprintf("%s %d %x", fileHead, size, h.Sum(nil))
}

// TestFilesOfEverySizeAreExported: small ones whole, a file of 200 MB in pieces, with
// no more of it in memory than a page holds.
func TestFilesOfEverySizeAreExported(t *testing.T) {
	const large = 200<<20 + 1
	s := &space{sizes: map[string]int64{
		"ten_a/exe_1/key-data": 5, "ten_a/files/empty": 0, "ten_a/files/large": large, "ten_a/files/more": 3<<20 + 2, "ten_a/files/naïve \"q\".csv": 100,
		"ten_a/executions/x": 9, "ten_b/files/other": 9,
	}, version: map[string]string{}}
	for _, k := range []string{"ten_a/exe_1/key-data", "ten_a/executions/x", "ten_a/files/empty", "ten_a/files/large", "ten_a/files/more", "ten_a/files/naïve \"q\".csv", "ten_b/files/other"} {
		s.keys = append(s.keys, k)
		s.version[k] = "v"
	}
	got := exported(t, s, func() {})
	if len(got) != 5 {
		t.Errorf("%d files are exported, want 5", len(got))
	}
	for _, k := range []string{"ten_a/files/large", "ten_a/files/more"} {
		if want := digest("v", s.sizes[k]); got[k] != want {
			t.Errorf("%s is %.120s, want %.120s", k, got[k], want)
		}
	}
	for _, k := range []string{"ten_a/exe_1/key-data", "ten_a/files/empty", "ten_a/files/naïve \"q\".csv"} {
		var f struct {
			Key    string
			Base64 []byte
		}
		if err := json.Unmarshal([]byte(got[k]), &f); err != nil || f.Key != k || int64(len(f.Base64)) != s.sizes[k] {
			t.Errorf("%s is %s (%v)", k, got[k], err)
		}
	}
	if s.most > PageBytes || s.parts > 2*int(large/PageBytes)*4/3 {
		t.Errorf("%d bytes were read at once, in %d parts", s.most, s.parts)
	}
}

// TestFileThatIsReplacedIsExportedFromItsBeginning: no mixture of two versions, and
// one that is gone does not stop the rest.
func TestFileThatIsReplacedIsExportedFromItsBeginning(t *testing.T) {
	for name, size := range map[string]int64{"as large": 7 << 20, "larger": 9 << 20, "smaller": 3 << 20, "much smaller": 10, "gone": -1} {
		t.Run(name, func(t *testing.T) {
			s := &space{
				keys:  []string{"ten_a/files/a", "ten_a/files/b"},
				sizes: map[string]int64{"ten_a/files/a": 7 << 20, "ten_a/files/b": 3}, version: map[string]string{"ten_a/files/a": "1", "ten_a/files/b": "1"},
			}
			got := exported(t, s, func() {
				s.version["ten_a/files/a"], s.sizes["ten_a/files/a"] = "2", size
				if size < 0 {
					s.sizes["ten_a/files/a"], s.gone = 7<<20, map[string]bool{"ten_a/files/a": true}
				}
			})
			if _, ok := got["ten_a/files/b"]; !ok {
				t.Error("the next file is missing")
			}
			a, ok := got["ten_a/files/a"]
			switch {
			case size < 0 && ok:
				t.Errorf("a file that is gone is exported: %.100s", a)
			case size > 1<<20 && a != digest("2", size):
				t.Errorf("got  %.120s\nwant %.120s", a, digest("2", size))
			case size == 10 && !strings.Contains(a, `"key":"ten_a/files/a"`):
				t.Errorf("got %s", a)
			}
		})
	}
}
