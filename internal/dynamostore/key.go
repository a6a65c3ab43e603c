package dynamostore

import (
	"fmt"

	"github.com/automatelanka/automatelanka/internal/ident"
)

// All keys of the two tables are built here. Keys of a tenant's data begin with
// the tenant, so that no query can leave it; the few others begin with a word
// that no tenant's id can be.

// The names of the key attributes and indexes, as in the template.
const (
	attrPK      = "pk"
	attrSK      = "sk"
	indexOpen   = "open"
	attrOpen    = "os" // shard of the open index; absent when there is nothing to look after
	attrDue     = "du" // milliseconds: when sweep looks at the item
	attrExpires = "ttl"
)

// openShards is the number of partitions of the open index: enough for some
// thousand writes a second, few enough to read them all each minute.
const openShards = 8

type key struct{ pk, sk string }

func tenantPK(t ident.Tenant) string { return "T#" + string(t) }

// Runs table.

func executionKey(t ident.Tenant, e ident.Execution) key {
	return key{tenantPK(t), executionPrefix + string(e)}
}

const executionPrefix = "E#"

// executionPK is the partition of what belongs to one execution.
func executionPK(t ident.Tenant, e ident.Execution) string {
	return tenantPK(t) + "#" + string(e)
}

const runPrefix = "N#"

// runKey is the checkpoint of the node runs from sequence number seq on.
func runKey(t ident.Tenant, e ident.Execution, seq int) key {
	return key{executionPK(t, e), fmt.Sprintf("%s%08d", runPrefix, seq)}
}

func inputKey(t ident.Tenant, e ident.Execution) key    { return key{executionPK(t, e), "IN"} }
func responseKey(t ident.Tenant, e ident.Execution) key { return key{executionPK(t, e), "RESPONSE"} }

func slotsKey(t ident.Tenant) key    { return key{tenantPK(t), "SLOTS"} }
func countersKey(t ident.Tenant) key { return key{tenantPK(t), "COUNT"} }

// monthKey keeps the counters of a month that is over.
func monthKey(t ident.Tenant, month string) key { return key{tenantPK(t), "COUNT#" + month} }

func tokensKey(t ident.Tenant, month string) key { return key{tenantPK(t), "TOKENS#" + month} }

const linePrefix = "LINE#"

func lineKey(t ident.Tenant, e ident.Execution) key {
	return key{tenantPK(t), linePrefix + string(e)}
}

func idempotencyKey(t ident.Tenant, wf ident.Workflow, hash string) key {
	return key{tenantPK(t), "IDEM#" + string(wf) + "#" + hash}
}

func reservationKey(t ident.Tenant, id string) key { return key{tenantPK(t) + "#AI", "RSV#" + id} }

const usagePrefix = "USE#"

// usageKey orders usage records by time; id makes a repeated record fall on itself.
func usageKey(t ident.Tenant, month, id string) key {
	return key{tenantPK(t) + "#AI", usagePrefix + month + "#" + id}
}
