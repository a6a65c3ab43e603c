package dynamostore

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/automatelanka/automatelanka/internal/archive"
	"github.com/automatelanka/automatelanka/internal/ident"
)

// The parts of the stores that an erasure goes through.
const (
	partRuns    = "runs"
	partFiles   = "files"
	partCatalog = "catalog"
)

// Parts are the parts in order; the tenant itself is in the last one.
func (a *Attic) Parts() []string { return []string{partRuns, partFiles, partCatalog} }

// Shred goes through some of a part. Tables are scanned, and not asked for the
// keys that we know of: what nobody thought of is found as well.
func (a *Attic) Shred(ctx context.Context, t ident.Tenant, part, cursor string) (archive.Shredded, error) {
	switch part {
	case partRuns:
		return a.shredTable(ctx, a.Runs.table, t, cursor)
	case partFiles:
		return a.shredFiles(ctx, t)
	default:
		return a.shredTable(ctx, a.Catalog.table, t, cursor)
	}
}

// shredTable scans one page, some 1 MB.
func (a *Attic) shredTable(ctx context.Context, table *string, t ident.Tenant, cursor string) (archive.Shredded, error) {
	in := &dynamodb.ScanInput{
		TableName: table, ConsistentRead: aws.Bool(true), ProjectionExpression: aws.String("pk, sk"),
		// The tenant's partitions, what points to it from outside (memberships by
		// e-mail address, connections and tickets), and the checks of its keys.
		FilterExpression: aws.String("begins_with(pk, :t) OR sk = :t OR " + attrTenant + " = :id OR (begins_with(pk, :k) AND contains(d, :own))"),
		ExpressionAttributeValues: attrs{
			":t": str(tenantPK(t)), ":id": str(string(t)), ":k": str("K#"), ":own": str(`"tenant":"` + string(t) + `"`),
		},
	}
	if pk, sk, ok := strings.Cut(cursor, "\n"); ok {
		in.ExclusiveStartKey = key{pk, sk}.attrs()
	}
	out, err := a.Bulk.Scan(ctx, in)
	if err != nil {
		return archive.Shredded{}, unavailable(err)
	}
	s := archive.Shredded{Removed: archive.Counts{}, Looked: int64(out.ScannedCount)}
	var keys []attrs
	for _, item := range out.Items {
		pk, sk := getStr(item, attrPK), getStr(item, attrSK)
		if rest, ok := strings.CutPrefix(pk, tenantPK(t)); ok && rest != "" && rest[0] != '#' {
			continue // another tenant, whose id begins as this one's
		}
		keys = append(keys, item)
		s.Removed[kindOf(pk, sk)]++
	}
	if err := a.deleteAll(ctx, table, keys); err != nil {
		return archive.Shredded{}, err
	}
	if k := out.LastEvaluatedKey; len(k) > 0 {
		s.Next = getStr(k, attrPK) + "\n" + getStr(k, attrSK)
	}
	return s, nil
}

// kinds name items by the beginnings of their sort keys, for the report.
var kinds = []struct{ prefix, kind string }{
	{executionPrefix, "executions"}, {runPrefix, "checkpoints"}, {usagePrefix, "usageRecords"}, {"RSV#", "reservations"},
	{"IDEM#", "idempotencyKeys"}, {linkPrefix, "links"}, {dataTablePrefix, "dataTables"}, {"NAME#", "dataTables"}, {"SUM", "counters"}, {"STATS", "counters"}, {dataRowPrefix, "dataTableRows"}, {"DONE#", "dataTableWrites"}, {"SEEN#", "seenValues"}, {dataLeftPrefix, "dataTables"}, {"PART#", "checkpoints"}, {"COUNT", "counters"}, {"TOKENS#", "counters"}, {"WF#", "counters"}, {"SLOTS", "counters"}, {"AI", "counters"}, {pacePrefix, "counters"},
	{"TICKET", "tickets"}, {"CONNECTION", "connections"}, {keyPrefix, "keys"}, {memberPrefix, "members"}, {workflowPrefix, "workflows"}, {importedPrefix, "workflowOrigins"}, {versionPrefix, "versions"},
	{hookPrefix, "webhooks"}, {hooksPrefix, "webhooks"}, {schedulePrefix, "schedules"}, {markPrefix, "polls"}, {registrationPrefix, "registrations"}, {credentialPrefix, "credentials"}, {credentialNamePrefix, "credentialNames"}, {pendingPrefix, "authorizations"}, {"TENANT", "tenants"},
}

func kindOf(pk, sk string) string {
	switch {
	case strings.HasPrefix(pk, "K#"):
		return "keyChecks"
	case strings.HasPrefix(pk, "M#"):
		return "memberships"
	case strings.HasSuffix(pk, "#AUDIT"):
		return "audits"
	}
	for _, k := range kinds {
		if strings.HasPrefix(sk, k.prefix) {
			return k.kind
		}
	}
	return "others"
}

// fileBatch is how many files one step deletes.
const fileBatch = 1000

// shredFiles deletes some of the tenant's files: those under its own prefix, and
// its search indexes, which lie under their models'.
func (a *Attic) shredFiles(ctx context.Context, t ident.Tenant) (archive.Shredded, error) {
	s := archive.Shredded{Removed: archive.Counts{}}
	var own []string
	err := a.Files.Keys(ctx, string(t)+"/", "", func(key string, _ int64) bool {
		s.Looked++
		own = append(own, key)
		return len(own) < fileBatch
	})
	if err != nil {
		return s, err
	}
	if len(own) == fileBatch {
		s.Next = "more"
	} else {
		err = a.Files.Keys(ctx, "search/", "", func(key string, _ int64) bool {
			s.Looked++
			if strings.HasSuffix(key, "/"+string(t)) {
				own = append(own, key)
			}
			return true
		})
	}
	if err != nil || len(own) == 0 {
		return s, err
	}
	s.Removed["files"] = int64(len(own))
	return s, a.Files.Delete(ctx, own...)
}
