package judge

import (
	"context"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/e2e/platform"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// Stack is a deployed stack at an emulator.
type Stack struct {
	Endpoint      string // of the emulator's services
	Runs, Catalog string // the tables' names
	API           string // address of the HTTP API, without a slash at the end
	Server        string // host:port of the side effects' server, as the stack's AllowHosts has it
}

// Open makes a tenant in the stack's tables, with the code that makes tenants, and
// returns the world as its owner sees it.
func (s Stack) Open(ctx context.Context) (*World, error) {
	c := clock.Real()
	db := dynamodb.New(dynamodb.Options{
		Region: "us-east-1", BaseEndpoint: &s.Endpoint, Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("test", "test", "")),
	})
	dir := tenant.NewDirectory(dynamostore.NewCatalog(db, s.Catalog, nil, c), c)
	made, key, err := dir.CreateTenant(ctx, tenant.Actor{ID: "judge", Role: tenant.Operator}, tenant.NewTenant{Name: "Judge", Plan: tenant.Pro})
	if err != nil {
		return nil, fmt.Errorf("make a tenant: %w", err)
	}
	if err := dynamostore.NewRuns(db, s.Runs, nil, c).MakeTenant(ctx, made.ID); err != nil {
		return nil, fmt.Errorf("make the tenant's counters: %w", err)
	}
	server, err := NewServer(s.Server)
	if err != nil {
		return nil, err
	}
	return &World{Client: &platform.Client{URL: s.API, Key: key, HTTP: http.DefaultClient}, Server: server}, nil
}
