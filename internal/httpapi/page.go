package httpapi

import (
	"encoding/base64"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// PageInput is what every list takes.
type PageInput struct {
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200" doc:"How many items to return at most."`
	Cursor string `query:"cursor" maxLength:"1000" doc:"nextCursor of the page before."`
}

// Page is one page of a list.
type Page[T any] struct {
	Items      []T     `json:"items" nullable:"false"`
	NextCursor *string `json:"nextCursor" doc:"Send it as cursor to get the next page; null after the last one." nullable:"true"`
}

// ListOutput is the answer of a list.
type ListOutput[T any] struct {
	Body Page[T]
}

// pageOf makes a page of a tenant's list.
func pageOf[T any](t ident.Tenant, list string, items []T, next string) *ListOutput[T] {
	if items == nil {
		items = []T{}
	}
	out := &ListOutput[T]{Body: Page[T]{Items: items}}
	if next != "" {
		c := sealCursor(t, list, next)
		out.Body.NextCursor = &c
	}
	return out
}

// paging opens the cursor of a tenant's list.
func (p PageInput) paging(t ident.Tenant, list string) (tenant.Paging, error) {
	cursor, err := openCursor(t, list, p.Cursor)
	return tenant.Paging{Limit: p.Limit, Cursor: cursor}, err
}

// A cursor is opaque to clients. It names the tenant and the list it was made for,
// and is refused elsewhere; the stores cannot be led out of the tenant's
// partition by it anyway, since only a sort key comes from it.

func sealCursor(t ident.Tenant, list, key string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join([]string{string(t), list, key}, "\x00")))
}

// openCursor returns the key in a cursor. One of another tenant is treated like
// anything else of another tenant: it does not exist.
func openCursor(t ident.Tenant, list, cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	parts := strings.SplitN(string(b), "\x00", 3)
	if err != nil || len(parts) != 3 || parts[2] == "" {
		return "", invalid("query.cursor", "The cursor is not one of this API; use nextCursor of the page before.")
	}
	if parts[0] != string(t) {
		return "", fault.New(fault.NotFound, fault.CodeNotFound, "There is no such page.")
	}
	if parts[1] != list {
		return "", invalid("query.cursor", "The cursor belongs to another list.")
	}
	return parts[2], nil
}

// invalid is a refusal of one field.
func invalid(location, message string) error {
	e := fault.New(fault.Invalid, fault.CodeValidation, "%s", message)
	e.Fields = []fault.Field{{Location: location, Message: message}}
	return e
}
