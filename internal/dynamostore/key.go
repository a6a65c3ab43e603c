package dynamostore

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/automatelanka/automatelanka/internal/datatable"
	"github.com/automatelanka/automatelanka/internal/dedupe"
	"github.com/automatelanka/automatelanka/internal/execution"
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
	attrExpires = "et"
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

// ExecutionOf is the execution whose control item has the keys; false if they are
// those of another item.
func ExecutionOf(pk, sk string) (execution.Ref, bool) {
	t, isTenant := strings.CutPrefix(pk, tenantPK(""))
	id, isControl := strings.CutPrefix(sk, executionPrefix)
	return execution.Ref{Tenant: ident.Tenant(t), ID: ident.Execution(id)}, isTenant && isControl && t != "" && id != ""
}

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

// rateKey is the bucket of an API key's requests.
func rateKey(t ident.Tenant, apiKey string) key { return key{tenantPK(t), "RATE#" + apiKey} }

func tokensKey(t ident.Tenant, month string) key { return key{tenantPK(t), "TOKENS#" + month} }

const linePrefix = "LINE#"

func lineKey(t ident.Tenant, e ident.Execution) key {
	return key{tenantPK(t), linePrefix + string(e)}
}

func idempotencyKey(t ident.Tenant, wf ident.Workflow, hash string) key {
	return key{tenantPK(t), "IDEM#" + string(wf) + "#" + hash}
}

const linkPrefix = "SUB#"

// linkKey leads from a node run to the nth run of a workflow that it asked for.
func linkKey(t ident.Tenant, e ident.Execution, node string, run, n int) key {
	return key{executionPK(t, e), fmt.Sprintf("%s%06d", linksOf(node, run), n)}
}

// linksOf is what the links of a node run begin with. A name may be longer than a
// key, so it is hashed.
func linksOf(node string, run int) string {
	return fmt.Sprintf("%s%s#%d#", linkPrefix, hashed(node), run)
}

// partialKey is what a node run keeps that asked for runs of workflows.
func partialKey(t ident.Tenant, e ident.Execution, node string, run int) key {
	return key{executionPK(t, e), fmt.Sprintf("PART#%s#%d", hashed(node), run)}
}

func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:10])
}

// runUsageKey counts the AI calls of one run.
func runUsageKey(t ident.Tenant, e ident.Execution) key { return key{executionPK(t, e), "AI"} }

// workflowUsageKey counts the AI calls of one workflow in a month.
func workflowUsageKey(t ident.Tenant, month string, w ident.Workflow) key {
	return key{tenantPK(t) + "#AI", "WF#" + month + "#" + string(w)}
}

func reservationKey(t ident.Tenant, id string) key { return key{tenantPK(t) + "#AI", "RSV#" + id} }

const usagePrefix = "USE#"

// usageKey orders usage records by time; id makes a repeated record fall on itself.
func usageKey(t ident.Tenant, month, id string) key {
	return key{tenantPK(t) + "#AI", usagePrefix + month + "#" + id}
}

const markPrefix = "MARK#"

// markKey is where something stands that starts runs.
func markKey(t ident.Tenant, name string) key { return key{tenantPK(t), markPrefix + name} }

const pacePrefix = "PACE#"

// paceKey is the bucket of a tenant's calls to a host, or to all ("").
func paceKey(t ident.Tenant, host string) key { return key{tenantPK(t), pacePrefix + host} }

// hostPaceKey is the bucket of all tenants' calls to a host.
func hostPaceKey(host string) key { return key{pacePrefix + host, "HOST"} }

const gonePrefix = "GONE#"

// goneKey marks an execution whose removal was begun.
func goneKey(ref execution.Ref) key { return key{tenantPK(ref.Tenant), gonePrefix + string(ref.ID)} }

const unbornPrefix = "UNBORN#"

// unbornKey marks an execution whose files are stored before the execution itself.
func unbornKey(ref execution.Ref, at time.Time) key {
	return key{tenantPK(ref.Tenant), unbornPrefix + at.UTC().Format(sortTime) + "#" + string(ref.ID)}
}

// Data tables: the tables themselves and the sum of their bytes in one partition of
// the tenant, the rows of each in one of its own. No sort key begins as an
// execution's: the stream's reader looks at those.
const (
	dataTablePrefix = "TABLE#"
	dataLeftPrefix  = "LEFT#"
	dataRowPrefix   = "ROW#"
)

func dataTablesPK(t ident.Tenant) string { return tenantPK(t) + "#TABLES" }

func dataTableKey(r datatable.Ref) key {
	return key{dataTablesPK(r.Tenant), dataTablePrefix + string(r.ID)}
}

// dataNameKey keeps a name for one table.
func dataNameKey(t ident.Tenant, name string) key { return key{dataTablesPK(t), "NAME#" + name} }

// dataLeftKey marks a table whose removal was begun.
func dataLeftKey(r datatable.Ref) key {
	return key{dataTablesPK(r.Tenant), dataLeftPrefix + string(r.ID)}
}

// dataSumKey counts the tenant's tables, and the bytes of their rows.
func dataSumKey(t ident.Tenant) key { return key{dataTablesPK(t), "SUM"} }

// dataTablePK is the partition of a table's rows.
func dataTablePK(r datatable.Ref) string { return tenantPK(r.Tenant) + "#TABLE#" + string(r.ID) }

func dataStatsKey(r datatable.Ref) key { return key{dataTablePK(r), "STATS"} }

func dataRowKey(r datatable.Ref, id int64) key {
	return key{dataTablePK(r), fmt.Sprintf("%s%016d", dataRowPrefix, id)}
}

// dataDonePrefix is what the entries of an operation begin with.
func dataDonePrefix(op string) string { return "DONE#" + hashed(op) + "#" }

func dataDoneKey(r datatable.Ref, op string, n int) key {
	return key{dataTablePK(r), fmt.Sprintf("%s%06d", dataDonePrefix(op), n)}
}

// What Remove Duplicates has seen: all histories of a workflow are one partition.

func seenPK(s dedupe.Scope) string { return tenantPK(s.Tenant) + "#SEEN#" + string(s.Workflow) }

// seenOf is what the items of a history begin with: a node's, or the workflow's own.
func seenOf(s dedupe.Scope) string { return "SEEN#" + hashed(s.Node) + "#" }

func seenHeadKey(s dedupe.Scope) key { return key{seenPK(s), seenOf(s) + "HEAD"} }

func seenChunkPrefix(s dedupe.Scope) string { return seenOf(s) + "C#" }

func seenChunkKey(s dedupe.Scope, n int) key {
	return key{seenPK(s), fmt.Sprintf("%s%04d", seenChunkPrefix(s), n)}
}

func seenDoneKey(s dedupe.Scope, op string) key {
	return key{seenPK(s), seenOf(s) + "DONE#" + hashed(op)}
}

// bookmarkKey is where the last pass of retention ended.
var bookmarkKey = key{"RETENTION", "BOOKMARK"}

// Catalogue table.
//
//	T#<tenant>            TENANT             the tenant
//	T#<tenant>            KEY#<key>          an API key, as its owner sees it
//	T#<tenant>            MEMBER#<member>    a member
//	T#<tenant>            W#<workflow>       head of a workflow: name, current version, activity
//	T#<tenant>            WO#<id>            which workflow was imported with an id of elsewhere
//	T#<tenant>            HOOK#<method>#<path>           where a webhook leads
//	T#<tenant>            HOOKS#<method>#<n>#<pattern>   the same for paths of n segments with parameters
//	T#<tenant>            S#<schedule>       a schedule
//	T#<tenant>            C#<credential>     a credential, its secrets sealed
//	T#<tenant>            CN#<type>#<name>   which credential has the name
//	T#<tenant>            R#<registration>   a trigger's address at the service that calls it
//	T#<tenant>            OAUTH#<hash>       an authorization that was begun
//	T#<tenant>#<workflow> V#<version>        an immutable version
//	T#<tenant>#AUDIT      <audit>            audit records ("T##AUDIT": the platform's)
//	K#<key>               KEY                what a key's check needs; it finds the tenant
//	M#<email>             T#<tenant>         membership; it finds the tenants of a person
//	T#<tenant>#LIVE       C#<connection>     a connected browser, with what it watches
//	WS#<connection>       CONNECTION         finds the tenant of a connection
//	WT#<hash>             TICKET             the right to connect once
//	PLANS                 <plan>             limits
//	PRICES                <model>#<date>     what a model's tokens cost
//	ERASED                <tenant>           the record of an erasure
//
// The index "listing" (ls, lk) is for operators, and sparse: tenants under
// TENANTS, audit records under AUDIT, erasures that have not ended under ERASURES.
// Registrations that are to be looked at are under REGISTRATIONS, by time.
const (
	indexListing = "listing"
	attrList     = "ls"
	attrListKey  = "lk"
	listTenants  = "TENANTS"
	listAudits   = "AUDIT"
	listErasures = "ERASURES"
	plansPK      = "PLANS"
	pricesPK     = "PRICES"

	keyPrefix      = "KEY#"
	memberPrefix   = "MEMBER#"
	workflowPrefix = "W#"
	importedPrefix = "WO#"
	versionPrefix  = "V#"
	hookPrefix     = "HOOK#"
	hooksPrefix    = "HOOKS#"
	schedulePrefix = "S#"

	registrationPrefix = "R#"
	listRegistrations  = "REGISTRATIONS"

	credentialPrefix     = "C#"
	credentialNamePrefix = "CN#"
	pendingPrefix        = "OAUTH#"
)

func tenantKey(t ident.Tenant) key                   { return key{tenantPK(t), "TENANT"} }
func keyKey(t ident.Tenant, k ident.Key) key         { return key{tenantPK(t), keyPrefix + string(k)} }
func keyCheckKey(k ident.Key) key                    { return key{"K#" + string(k), "KEY"} }
func memberKey(t ident.Tenant, m ident.Member) key   { return key{tenantPK(t), memberPrefix + string(m)} }
func emailPK(email string) string                    { return "M#" + email }
func membershipKey(email string, t ident.Tenant) key { return key{emailPK(email), tenantPK(t)} }
func auditPK(t ident.Tenant) string                  { return tenantPK(t) + "#AUDIT" }
func auditKey(t ident.Tenant, id string) key         { return key{auditPK(t), id} }
func erasureKey(t ident.Tenant) key                  { return key{"ERASED", string(t)} }
func planKey(name string) key                        { return key{plansPK, name} }

const connectionPrefix = "C#"

const liveSuffix = "#LIVE"

func livePK(t ident.Tenant) string { return tenantPK(t) + liveSuffix }

// tenantOfLive is the tenant in what livePK made.
func tenantOfLive(pk string) ident.Tenant {
	return ident.Tenant(strings.TrimSuffix(strings.TrimPrefix(pk, tenantPK("")), liveSuffix))
}

func connectionKey(t ident.Tenant, id string) key { return key{livePK(t), connectionPrefix + id} }
func connectionTenantKey(id string) key           { return key{"WS#" + id, "CONNECTION"} }
func ticketKey(hash string) key                   { return key{"WT#" + hash, "TICKET"} }

func priceKey(model, from string) key { return key{pricesPK, model + "#" + from} }

func workflowKey(t ident.Tenant, w ident.Workflow) key {
	return key{tenantPK(t), workflowPrefix + string(w)}
}

func importedKey(t ident.Tenant, from string) key { return key{tenantPK(t), importedPrefix + from} }

func versionsPK(t ident.Tenant, w ident.Workflow) string { return tenantPK(t) + "#" + string(w) }

func versionKey(t ident.Tenant, w ident.Workflow, version int) key {
	return key{versionsPK(t, w), fmt.Sprintf("%s%08d", versionPrefix, version)}
}

// hookKey is where a fixed path leads; path has no slash at its ends.
func hookKey(t ident.Tenant, method, path string) key {
	return key{tenantPK(t), hookPrefix + method + "#" + path}
}

// hookPatternPrefix is common to all patterns with the number of segments.
func hookPatternPrefix(method string, segments int) string {
	return fmt.Sprintf("%s%s#%d#", hooksPrefix, method, segments)
}

func hookPatternKey(t ident.Tenant, method string, segments int, pattern string) key {
	return key{tenantPK(t), hookPatternPrefix(method, segments) + pattern}
}

func scheduleKey(t ident.Tenant, s ident.Schedule) key {
	return key{tenantPK(t), schedulePrefix + string(s)}
}

func registrationKey(t ident.Tenant, r ident.Registration) key {
	return key{tenantPK(t), registrationPrefix + string(r)}
}

// registrationDue is the place of a registration among those to be looked at: by
// time, to the millisecond.
func registrationDue(t ident.Tenant, r ident.Registration, at time.Time) string {
	return fmt.Sprintf("%013d#%s#%s", at.UnixMilli(), t, r)
}

// dueBefore sorts after every place up to a time, and before those after it.
func dueBefore(at time.Time) string { return fmt.Sprintf("%013d", at.UnixMilli()+1) }

func credentialKey(t ident.Tenant, c ident.Credential) key {
	return key{tenantPK(t), credentialPrefix + string(c)}
}

// credentialNameKey makes names unique within a type, and found without a search.
func credentialNameKey(t ident.Tenant, typ, name string) key {
	return key{tenantPK(t), credentialNamePrefix + typ + "#" + name}
}

func pendingKey(t ident.Tenant, state string) key { return key{tenantPK(t), pendingPrefix + state} }
