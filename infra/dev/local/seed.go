package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Keys are the API keys of the development tenants and the operator.
type Keys struct {
	Tenants  map[string]string
	Operator string
}

// seeds are the development tenants.
var seeds = []tenant.NewTenant{
	{ID: "dev-free", Name: "Development FREE", Plan: tenant.Free},
	{ID: "dev-pro", Name: "Development PRO", Plan: tenant.Pro},
	{ID: "dev-enterprise", Name: "Development ENTERPRISE", Plan: tenant.Enterprise},
}

var seeder = tenant.Actor{ID: "dev", Role: tenant.Operator}

// seed makes the tenants that are missing, and takes over the keys of an earlier
// start where they still hold.
func (p *Platform) seed(ctx context.Context) error {
	runs, _ := p.tables()
	store := dynamostore.NewRuns(dynamodb.NewFromConfig(p.Cloud.AWSConfig()), runs, nil, p.opts.Clock)
	dir := p.directory()
	old := p.readKeys()
	p.Keys = Keys{Tenants: map[string]string{}}
	for _, n := range seeds {
		key, err := seedTenant(ctx, dir, n, old.Tenants[string(n.ID)])
		if err != nil {
			return err
		}
		p.Keys.Tenants[string(n.ID)] = key
		if err := store.MakeTenant(ctx, n.ID); err != nil {
			return err
		}
	}
	if err := seedPeople(ctx, dir); err != nil {
		return err
	}
	var err error
	p.Keys.Operator, err = freshKey(ctx, dir, "", old.Operator, tenant.NewKey{Name: "operator", Role: tenant.Operator})
	return err
}

func seedTenant(ctx context.Context, dir *tenant.Directory, n tenant.NewTenant, old string) (string, error) {
	_, err := dir.Tenant(ctx, n.ID)
	if fault.Is(err, fault.NotFound) {
		_, key, err := dir.CreateTenant(ctx, seeder, n)
		return key, err
	}
	if err != nil {
		return "", err
	}
	return freshKey(ctx, dir, n.ID, old, tenant.NewKey{Name: "owner", Role: tenant.Owner})
}

// people are the members of the development tenants.
var people = []tenant.Member{
	{Tenant: "dev-pro", Email: "olga@example.com", Name: "Olga Owner", Role: tenant.Owner},
	{Tenant: "dev-pro", Email: "eddy@example.com", Name: "Eddy Editor", Role: tenant.Editor},
	{Tenant: "dev-pro", Email: "vera@example.com", Name: "Vera Viewer", Role: tenant.Viewer},
	{Tenant: "dev-free", Email: "fred@example.com", Name: "Fred Free", Role: tenant.Owner},
	{Tenant: "dev-enterprise", Email: "emma@example.com", Name: "Emma Enterprise", Role: tenant.Owner},
	{Email: "omar@example.com", Name: "Omar Operator", Role: tenant.Operator},
}

func seedPeople(ctx context.Context, dir *tenant.Directory) error {
	for _, m := range people {
		if _, err := dir.AddMember(ctx, seeder, m); err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return nil
}

// directory reads tenants and members past the API.
func (p *Platform) directory() *tenant.Directory {
	_, catalog := p.tables()
	db := dynamodb.NewFromConfig(p.Cloud.AWSConfig())
	return tenant.NewDirectory(dynamostore.NewCatalog(db, catalog, nil, p.opts.Clock), p.opts.Clock)
}

// maxListed is how many tenants' members are listed for the sign-in.
const maxListed = 100

// Members lists the operators and the members of the tenants.
func (p *Platform) Members(ctx context.Context) ([]tenant.Member, error) {
	dir := p.directory()
	tenants, _, err := dir.Tenants(ctx, tenant.Paging{Limit: maxListed})
	if err != nil {
		return nil, err
	}
	all, err := dir.Members(ctx, "")
	for i := len(tenants) - 1; i >= 0 && err == nil; i-- {
		var members []tenant.Member
		members, err = dir.Members(ctx, tenants[i].ID)
		all = append(all, members...)
	}
	return all, err
}

// freshKey returns the old key if it still holds, or makes a new one.
func freshKey(ctx context.Context, dir *tenant.Directory, t ident.Tenant, old string, n tenant.NewKey) (string, error) {
	if old != "" {
		if _, err := dir.Authenticate(ctx, old); err == nil {
			return old, nil
		}
	}
	_, key, err := dir.CreateKey(ctx, seeder, t, n)
	return key, err
}

// tables finds the names that the template's tables got.
func (p *Platform) tables() (runs, catalog string) {
	for _, f := range p.Cloud.Stack().Functions {
		if r, ok := f.Environment["RUNS_TABLE"]; ok {
			return r, f.Environment["CATALOG_TABLE"]
		}
	}
	return "", ""
}

// apiKey is one key in dev.json.
type apiKey struct {
	APIKey string `json:"apiKey"`
}

// info is the file that tells others how to reach the platform.
type info struct {
	URL      string            `json:"url"`
	Console  string            `json:"console"`
	Tenants  map[string]apiKey `json:"tenants"`
	Operator apiKey            `json:"operator"`
}

func (p *Platform) keysFile() string { return filepath.Join(p.opts.Data, "dev.json") }

func (p *Platform) readKeys() Keys {
	k := Keys{Tenants: map[string]string{}}
	if p.opts.Data == "" {
		return k
	}
	b, err := os.ReadFile(p.keysFile())
	var i info
	if err != nil || json.Unmarshal(b, &i) != nil {
		return k // none, or damaged: new keys are made
	}
	for name, t := range i.Tenants {
		k.Tenants[name] = t.APIKey
	}
	k.Operator = i.Operator.APIKey
	return k
}

// WriteInfo writes dev.json to the data folder and to file, if it is not "". Keys
// are secrets, so only the owner may read it.
func (p *Platform) WriteInfo(file string) error {
	i := info{URL: p.opts.PublicURL, Console: p.opts.PublicURL + "/", Tenants: map[string]apiKey{}, Operator: apiKey{p.Keys.Operator}}
	for name, key := range p.Keys.Tenants {
		i.Tenants[name] = apiKey{key}
	}
	b, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return err
	}
	files := []string{file}
	if p.opts.Data != "" {
		files = append(files, p.keysFile())
	}
	var errs []error
	for _, f := range files {
		if f == "" {
			continue
		}
		if err := os.WriteFile(f, append(b, '\n'), 0o600); err != nil {
			errs = append(errs, fmt.Errorf("write keys: %w", err))
		}
	}
	return errors.Join(errs...)
}
