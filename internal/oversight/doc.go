// Package oversight is what the platform's operators see and do across all
// tenants: executions and their failures, bulk actions, queues, costs and the
// figures of the dashboard.
//
// # Where it reads
//
// No index lists all executions, because every run would pay for it. What is
// failed is in the sparse index "failed", by the day and time of the failure;
// what is open is in the sparse index "open"; anything else is read tenant by
// tenant, newest first, and merged. So a question that no index answers is asked
// of at most maxTenants tenants, and refused beyond.
//
// An execution's id does not tell its tenant. Actions on one execution take the
// tenant if the caller names it; otherwise the two indexes are asked, which know
// every open and every failed execution.
//
// # What it does
//
// Each action is the same one that the tenant's own members have, with the same
// conflicts, and is recorded under the operator in the tenant's audit log.
package oversight
