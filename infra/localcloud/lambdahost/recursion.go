package lambdahost

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// maxHops is how often a function may appear in one chain of invocations before
// Lambda stops the chain ("approximately 16 times", Lambda recursive loop detection).
const maxHops = 16

// The chain is carried in the trace header, as on AWS: Lineage=mark:count|mark:count,
// one entry for each function that took part.
const lineage = "Lineage="

func markOf(arn string) string {
	sum := sha256.Sum256([]byte(arn))
	return hex.EncodeToString(sum[:4])
}

// Loops reports whether Lambda would refuse to invoke a function because a message
// with this trace header has passed through it too often.
func (h *Host) Loops(function, trace string) bool {
	f, err := h.find(function)
	return err == nil && h.loops(f, trace)
}

func (h *Host) loops(f *hosted, trace string) bool {
	return !f.AllowRecursion && hops(trace, f.mark) >= maxHops
}

// Hops returns how often a function appears in the chain of a trace header.
func (h *Host) Hops(function, trace string) int {
	f, err := h.find(function)
	if err != nil {
		return 0
	}
	return hops(trace, f.mark)
}

func hops(trace, mark string) int {
	at := strings.Index(trace, lineage)
	if at < 0 {
		return 0
	}
	for _, entry := range strings.Split(trace[at+len(lineage):], "|") {
		if count, ok := strings.CutPrefix(entry, mark+":"); ok {
			n, _ := strconv.Atoi(count)
			return n
		}
	}
	return 0
}

// nextTrace is the header of a function's own calls: the one that it was called
// with, with itself added to the chain.
func nextTrace(trace, mark, id string) string {
	root, chain, found := strings.Cut(trace, lineage)
	if root == "" {
		root = "Root=1-" + id[0:8] + "-" + id[9:13] + id[14:18] + id[19:23] + id[24:36] + ";"
	}
	if !found {
		if !strings.HasSuffix(root, ";") {
			root += ";"
		}
		return root + lineage + mark + ":1"
	}
	entries := strings.Split(chain, "|")
	for i, entry := range entries {
		if count, ok := strings.CutPrefix(entry, mark+":"); ok {
			n, _ := strconv.Atoi(count)
			entries[i] = mark + ":" + strconv.Itoa(n+1)
			return root + lineage + strings.Join(entries, "|")
		}
	}
	return root + lineage + chain + "|" + mark + ":1"
}
