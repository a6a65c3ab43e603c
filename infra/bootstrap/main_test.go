package main

import (
	"testing"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/table"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

func TestFirstOperatorIsMadeOnce(t *testing.T) {
	c := clock.Real()
	dir := tenant.NewDirectory(dynamostore.NewCatalog(table.Client(table.Open(t, c)), table.Catalog, nil, c), c)
	key, err := firstOperator(t.Context(), dir, flags{Email: "op@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	who, err := dir.Authenticate(t.Context(), key)
	if err != nil || who.Role != tenant.Operator || who.Tenant != "" {
		t.Fatalf("the key is of %+v (%v)", who, err)
	}
	m, err := dir.MemberOf(t.Context(), "op@example.com", "")
	if err != nil || m.Role != tenant.Operator {
		t.Errorf("the person is %+v (%v)", m, err)
	}
	if key, err := firstOperator(t.Context(), dir, flags{}); err == nil {
		t.Errorf("a second one was made without being forced to: %s", key)
	}
	if _, err := firstOperator(t.Context(), dir, flags{Force: true}); err != nil {
		t.Error(err)
	}
	audits, _, err := dir.Audits(t.Context(), "", tenant.Paging{Limit: 10})
	if err != nil || len(audits) != 3 {
		t.Errorf("%d audit records (%v), want one for each key and the member", len(audits), err)
	}
}
