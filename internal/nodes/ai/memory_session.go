package ai

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// SessionKey is where the file store has a session of a memory node, by its name.
func SessionKey(tenant, workflow, memory, session string) string {
	sum := sha256.Sum256([]byte(memory + "\x00" + session))
	return tenant + "/memory/" + workflow + "/" + hex.EncodeToString(sum[:16])
}

// MemoryOf is the memory node that is connected to a node, if it keeps its
// sessions in the file store under the sessionId of the input; nil if there is none
// such.
func MemoryOf(wf *workflow.Workflow, n *workflow.Node) *workflow.Node {
	list := connected(wf, n, "ai_memory")
	if len(list) == 0 || kind(list[0]) != "memoryBufferWindow" {
		return nil
	}
	if typ, ok := list[0].Parameters.Get("sessionIdType"); ok && typ != "fromInput" {
		return nil
	}
	if key, ok := list[0].Parameters.Get("sessionKey"); ok && key != "={{ $json.sessionId }}" {
		return nil
	}
	return list[0]
}

// Recall reads all that is kept of a session; nothing if there is none.
func Recall(ctx context.Context, store node.Blobs, key string) ([]node.ChatMessage, error) {
	return (&fileMessages{store, key}).load(ctx, 0)
}
