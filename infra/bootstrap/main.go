// Command bootstrap makes the first operator of a deployment, and prints the key.
// `make bootstrap STACK=…` runs it, with the AWS credentials of who deploys.
package main

import (
	"context"
	"fmt"
	"os"
	"os/user"

	"github.com/alecthomas/kong"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/automatelanka/automatelanka/internal/clock"
	"github.com/automatelanka/automatelanka/internal/dynamostore"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// flags are the command's settings.
type flags struct {
	Stack string `arg:"" help:"Name of the CloudFormation stack, for example automatelanka-dev."`
	Email string `help:"Also make the person with this e-mail address an operator, who signs in by OIDC."`
	Force bool   `help:"Make another operator although there are some: all keys are lost."`
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("bootstrap"), kong.Description("Makes the first operator and prints the key."))
	if err := run(context.Background(), f); err != nil {
		fmt.Fprintln(os.Stderr, "bootstrap:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, f flags) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	table, err := tableOf(ctx, cloudformation.NewFromConfig(cfg), f.Stack)
	if err != nil {
		return err
	}
	c := clock.Real()
	dir := tenant.NewDirectory(dynamostore.NewCatalog(dynamodb.NewFromConfig(cfg), table, nil, c), c)
	key, err := firstOperator(ctx, dir, f)
	if err != nil {
		return err
	}
	fmt.Println(key)
	return nil
}

// tableOf finds the catalogue's table among the stack's outputs.
func tableOf(ctx context.Context, api *cloudformation.Client, stack string) (string, error) {
	out, err := api.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &stack})
	if err != nil {
		return "", fmt.Errorf("the stack %s cannot be read: %w", stack, err)
	}
	for _, s := range out.Stacks {
		for _, o := range s.Outputs {
			if aws.ToString(o.OutputKey) == "CatalogTableName" {
				return aws.ToString(o.OutputValue), nil
			}
		}
	}
	return "", fmt.Errorf("the stack %s has no output CatalogTableName: deploy the present template first", stack)
}

// firstOperator makes an operator's key, if there is none yet.
func firstOperator(ctx context.Context, dir *tenant.Directory, f flags) (string, error) {
	keys, err := dir.Keys(ctx, "")
	if err != nil {
		return "", err
	}
	if len(keys) > 0 && !f.Force {
		return "", fmt.Errorf("there are %d operators' keys already; if all of them are lost, run it with --force", len(keys))
	}
	by := tenant.Actor{ID: "bootstrap by " + who(), Role: tenant.Operator}
	if f.Email != "" {
		if _, err := dir.AddMember(ctx, by, tenant.Member{Email: f.Email, Name: f.Email, Role: tenant.Operator}); err != nil {
			return "", err
		}
	}
	_, key, err := dir.CreateKey(ctx, by, "", tenant.NewKey{Name: "first operator", Role: tenant.Operator})
	return key, err
}

// who is the person at the keyboard, for the audit record.
func who() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}
