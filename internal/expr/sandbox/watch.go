package sandbox

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/automatelanka/automatelanka/internal/clock"
)

// watchEvery is how often the heap is looked at while scripts run. goja fills
// memory at up to 1 GB/s, so the limit is overrun by some 10 MB.
const watchEvery = 5 * time.Millisecond

// watched is the memory account of one Box, kept by the watcher.
type watched struct {
	box    *Box
	run    uint64 // the Box's number of the run
	base   uint64 // the heap when the run was first seen, 0 before
	order  uint64 // runs are numbered by their start
	killed bool
}

// watcher looks at the heap of the process while at least one run is on.
var watcher struct {
	sync.Mutex
	runs    map[*watched]struct{}
	started uint64
	on      bool
}

func (w *watched) start() {
	watcher.Lock()
	defer watcher.Unlock()
	if watcher.runs == nil {
		watcher.runs = map[*watched]struct{}{}
	}
	watcher.started++
	w.base, w.order, w.killed, w.run = 0, watcher.started, false, w.box.runs
	watcher.runs[w] = struct{}{}
	if !watcher.on {
		watcher.on = true
		go watchHeap()
	}
}

func (w *watched) stop() {
	watcher.Lock()
	defer watcher.Unlock()
	delete(watcher.runs, w)
}

// over reports whether the heap would have grown past the limit with n more
// bytes, garbage not counted.
func (w *watched) over(n int64) bool {
	heap := heapBytes()
	watcher.Lock()
	if w.base == 0 {
		w.base = heap
	}
	base := w.base
	watcher.Unlock()
	limit := base + uint64(w.box.limits.Memory)
	if heap+uint64(n) <= limit {
		return false
	}
	runtime.GC()
	return heapBytes()+uint64(n) > limit
}

// watchHeap runs until a tick finds no run.
func watchHeap() {
	tick := clock.Real().NewTicker(watchEvery)
	defer tick.Stop()
	for range tick.Chan() {
		heap := heapBytes()
		watcher.Lock()
		if len(watcher.runs) == 0 {
			watcher.on = false
			watcher.Unlock()
			return
		}
		suspect := longest(heap)
		watcher.Unlock()
		if suspect == nil {
			continue
		}
		runtime.GC()
		heap = heapBytes()
		watcher.Lock()
		// It may have ended, or begun again, while garbage was collected.
		if _, on := watcher.runs[suspect]; on && suspect.passed(heap) {
			suspect.killed = true
			limit := suspect.box.limits.Memory >> 20
			suspect.box.interrupt(suspect.run, &Exceeded{What: "memory", Text: fmt.Sprintf("it used more than %d MB of memory", limit)})
		}
		watcher.Unlock()
	}
}

// longest notes the base of new runs and returns the oldest run that passed its
// limit; nil while one that was ended has not gone yet.
func longest(heap uint64) *watched {
	var oldest *watched
	for w := range watcher.runs {
		if w.killed {
			return nil
		}
		if w.base == 0 {
			w.base = heap
		}
		if w.passed(heap) && (oldest == nil || w.order < oldest.order) {
			oldest = w
		}
	}
	return oldest
}

func (w *watched) passed(heap uint64) bool {
	return w.base > 0 && heap > w.base+uint64(w.box.limits.Memory)
}

// heapBytes is the memory that objects occupy, those not yet swept included.
func heapBytes() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
