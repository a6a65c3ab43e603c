package samtemplate

import (
	"path/filepath"
	"strings"
	"time"
)

// Limits and defaults of Lambda functions, from the AWS SAM specification and the
// Lambda quotas.
const (
	defaultTimeout = 3 // seconds
	maxTimeout     = 900
	defaultMemory  = 128 // MB
	maxMemory      = 10240
	maxAsyncAge    = 21600 // seconds
)

func readFunction(p *reader) {
	p.v = merged(p.t.global("Function"), p.v)
	p.inert("Architectures", "Description", "Tags", "Tracing", "LoggingConfig", "EphemeralStorage", "SnapStart",
		"RuntimeManagementConfig", "PropagateTags", "VpcConfig", "KmsKeyArn", "CodeSigningConfigArn", "Role",
		"PermissionsBoundary", "AssumeRolePolicyDocument", "RolePath", "AutoPublishAliasAllProperties")
	id := p.identity()
	f := Function{
		Source: p.source(), Name: id.name(), ARN: id.functionARN(),
		Handler: p.text("Handler", ""), Runtime: p.text("Runtime", ""),
		Timeout:             p.seconds("Timeout", defaultTimeout, 1, maxTimeout),
		MemoryMB:            p.number("MemorySize", defaultMemory, 128, maxMemory),
		ReservedConcurrency: p.number("ReservedConcurrentExecutions", -1, 0, 100000),
		AllowRecursion:      p.oneOf("RecursiveLoop", "Terminate", "Allow") == "Allow",
		Environment:         map[string]string{},
		Layers:              p.texts("Layers"),
		Policies:            p.raw("Policies"),
		AsyncRetries:        2,
		AsyncMaxAge:         maxAsyncAge * time.Second,
	}
	p.text("FunctionName", "")
	p.oneOf("PackageType", "Zip")
	f.CodeURI = strings.TrimSuffix(p.required("CodeUri"), "/")
	f.CodePath = filepath.Join(filepath.Dir(p.t.file), f.CodeURI)
	p.environment(&f)
	p.async(&f)
	p.urlConfig(f)
	p.t.load.stack.Functions = append(p.t.load.stack.Functions, f)
	p.functionEvents(f)
}

func (p *reader) environment(f *Function) {
	env := p.inner("Environment")
	if env == nil {
		return
	}
	defer env.done()
	vars := env.take("Variables")
	if vars == nil {
		return
	}
	for _, key := range vars.keys {
		v := vars.fields[key]
		if v.kind != scalar {
			env.fault(v, "the variable %s must be a text", key)
			continue
		}
		f.Environment[key] = v.text
	}
}

// async reads what happens to asynchronous invocations that fail.
func (p *reader) async(f *Function) {
	if dlq := p.inner("DeadLetterQueue"); dlq != nil {
		dlq.oneOf("Type", "SQS")
		f.DeadLetterARN = dlq.required("TargetArn")
		dlq.done()
	}
	cfg := p.inner("EventInvokeConfig")
	if cfg == nil {
		return
	}
	defer cfg.done()
	f.AsyncRetries = cfg.number("MaximumRetryAttempts", 2, 0, 2)
	f.AsyncMaxAge = cfg.seconds("MaximumEventAgeInSeconds", maxAsyncAge, 60, maxAsyncAge)
}

func readLayer(p *reader) {
	p.inert("CompatibleArchitectures", "CompatibleRuntimes", "Description", "LayerName", "LicenseInfo", "RetentionPolicy", "PublishLambdaVersion")
	p.t.load.stack.Layers = append(p.t.load.stack.Layers, Layer{
		Source: p.source(), ARN: p.identity().layerARN(),
		ContentPath: filepath.Join(filepath.Dir(p.t.file), p.required("ContentUri")),
	})
}
