package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"runtime"
	"time"
)

// serveProfiles offers pprof, and what the local cloud has counted
// (/debug/meter), on an address of its own.
func serveProfiles(addr string, counts func() map[string]float64, log *slog.Logger) {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("/debug/pprof/mutex", sampledWhileAsked(func(on bool) { runtime.SetMutexProfileFraction(sampled(on, 10)) }))
	mux.HandleFunc("/debug/pprof/block", sampledWhileAsked(func(on bool) { runtime.SetBlockProfileRate(sampled(on, 10_000)) }))
	mux.HandleFunc("/debug/pprof/allocs", sampledWhileAsked(func(on bool) { runtime.MemProfileRate = sampled(on, allocationRate) }))
	mux.HandleFunc("/debug/meter", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(counts())
	})
	server := &http.Server{Addr: addr, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	log.Error("profiles are not served", "error", server.ListenAndServe())
}

// allocationRate is the runtime's own: one sample of so many bytes.
const allocationRate = 512 << 10

// leaveOutAllocations stops the sampling of allocations until somebody asks for it: a
// run allocates some 300 KB on deep stacks, and each sample walks one. GODEBUG=memprofilerate
// samples from the start, for profiles of what lives (/debug/pprof/heap).
func leaveOutAllocations() {
	if runtime.MemProfileRate == allocationRate {
		runtime.MemProfileRate = 0
	}
}

// sampledWhileAsked serves a profile of waiting or of allocations, which the runtime
// samples only while it is asked for: sampling costs time. Without ?seconds it would be empty.
func sampledWhileAsked(sample func(on bool)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("seconds") == "" {
			http.Error(w, "say for how long: ?seconds=5", http.StatusBadRequest)
			return
		}
		sample(true)
		defer sample(false)
		pprof.Index(w, r)
	}
}

// sampled is the runtime's rate: one event of so many, or one of so many nanoseconds.
func sampled(on bool, rate int) int {
	if on {
		return rate
	}
	return 0
}
