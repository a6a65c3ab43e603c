package localcloud

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/automatelanka/automatelanka/infra/localcloud/cloudwatch"
	"github.com/automatelanka/automatelanka/infra/localcloud/samtemplate"
	"github.com/automatelanka/automatelanka/internal/clock"
)

// Constructor makes the handler of a function from its environment.
type Constructor func(ctx context.Context, env Env) (lambda.Handler, error)

// Env is what a function finds when it starts.
type Env struct {
	// FunctionName and FunctionARN are those of the function.
	FunctionName, FunctionARN string
	// Variables are the function's environment variables: those of the template, and
	// those that Lambda sets (AWS_REGION, AWS_LAMBDA_FUNCTION_NAME, …).
	Variables map[string]string
	// AWS makes SDK clients that talk to this cloud.
	AWS   aws.Config
	Clock clock.Clock
	// Output is the function's standard output, a line a call: CloudWatch reads the
	// metrics in it.
	Output io.Writer
	// Count counts metrics as those in lines of Output are, for a function in this
	// process that would write lines for nobody else.
	Count func(...cloudwatch.Value)
}

// Lookup is os.LookupEnv for the function's own variables.
func (e Env) Lookup(name string) (string, bool) {
	v, ok := e.Variables[name]
	return v, ok
}

// Options say what cloud to open.
type Options struct {
	// TemplatePath is the SAM template.
	TemplatePath string
	// Parameters override the template's defaults.
	Parameters map[string]string
	// Data is the folder of all data; "" keeps everything in memory.
	Data string
	// Fsync makes every acknowledged write survive power loss, not only kill -9.
	Fsync bool
	// Constructors make the functions, by the CodeUri that the template gives them,
	// without a slash at the end ("functions/api").
	Constructors map[string]Constructor
	Clock        clock.Clock  // nil is the wall clock
	Logger       *slog.Logger // nil logs nothing
	// Faults says what goes wrong (package inject has the form), Seed which calls it
	// meets.
	Faults string
	Seed   uint64
	// Latency is the profile of how long calls take: "none" or "aws".
	Latency string
	// StackName begins all physical names; default "local".
	StackName string
}

func (o *Options) fill() error {
	if o.TemplatePath == "" {
		return errors.New("localcloud: TemplatePath is missing")
	}
	if o.Clock == nil {
		o.Clock = clock.Real()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

func (o *Options) templateOptions() samtemplate.Options {
	return samtemplate.Options{Parameters: o.Parameters, StackName: o.StackName}
}

// closeGrace is how long Close waits for invocations if its context sets no end.
const closeGrace = 30 * time.Second
